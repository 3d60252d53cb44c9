import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadPseudonymKey } from "../../src/actors/pseudonym-key.actor.ts";
import { isGatewayError } from "../../src/domain/error.ts";
import { tempDir } from "../support/temp-dir.ts";

const fails = async (file: string, reason: RegExp) => {
  try {
    await loadPseudonymKey({ file });
    assert.unreachable();
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_SECRET_UNREADABLE"), String(error));
    assert.match((error as Error).message, reason);
  }
};

test("a configured key is taken as it is", async () => {
  const key = new Uint8Array(32).fill(7);
  assert.is(await loadPseudonymKey(key), key);
});

test("the first start makes a key for its owner alone, later ones read it", async () => {
  const dir = join(tempDir(), "data", "keys");
  const file = join(dir, "pseudonym.key");
  const key = await loadPseudonymKey({ file });
  assert.is(key.length, 32);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.is(statSync(dir).mode & 0o777, 0o700);
  assert.equal(readdirSync(dir), ["pseudonym.key"]);
  assert.equal(await loadPseudonymKey({ file }), key);
});

test("two starts at once agree on one key", async () => {
  const file = join(tempDir(), "pseudonym.key");
  const [first, second] = await Promise.all([loadPseudonymKey({ file }), loadPseudonymKey({ file })]);
  assert.equal(first, second);
});

test("a key that others may read, or that is too short, is refused and not replaced", async () => {
  const file = join(tempDir(), "pseudonym.key");
  await loadPseudonymKey({ file });
  const text = readFileSync(file, "utf8");
  chmodSync(file, 0o644);
  await fails(file, /chmod 600/);
  assert.is(readFileSync(file, "utf8"), text);
  writeFileSync(file, "abcd");
  chmodSync(file, 0o600);
  await fails(file, /less than 32 bytes/);
});

test("a directory that cannot be made is named", async () => {
  await fails("/dev/null/keys/pseudonym.key", /ENOTDIR/);
});

test.run();
