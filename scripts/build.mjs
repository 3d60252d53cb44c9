/**
 * Builds `dist/`, and does nothing when no source has changed since the last build:
 *
 *     validators ─▶ configuration (where scripts/build-config.mjs exists) ─▶ tsc ─▶ generated modules ─▶ bundle ─▶ executable bit
 *
 * `node scripts/build.mjs` runs it; other scripts call `build()`. One line on standard error when something was built,
 * nothing when not. Throws, with what the compiler said, when the sources are wrong.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { buildBundle } from "./build-bundle.mjs";
import { buildValidators } from "./build-validators.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SRC = join(ROOT, "src");
const DIST = join(ROOT, "dist");
/** Digest of the sources of the last good build on the first line, then the files it made. */
const STAMP = join(DIST, ".build-stamp");
const MAIN = join(DIST, "cli", "main.js");

const filesBelow = (dir) =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
        .sort()
    : [];

const isGenerated = (file) => file.includes(`${sep}generated${sep}`);

/** Everything the result depends on. Packages are stood for by their versions in the lock file. */
function sourcesDigest() {
  const settings = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];
  const inputs = [
    ...filesBelow(SRC).filter((file) => !isGenerated(file)),
    ...filesBelow(join(ROOT, "schemas")),
    ...filesBelow(join(ROOT, "scripts")).filter((file) => /build[^/\\]*\.mjs$/.test(file)),
    ...settings.map((name) => join(ROOT, name)).filter((file) => existsSync(file)),
  ];
  const hash = createHash("sha256");
  for (const file of inputs) hash.update(relative(ROOT, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function lastBuild() {
  if (!existsSync(STAMP)) return { digest: "", files: [] };
  const [digest, ...files] = readFileSync(STAMP, "utf8").split("\n");
  return { digest, files };
}

const isCurrent = ({ digest, files }, sources) =>
  digest === sources && files.length > 0 && files.every((file) => existsSync(join(DIST, file)));

/** Compiles the sources and returns what that made, relative to `dist/`. */
async function compile() {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  try {
    const args = [tsc, "-p", "tsconfig.build.json", "--listEmittedFiles", "--pretty", "false"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
    return [...stdout.matchAll(/^TSFILE: *(.*?)\r?$/gm)].map(([, file]) => relative(DIST, resolve(ROOT, file)));
  } catch (cause) {
    const said = cause.stdout?.replace(/^TSFILE:.*\n?/gm, "").trim();
    throw new Error(`the sources do not compile\n${said || cause.message}`, { cause });
  }
}

/**
 * Copies what other scripts generated between the sources; tsc leaves plain JavaScript where it is. A megabyte of validators is read
 * faster without its white space.
 */
async function copyGenerated() {
  const files = filesBelow(SRC).filter((file) => isGenerated(file) && /\.(js|json|d\.ts)$/.test(file));
  for (const file of files) {
    const target = join(DIST, relative(SRC, file));
    mkdirSync(dirname(target), { recursive: true });
    if (file.endsWith(".js"))
      writeFileSync(target, (await transform(readFileSync(file, "utf8"), { minify: true })).code);
    else cpSync(file, target);
  }
  return files.map((file) => relative(SRC, file));
}

async function buildConfig() {
  const script = new URL("./build-config.mjs", import.meta.url);
  if (existsSync(fileURLToPath(script))) await (await import(script.href)).buildConfig();
}

/** Brings `dist/` up to date. Returns whether there was anything to do. */
export async function build() {
  const startedAt = performance.now();
  buildValidators();
  await buildConfig();
  const sources = sourcesDigest();
  const last = lastBuild();
  if (isCurrent(last, sources)) return false;

  rmSync(STAMP, { force: true });
  const compiled = [...(await compile()), ...(await copyGenerated())];
  const files = [...new Set([...compiled, ...(await buildBundle(ROOT))])];
  const made = new Set(files);
  for (const file of last.files) if (!made.has(file)) rmSync(join(DIST, file), { force: true });
  if (existsSync(MAIN)) chmodSync(MAIN, 0o755);
  writeFileSync(STAMP, [sources, ...files].join("\n"));
  process.stderr.write(`built dist/ in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await build().catch((error) => {
    process.stderr.write(`build failed: ${error.message}\n`);
    process.exitCode = 1;
  });
}
