/** What is written down comes back as it was, damage is an error and never a throw, and keys sort as messages came. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs, messageId, stationId } from "../../../src/domain/ids.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import {
  decodeRecord,
  encodeRecord,
  parseSpoolKey,
  RECORD_VERSION,
  type SpoolHead,
  type SpoolRecord,
  seqText,
  spoolPrefix,
} from "../../../src/domain/spool/record.ts";

const text = fc.string({ unit: "grapheme" });
const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : { [name]: found }));

const head: fc.Arbitrary<SpoolHead> = fc
  .tuple(
    fc.record({
      v: fc.constant(RECORD_VERSION),
      id: text.map(messageId),
      action: text,
      messageClass: fc.constantFrom(0, 1),
      role: fc.constantFrom("start" as const, "update" as const, "stop" as const, "event" as const),
      key: text,
      takenAt: fc.nat({ max: 4e12 }).map(epochMs),
    }),
    optional("stationMessageId", text),
    optional("transaction", text),
    optional("thinnable", fc.constant(true)),
    optional("owned", fc.constant(true)),
    optional("attempts", fc.nat()),
    optional("losses", fc.nat()),
    optional("notBefore", fc.nat({ max: 4e12 })),
    optional("clock", text),
  )
  .map((parts) => Object.assign({}, ...parts) as SpoolHead);

const record: fc.Arbitrary<SpoolRecord> = fc.record({ head, text });

/** A copy in a buffer of its own size, as a store hands out slices of larger ones. */
const sliced = (bytes: Uint8Array): Uint8Array => {
  const room = new Uint8Array(bytes.length + 16).fill(0x0a);
  room.set(bytes, 7);
  return room.subarray(7, 7 + bytes.length);
};

test("any head and any text come back as they were", () => {
  fc.assert(
    fc.property(record, (written) => {
      const read = decodeRecord(sliced(encodeRecord(written)));
      assert.ok(read.ok);
      assert.equal(read.value, { ...written });
    }),
  );
});

test("damaged bytes are an error or another record, never a throw", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(record, damage, fc.option(fc.nat()), (written, flips, cut) => {
      const bytes = Buffer.from(encodeRecord(written));
      for (const [at, value] of flips) bytes[at % bytes.length] = value;
      const read = decodeRecord(cut === null ? bytes : bytes.subarray(0, cut % bytes.length));
      if (!read.ok) assert.type(read.error, "string");
    }),
  );
});

test("bytes that were never a record are an error", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.not.ok(decodeRecord(bytes).ok)));
  const of = (json: string) => decodeRecord(Buffer.from(`${json}\n[]`));
  for (const json of ["null", "1", "[]", "{}", '{"v":1}', '{"v":1,"id":1,"action":"A","key":"k"}'])
    assert.not.ok(of(json).ok, json);
  const complete = { v: 1, id: "a", action: "A", key: "k", takenAt: 1, role: "stop" };
  assert.ok(of(JSON.stringify(complete)).ok);
  for (const field of Object.keys(complete)) {
    assert.not.ok(of(JSON.stringify({ ...complete, [field]: undefined })).ok, `without ${field}`);
  }
});

test("a record of another format is named as such", () => {
  const read = decodeRecord(Buffer.from('{"v":2,"id":"a","action":"A","key":"k","takenAt":1,"role":"stop"}\n[]'));
  assert.equal(read, { ok: false, error: "written by format 2" });
});

// What a URL can carry as an identity.
const station = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 48 })

  .map(stationId);
const version = fc.constantFrom(...OCPP_VERSIONS);
const seq = fc.nat({ max: 2 ** 46 });

test("a key tells station, version and number again", () => {
  fc.assert(
    fc.property(station, version, seq, (id, spoken, number) => {
      const key = spoolPrefix(id, spoken) + seqText(number);
      assert.equal(parseSpoolKey(key), { station: id, version: spoken, seq: number });
    }),
  );
});

test("keys of one station sort by number, and none of another lies between them", () => {
  fc.assert(
    fc.property(station, station, version, seq, seq, (one, other, spoken, first, second) => {
      const prefix = spoolPrefix(one, spoken);
      const [a, b] = [prefix + seqText(first), prefix + seqText(second)];
      assert.is(a < b, first < second);
      assert.ok(a >= prefix && a < `${prefix}~`);
      const strange = spoolPrefix(other, spoken) + seqText(first);
      if (one !== other) assert.not.ok(strange >= prefix && strange < `${prefix}~`);
    }),
  );
});

test("what is no key is told as such", () => {
  const keys = ["", "ocpp1.6", "ocpp1.6/CP1", "ocpp9/CP1/000000000001", "ocpp1.6/CP1/1", "ocpp1.6/CP1/00000000000G"];
  for (const key of [...keys, "ocpp1.6/CP1/000000000001/2", "ocpp1.6/%/000000000001"])
    assert.is(parseSpoolKey(key), undefined, key);
});

test.run();
