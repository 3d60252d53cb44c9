import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareWithLastStart } from "../../../src/actors/security/last-start.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { tempDir } from "../../support/temp-dir.ts";

const PASSWORD = "correct-horse-battery";

function installation() {
  const dir = tempDir();
  const program = join(dir, "dist");
  mkdirSync(program);
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text);
  write("package.json", '{"version":"1.0.0"}');
  write("dist/main.js", "one");
  const start = async (document: object = {}) => {
    const found: string[] = [];
    const stations = [{ match: "A", password: PASSWORD }];
    const config = parseConfig({ dataDir: join(dir, "data"), listen: { port: 0 }, stations, ...document });
    await compareWithLastStart({ config, program, report: ({ event, rule }) => found.push(`${rule} ${event}`) });
    return found;
  };
  return { dir, write, start };
}

test("R30 - the first start and one of the same tell nothing", async () => {
  const { start } = installation();
  assert.equal([await start(), await start()], [[], []]);
});

test("R30 - a changed program is an update with a new version, and tampering without; each is told once", async () => {
  const { start, write } = installation();
  await start();
  write("dist/main.js", "two");
  assert.equal(await start(), ["R30 TamperDetectionActivated"]);
  assert.equal(await start(), []);
  write("dist/added.js", "");
  assert.equal(await start(), ["R30 TamperDetectionActivated"]);
  write("dist/main.js", "three");
  write("package.json", '{"version":"1.0.1"}');
  assert.equal(await start(), ["R30 FirmwareUpdated"]);
});

test("R30 - another configuration is told, also where only a password differs, and cannot be guessed from the file", async () => {
  const { start, dir } = installation();
  await start();
  const stations = [{ match: "A", password: `${PASSWORD}2` }];
  assert.equal(await start({ stations }), ["R30 ReconfigurationOfSecurityParameters"]);
  assert.not.match(readFileSync(join(dir, "data", "last-start.json"), "utf8"), new RegExp(PASSWORD));
});

test("R30 - a file that cannot be read is a first start", async () => {
  const { start, write } = installation();
  await start();
  write("data/last-start.json", "{");
  assert.equal(await start({ shutdownSec: 3 }), []);
  assert.equal(await start(), ["R30 ReconfigurationOfSecurityParameters"]);
});

test.run();
