import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  formatRecord,
  isRecord,
  keyBytes,
  parseRecord,
  passwordOf,
} from "../../../src/domain/security/password-record.ts";

const HEX_KEY = "0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF";

const record = fc.record(
  {
    cost: fc.integer({ min: 14, max: 16 }),
    blockSize: fc.constant(8 as const),
    parallel: fc.integer({ min: 1, max: 4 }),
    salt: fc.uint8Array({ minLength: 16, maxLength: 64, size: "max" }).map((bytes) => Buffer.from(bytes)),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32, size: "max" }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
);

test("a record comes back from its text as it was", () => {
  fc.assert(
    fc.property(record, (r) => {
      const text = formatRecord(r);
      assert.ok(isRecord(text));
      assert.equal(parseRecord(text), r);
    }),
  );
});

test("what is no record, too cheap to guess or too dear to check is none", () => {
  const salt = "A".repeat(22);
  const hash = "B".repeat(43);
  assert.ok(parseRecord(`scrypt$15$8$1$${salt}$${hash}`));
  for (const text of [
    "",
    "scrypt$",
    `scrypt$13$8$1$${salt}$${hash}`,
    `scrypt$17$8$1$${salt}$${hash}`,
    `scrypt$15$9$1$${salt}$${hash}`,
    `scrypt$15$8$0$${salt}$${hash}`,
    `scrypt$15$8$5$${salt}$${hash}`,
    `scrypt$15$8$1$short$${hash}`,
    `scrypt$15$8$1$${salt}$${hash} `,
  ]) {
    assert.is(parseRecord(text), undefined, text);
  }
});

test("white paper §3.4 - a hex key is the same as bytes and as digits of either case", () => {
  const bytes = Buffer.from(HEX_KEY, "hex");
  for (const form of [bytes, Buffer.from(HEX_KEY), Buffer.from(HEX_KEY.toLowerCase())]) {
    assert.equal(keyBytes(form), bytes);
  }
});

test("keys that differ in more than the spelling of hex digits stay different", () => {
  const key = fc.string({ unit: "grapheme", minLength: 1 });
  fc.assert(
    fc.property(key, key, (one, other) => {
      if (one === other) return;
      assert.not(keyBytes(Buffer.from(one)).equals(keyBytes(Buffer.from(other))));
    }),
  );
  assert.equal(keyBytes(Buffer.from("ab".repeat(15))), Buffer.from("ab".repeat(15)));
});

test("A00.FR.207 - the password is what follows this identity, byte for byte", () => {
  const raw = Buffer.from([0, 255, 58, 1]);
  assert.equal(passwordOf(Buffer.concat([Buffer.from("CP:1:"), raw]), "CP:1"), raw);
  assert.is(passwordOf(Buffer.from("CP2:x"), "CP1"), undefined);
  assert.is(passwordOf(Buffer.from("CP1:"), "CP1"), undefined);
  assert.is(passwordOf(undefined, "CP1"), undefined);
});

test.run();
