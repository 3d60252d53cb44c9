/** `twinlane password hash`: what it prints is what the gateway believes. */
import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PasswordCheck } from "../../src/actors/security/password-check.ts";
import { CLI, ROOT } from "../support/cli-command.ts";

const run = (input: string, ...flags: string[]) =>
  spawnSync(process.execPath, [...CLI, "password", "hash", ...flags], { cwd: ROOT, input, encoding: "utf8" });

function believes(password: string, sent: string) {
  const passwords = new PasswordCheck({ counters: { passwordsHashed: 0, passwordChecksBusy: 0 }, remembered: 1 });
  const credentials = Buffer.from(`CP1:${sent}`);
  return passwords.check({ credentials, identity: "CP1", password, address: "192.0.2.1" });
}

test("a line of standard input becomes a record, another each time", async () => {
  const key = "correct-horse-battery";
  const [one, other] = [run(`${key}\n`, "--cost", "14"), run(key, "--cost", "14", "--json")];
  assert.is(one.status, 0);
  const record = JSON.parse(other.stdout).record as string;
  assert.match(one.stdout, /^scrypt\$14\$8\$1\$[\w-]{22}\$[\w-]{43}\n$/);
  assert.is.not(one.stdout.trim(), record);
  for (const made of [one.stdout.trim(), record]) {
    assert.is(await believes(made, key), "right");
    assert.is(await believes(made, `${key}.`), "wrong");
  }
});

test("--generate makes a password that both versions of OCPP take", async () => {
  const { password, record } = JSON.parse(run("", "--generate", "--json").stdout);
  assert.match(password, /^[0-9a-f]{40}$/);
  assert.match(record, /^scrypt\$15\$/);
  assert.is(await believes(record, password), "right");
});

test("what no station may have as a password is refused without repeating it", () => {
  for (const key of ["", "too short", "x".repeat(65)]) {
    const { status, stdout, stderr } = run(key);
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, `this one has ${key.length}`);
  }
});

test.run();
