import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

interface ValidatorsScript {
  compileModule(schemas: readonly object[]): string;
  buildValidators(): boolean;
}
interface BuildScript {
  build(): Promise<boolean>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A project of two source files beside the real scripts, with a build of its own. */
function createProject(): string {
  const project = mkdtempSync(join(tmpdir(), "twinlane-build-"));
  for (const name of ["build", "build-bundle", "build-validators"]) {
    cpSync(join(ROOT, "scripts", `${name}.mjs`), join(project, "scripts", `${name}.mjs`));
  }
  for (const name of ["tsconfig.json", "tsconfig.build.json"]) cpSync(join(ROOT, name), join(project, name));
  cpSync(join(ROOT, "package.json"), join(project, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  mkdirSync(join(project, "src/cli"), { recursive: true });
  writeFileSync(join(project, "src/cli/main.ts"), '#!/usr/bin/env node\nexport { one } from "../one.ts";\n');
  writeFileSync(join(project, "src/one.ts"), "export const one: number = 1;\n");
  mkdirSync(join(project, "src/actors/health"), { recursive: true });
  writeFileSync(join(project, "src/actors/health/lane-run.ts"), 'export { one } from "../../one.ts";\n');
  return project;
}

const load = async <T>(project: string, script: string): Promise<T> =>
  (await import(pathToFileURL(join(project, "scripts", script)).href)) as T;

const validators = suite("build-validators");

validators("the same schemas give the same module, byte for byte", async () => {
  const { compileModule } = await load<ValidatorsScript>(ROOT, "build-validators.mjs");
  const path = join(ROOT, "node_modules/ocpp-rpc/lib/schemas/ocpp1_6.json");
  const first = compileModule(JSON.parse(readFileSync(path, "utf8")));
  assert.is(compileModule(JSON.parse(readFileSync(path, "utf8"))), first);
  assert.is(readFileSync(join(ROOT, "src/domain/ocpp/generated/ocpp16.js"), "utf8"), first);
});

validators("a module needs nothing of ajv at run time", async () => {
  for (const name of ["ocpp16.js", "ocpp201.js", "ocpp21.js"]) {
    const text = readFileSync(join(ROOT, "src/domain/ocpp/generated", name), "utf8");
    assert.equal(text.match(/^import .*|\brequire\(.*|\beval\(.*|new Function.*/gm), [
      'import { fail, failWithin, formats, unicodeLength } from "../validator-runtime.js";',
    ]);
  }
});

validators("a keyword that it does not know stops the build instead of being ignored", async () => {
  const { compileModule } = await load<ValidatorsScript>(ROOT, "build-validators.mjs");
  const schema = { $id: "urn:Reset.req", type: "object", properties: { type: { type: "string", pattern: "^a" } } };
  assert.throws(() => compileModule([schema]), /keyword not supported: pattern/);
  assert.throws(() => compileModule([{ $id: "http://x/", type: "object" }]), /schema id not understood/);
});

validators.run();

const building = suite<{ project: string }>("build");

building.before.each((context) => {
  context.project = createProject();
});
building.after.each(({ project }) => rmSync(project, { recursive: true, force: true }));

building("makes dist/ once, and does nothing while the sources stay", async ({ project }) => {
  const { build } = await load<BuildScript>(project, "build.mjs");
  assert.is(await build(), true);
  assert.ok(existsSync(join(project, "dist/one.js")));
  assert.ok(existsSync(join(project, "dist/one.d.ts")));
  assert.ok(existsSync(join(project, "dist/domain/ocpp/generated/ocpp21.js")));
  assert.is(await build(), false);
});

building("the health lane's worker is one file, which needs nothing but Node", async ({ project }) => {
  const { build } = await load<BuildScript>(project, "build.mjs");
  await build();
  assert.match(readFileSync(join(project, "dist/one.js"), "utf8"), "one = 1");
  const text = readFileSync(join(project, "dist/actors/health/lane-run.js"), "utf8");
  assert.equal(text.match(/from\s*"[^"]+"/g)?.filter((from) => !from.includes("node:")) ?? [], []);
});

building("builds again when a source changed or an output is gone", async ({ project }) => {
  const { build } = await load<BuildScript>(project, "build.mjs");
  await build();
  writeFileSync(join(project, "src/one.ts"), "export const one: number = 2;\n");
  assert.is(await build(), true);
  assert.match(readFileSync(join(project, "dist/one.js"), "utf8"), "one = 2");
  rmSync(join(project, "dist/one.js"));
  assert.is(await build(), true);
  assert.ok(existsSync(join(project, "dist/one.js")));
});

building("takes what a removed source had made out of dist/, and leaves what others put there", async ({ project }) => {
  const { build } = await load<BuildScript>(project, "build.mjs");
  writeFileSync(join(project, "src/two.ts"), "export const two = 2;\n");
  await build();
  writeFileSync(join(project, "dist/console.html"), "");
  rmSync(join(project, "src/two.ts"));
  await build();
  assert.not.ok(existsSync(join(project, "dist/two.js")));
  assert.ok(existsSync(join(project, "dist/one.js")) && existsSync(join(project, "dist/console.html")));
});

building("throws what the compiler says, and recovers when the source is right again", async ({ project }) => {
  const { build } = await load<BuildScript>(project, "build.mjs");
  writeFileSync(join(project, "src/one.ts"), 'export const one: number = "1";\n');
  const error = await build().catch((reason: unknown) => reason);
  assert.instance(error, Error);
  assert.match(String(error), /src\/one\.ts\(1,14\): error TS2322/);
  writeFileSync(join(project, "src/one.ts"), "export const one: number = 1;\n");
  assert.is(await build(), true);
});

building.run();
