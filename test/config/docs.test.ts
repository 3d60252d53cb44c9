import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
// @ts-expect-error: a script without declarations
import { renderConfigDocs } from "../../scripts/config-docs.mjs";
import { inspectConfig } from "../../src/config/load.ts";
import { tempDir } from "../support/temp-dir.ts";

const docs = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

test("docs/configuration.md is what the schema says (node scripts/config-docs.mjs writes it)", () => {
  assert.is(readFileSync(docs("configuration.md"), "utf8"), renderConfigDocs());
});

test("the example configuration is valid, but for the files it names", () => {
  const { config, issues } = inspectConfig(docs("config.example.yaml"), { readSources: false });
  assert.equal(
    issues.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.is(config?.stations.length, 4);
});

test("the smallest example of the documentation works", () => {
  const [block = ""] =
    /(?<=```yaml\n)listen:[\s\S]*?(?=```)/.exec(readFileSync(docs("configuration.md"), "utf8")) ?? [];
  const file = join(tempDir(), "smallest.yaml");
  writeFileSync(file, block);
  assert.is(inspectConfig(file, { readSources: false }).config?.stations.length, 1);
});

test("the configuration in the README is valid, but for the files it names", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  const file = join(tempDir(), "readme.yaml");
  writeFileSync(file, /(?<=```yaml\n)[\s\S]*?(?=```)/.exec(readme)?.[0] ?? "");
  const { config, issues } = inspectConfig(file, { readSources: false });
  assert.is(config?.stations[0]?.securityProfile, 1, JSON.stringify(issues));
});

test.run();
