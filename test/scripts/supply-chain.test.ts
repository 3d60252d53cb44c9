/** What the lock file lets in: nothing without a digest, no script of anybody's, no licence that asks for more than attribution. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly license?: string;
  readonly dev?: true;
  readonly optional?: true;
  readonly hasInstallScript?: true;
}

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const lock = JSON.parse(read("package-lock.json")) as { readonly packages: { readonly [path: string]: Locked } };
const manifest = JSON.parse(read("package.json"));
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== "")
  .map(([path, locked]) => ({
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    ...locked,
  }));

/** Binaries for another kind of machine, which are not installed here. */
const isForeignBinary = ({ optional, integrity }: Locked): boolean => optional === true && integrity === undefined;

/** They bring a binary for each kind of machine and compile one where none fits: the script is not needed, and does not run. */
const SCRIPTS = ["bufferutil", "esbuild", "lmdb", "msgpackr-extract"];
const LICENCES: ReadonlySet<string | undefined> = new Set([
  "MIT",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
]);

test("every package is pinned by a digest, and none by an address of its own", () => {
  for (const entry of packages.filter((locked) => !isForeignBinary(locked))) {
    assert.match(entry.integrity ?? "", /^sha512-/, entry.name);
    assert.is(entry.resolved, undefined, entry.name);
  }
});

test("install scripts are off, and only packages that do without them have any", () => {
  assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
  const withScripts = packages.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name);
  assert.equal([...new Set(withScripts)].sort(), SCRIPTS);
});

test("versions of direct dependencies are exact", () => {
  const all = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(all)) assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
});

test("what runs asks for no more than attribution", () => {
  for (const entry of packages.filter((locked) => locked.dev !== true && !isForeignBinary(locked))) {
    assert.ok(LICENCES.has(entry.license), `${entry.name}: ${entry.license}`);
  }
});

test.run();
