/** The bench is built on its own: what of it imports the product's sources stays out of that build. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the harness compiles by its own settings", () => {
  const tsc = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.bench.json", "--noEmit"];
  const { status, stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: "utf8" });
  assert.is(status, 0, stdout);
});

test.run();
