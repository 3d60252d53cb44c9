/** The unit in docs does what exit codes ask for. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EXIT } from "../../src/cli/exit-codes.ts";

const unit = readFileSync(new URL("../../docs/twinlane.service", import.meta.url), "utf8");
const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];

test("a token that came back, and any other failure but a wrong configuration, gets a new process", () => {
  assert.is(setting("Restart"), "on-failure");
  assert.is(setting("RestartPreventExitStatus"), String(EXIT.config));
  assert.is(setting("SuccessExitStatus"), String(EXIT.terminated));
  assert.not.match(setting("SuccessExitStatus") ?? "", new RegExp(String(EXIT.temporary)));
});

test.run();
