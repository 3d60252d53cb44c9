import { test } from "uvu";
import * as assert from "uvu/assert";
import { PasswordCheck } from "../../../src/actors/security/password-check.ts";
import { makeRecord } from "../../../src/actors/security/scrypt-record.ts";

const HEX_KEY = "0001020304050607ffffffffffffffffffffffff";
const RECORD = await makeRecord(Buffer.from(HEX_KEY), 14);
const OF = { identity: "CP1", password: RECORD, address: "192.0.2.1" };
const sent = (password: string | Buffer, identity = "CP1") =>
  Buffer.concat([Buffer.from(`${identity}:`), Buffer.from(password)]);

function checkWith(hash?: () => Promise<Buffer>) {
  const counters = { passwordsHashed: 0, passwordChecksBusy: 0 };
  const passwords = new PasswordCheck({ counters, remembered: 2, ...(hash === undefined ? {} : { hash }) });
  return { counters, passwords };
}

test("a key is right as bytes and as digits, anything else is wrong", async () => {
  const { passwords } = checkWith();
  for (const form of [Buffer.from(HEX_KEY, "hex"), HEX_KEY, HEX_KEY.toUpperCase()]) {
    assert.is(await passwords.check({ ...OF, credentials: sent(form) }), "right");
  }
  assert.is(await passwords.check({ ...OF, credentials: sent(`${HEX_KEY.slice(1)}0`) }), "wrong");
  assert.is(await passwords.check({ ...OF, credentials: sent(HEX_KEY, "CP2") }), "wrong");
  assert.is(await passwords.check({ ...OF, credentials: undefined }), "wrong");
  // Who has read the configuration can not log in with what stands there.
  assert.is(await passwords.check({ ...OF, credentials: sent(RECORD) }), "wrong");
});

test("what was right once is right at once; of others the longest unused is forgotten", async () => {
  const { passwords, counters } = checkWith();
  const login = (identity: string) => passwords.check({ ...OF, identity, credentials: sent(HEX_KEY, identity) });
  assert.is(await login("A"), "right");
  assert.is(login("A"), "right", "without a promise");
  assert.is(counters.passwordsHashed, 1);
  await login("B");
  login("A");
  await login("C");
  assert.is(login("A"), "right");
  assert.is.not(login("B"), "right");
  const other = await makeRecord(Buffer.from("another key, 16+"), 14);
  assert.is(await passwords.check({ ...OF, identity: "A", password: other, credentials: sent(HEX_KEY, "A") }), "wrong");
});

test("two at once, a bounded number wait, one address does not take all places", async () => {
  const open: (() => void)[] = [];
  const { passwords, counters } = checkWith(() => new Promise((resolve) => open.push(() => resolve(Buffer.alloc(32)))));
  const guess = (n: number, address: string) => passwords.check({ ...OF, credentials: sent(`guess ${n}`), address });
  const verdicts = Array.from({ length: 200 }, (_, i) => guess(i, "192.0.2.1"));
  const others = Array.from({ length: 140 }, (_, i) => guess(i, `192.0.2.${10 + (i % 100)}`));
  assert.is(open.length, 2);
  let answered = 0;
  while (answered < open.length) {
    open[answered]?.();
    answered += 1;
    assert.ok(open.length - answered <= 2);
    await new Promise(setImmediate);
  }
  const count = async (all: typeof verdicts, verdict: string) =>
    (await Promise.all(all)).filter((each) => each === verdict).length;
  assert.is(await count(verdicts, "busy"), 200 - 128);
  assert.is(await count(others, "busy"), 128 + 140 - (256 + 2));
  assert.is(counters.passwordsHashed, 258);
  assert.is(counters.passwordChecksBusy, 82);
  const after = guess(0, "192.0.2.1");
  open.at(-1)?.();
  assert.is(await after, "wrong");
});

test("where scrypt gets no memory nobody is right, and nobody has guessed wrong", async () => {
  const { passwords } = checkWith(() => Promise.reject(new Error("no memory")));
  assert.is(await passwords.check({ ...OF, credentials: sent(HEX_KEY) }), "busy");
});

test("plain passwords are compared at once", () => {
  const { passwords } = checkWith();
  const plain = { ...OF, password: "secret-key-16chars" };
  assert.is(passwords.check({ ...plain, credentials: sent("secret-key-16chars") }), "right");
  assert.is(passwords.check({ ...plain, credentials: sent("other") }), "wrong");
  assert.is(passwords.check({ ...plain, password: undefined, credentials: sent("") }), "wrong");
});

test.run();
