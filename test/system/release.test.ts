// deadline: 180s
/** What `npm run release` makes: a package that holds what it should, and a bill of materials that agrees with it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "../support/cli-command.ts";
import { tempDir } from "../support/temp-dir.ts";

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly (Component & { readonly hashes?: readonly unknown[] })[];
}

const out = mkdtempSync(join(tempDir(), "release-"));
execFileSync(process.execPath, ["scripts/release.mjs", "--out", out], {
  cwd: ROOT,
  stdio: ["ignore", "ignore", "pipe"],
});
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const base = `twinlane-${manifest.version}`;
const bill = JSON.parse(readFileSync(join(out, `${base}.cdx.json`), "utf8")) as Bill;

test("the package holds the build, the schemas and the docs, and nothing of the workshop", () => {
  const files = execFileSync("tar", ["-tzf", join(out, `${base}.tgz`)], { encoding: "utf8" }).split("\n");
  for (const wanted of [
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "schemas/config.schema.json",
    "LICENSE",
  ]) {
    assert.ok(files.includes(`package/${wanted}`), wanted);
  }
  const strange = files.filter((file) => /^package\/(?:src|test|bench|scripts|node_modules)\//.test(file));
  assert.equal(strange, []);
});

test("the bill of materials is of this version, and names every package needed at run time with its digest", () => {
  assert.is(bill.bomFormat, "CycloneDX");
  assert.is(bill.metadata.component.name, "twinlane");
  assert.is(bill.metadata.component.version, manifest.version);
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    const found = bill.components.find(
      (component) => component.purl === `pkg:npm/${name.replace("@", "%40")}@${version}`,
    );
    assert.ok(found, `${name}@${version}`);
    assert.ok((found.hashes ?? []).length > 0, `${name} has a digest`);
  }
  for (const name of ["typescript", "uvu", "fast-check", "@biomejs/biome", "ocpp-rpc"]) {
    assert.not.ok(
      bill.components.some((component) => component.purl.startsWith(`pkg:npm/${name.replace("@", "%40")}@`)),
      name,
    );
  }
});

test("the checksums are those of the files", () => {
  const checked = execFileSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: out, encoding: "utf8" });
  assert.is(checked, `${base}.tgz: OK\n${base}.cdx.json: OK\n`);
});

test.run();
