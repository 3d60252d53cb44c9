/**
 * Puts the command line into a few files: a daemon that loads three hundred modules one by one listens a quarter of a second later. And the
 * health lane's worker into one, MQTT included: it is started again when it dies, and takes 60 ms of a processor then instead of 300.
 *
 *     dist/cli/main.js, and what it imports ─▶ dist/cli/main.js (the entry), dist/cli/bundled-*.js, dist/cli/THIRD-PARTY.txt
 *     dist/actors/health/lane-run.js, likewise ─▶ the same file
 *
 * The other modules of `dist/` stay as tsc made them: embedders import those. Packages with native parts, worker threads or files of their
 * own are not put in.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";

/** Loaded as they are. The X.509 library finds its parts by decorators, and does not survive being put in. */
const EXTERNAL = [
  "@peculiar/x509",
  "reflect-metadata",
  "aedes",
  "bufferutil",
  "utf-8-validate",
  "lmdb",
  "mqtt",
  "prom-client",
];
/** Modules of the worker's thread. What makes WebSockets faster or a terminal coloured is of no use to it. */
const LANE = "actors/health/lane-run.js";
const WORKER = {
  external: ["bufferutil", "utf-8-validate", "supports-color"],
  minifySyntax: true,
  minifyWhitespace: true,
};
/** CommonJS packages inside ask for Node's own modules by `require`. */
const REQUIRE = `import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);`;
/** Modules with a state that the generated validators, which are loaded one by one when they are needed, share. */
const SHARED = /[/\\]validator-runtime\.js$/;
const LICENCES = ["LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "license.md", "license"];

/**
 * @param {string} root of the project; `dist/` is there already
 * @returns {Promise<string[]>} files made, relative to `dist/`
 */
export async function buildBundle(root) {
  const dist = join(root, "dist");
  const outdir = join(dist, "cli");
  const settings = {
    absWorkingDir: root,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: true,
    sourcesContent: false,
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: "silent",
  };
  const commands = await build({
    ...settings,
    entryPoints: [join(outdir, "main.js")],
    splitting: true,
    outdir,
    chunkNames: "bundled-[hash]",
    external: EXTERNAL,
    plugins: [urlsOfTheirOwn(dist, outdir)],
  });
  const lane = await build({ ...settings, ...WORKER, entryPoints: [join(dist, LANE)], outfile: join(dist, LANE) });
  const filesOf = (part) => [commands, lane].flatMap(({ metafile }) => Object.keys(metafile[part]));
  writeFileSync(join(outdir, "THIRD-PARTY.txt"), noticesOf(root, filesOf("inputs")));
  return [...filesOf("outputs").map((file) => relative(dist, join(root, file))), "cli/THIRD-PARTY.txt"];
}

/** A module that looks for a file beside itself finds it where tsc put that module, not beside the bundle. */
function urlsOfTheirOwn(dist, outdir) {
  return {
    name: "urls",
    setup(bundler) {
      bundler.onResolve({ filter: SHARED }, ({ path, resolveDir }) => ({
        path: relative(outdir, join(resolveDir, path)).split(sep).join("/"),
        external: true,
      }));
      bundler.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(dist + sep)) return undefined;
        const text = readFileSync(path, "utf8");
        const own = relative(outdir, path).split(sep).join("/");
        const url = `new URL(${JSON.stringify(own.startsWith(".") ? own : `./${own}`)}, import.meta.url).href`;
        return { contents: text.replaceAll("import.meta.url", url), loader: "js" };
      });
    },
  };
}

/** The licences of the packages that were put in. */
function noticesOf(root, inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input.split(sep).join("/")) ?? [];
    if (name !== undefined) packages.add(name);
  }
  return [...packages]
    .sort()
    .map((name) => noticeOf(join(root, "node_modules", name), name))
    .join("\n");
}

function noticeOf(folder, name) {
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  for (const file of LICENCES) {
    try {
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`${dirname(folder)}: ${name} has no licence file; it cannot be bundled`);
}
