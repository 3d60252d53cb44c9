/** The second line of defence: shapes of personal data are found, the lane's own numbers are not. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type TripwireKind, trip } from "../../../src/domain/privacy/tripwire.ts";

const FOUND: readonly (readonly [kind: TripwireKind, text: string])[] = [
  ["contract id", "DE8AAC12345678"],
  ["contract id", "DE-8AA-C12345678-9"],
  ["contract id", "de8aac123456789"],
  ["contract id", "DE*8AA*001234*5"],
  ["VIN", "WVWZZZ1JZXW000001"],
  ["VIN", "5YJ3E1EA7KF317000"],
  ["MAC address", "00:1B:44:11:3A:B7"],
  ["MAC address", "00-1b-44-11-3a-b7"],
  ["MAC address", "001B44113AB7"],
  ["RFID UID", "04A2B3C4"],
  ["RFID UID", "04a2b3c4d5e6f7"],
  ["RFID UID", "12345678"],
  ["RFID UID", "04112233445566"],
  ["ICCID", "8949020000012345678"],
  ["IMSI", "262011234567890"],
  ["e-mail address", "jane.doe+ev@example.org"],
  ["phone number", "+49 170 1234567"],
  ["phone number", "+14155550123"],
  ["IBAN", "DE89370400440532013000"],
  ["IBAN", "DE89 3704 0044 0532 0130 00"],
  ["PEM", "-----BEGIN CERTIFICATE-----"],
  ["JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig"],
  ["URL with credentials", "ftp://user:secret@example.org/log"],
];

test("every shape is found inside a JSON text, and the hit does not repeat it", () => {
  for (const [kind, text] of FOUND) {
    const hit = trip(`{"b":"ghjk","x":"${text}"}`);
    assert.is(hit?.kind, kind, text);
    assert.equal(Object.keys(hit ?? {}).sort(), ["index", "kind"]);
  }
});

test("numbers up to 10¹², as the lane writes them, never trip", () => {
  const value = fc
    .oneof(
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.integer(),
      fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    )
    .map((n) => (Number.isInteger(n) ? n : Number(n.toPrecision(12))));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), fc.nat(1e13), (values, t0) => {
      const text = `{"b":"ghjkmnpqrs","q":${t0 % 1e9},"t0":${t0},"m":{"0":[${values.join(",")}]}}`;
      assert.is(trip(text), undefined, text);
    }),
    { numRuns: 2_000 },
  );
});

test("time is linear in the text, whatever the text", () => {
  const size = 200_000;
  const nasty = ["A", "1", "a1", "eyJ", "+1", "://", "DE12", "12:", "a@", "-", " ", "C", "DE8AAC", "04A2B3C"];
  for (const piece of nasty) {
    const text = piece.repeat(Math.ceil(size / piece.length));
    const start = performance.now();
    trip(text);
    const ms = performance.now() - start;
    assert.ok(ms < 1_500, `${JSON.stringify(piece)} took ${Math.round(ms)} ms`);
  }
});

test.run();
