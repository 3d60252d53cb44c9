/**
 * Makes what is released, from a clean and current build: the package, a bill of its materials (CycloneDX), and their checksums.
 *
 *     npm run release -- --out release
 *     twinlane-0.1.0.tgz   twinlane-0.1.0.cdx.json   SHA256SUMS
 *
 * The bill is made of the lock file, so it names what `npm ci` installs, and only what is there at run time.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setup } from "./setup.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MOST_OUTPUT = 1 << 26;
const FOLDER = "node_modules/";
const { values } = parseArgs({ options: { out: { type: "string", default: "release" } } });

const npm = (args) =>
  execFileSync("npm", args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: MOST_OUTPUT,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  });

/** Names and versions of what is there at run time. */
function runtimePackages() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
  const runtime = Object.entries(packages).filter(([path, { dev }]) => path !== "" && dev !== true);
  return new Set(
    runtime.map(([path, { version }]) => `${path.slice(path.lastIndexOf(FOLDER) + FOLDER.length)}@${version}`),
  );
}

/**
 * npm (11) leaves packages out with `--omit dev` that are needed at run time *and* for development, so the whole tree is asked for and
 * what is for development alone taken out here. It also names the root after the folder that it stands in.
 */
function billOfMaterials({ name, version }) {
  const bill = JSON.parse(npm(["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]));
  const runtime = runtimePackages();
  const isKept = (ref) => ref === `${name}@${version}` || runtime.has(ref);
  bill.metadata.component = { ...bill.metadata.component, name, version, type: "application" };
  bill.components = bill.components.filter((component) => isKept(component["bom-ref"]));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => isKept(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isKept) }));
  return `${JSON.stringify(bill, null, 2)}\n`;
}

await setup();
const out = resolve(values.out);
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const base = `${manifest.name}-${manifest.version}`;
mkdirSync(out, { recursive: true });
npm(["pack", "--silent", "--pack-destination", out]);
writeFileSync(join(out, `${base}.cdx.json`), billOfMaterials(manifest));
const sums = [`${base}.tgz`, `${base}.cdx.json`].map((name) => {
  const digest = createHash("sha256")
    .update(readFileSync(join(out, name)))
    .digest("hex");
  return `${digest}  ${name}\n`;
});
writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
process.stdout.write(sums.join(""));
