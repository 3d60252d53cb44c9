/** The second line of defence: shapes of personal data are found, the lane's own numbers are not. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type TripwireKind, trip } from "../../../src/domain/privacy/tripwire.ts";
import { COMPONENT_NAMES } from "../../../src/domain/telemetry/components.ts";
import { EVENT_LISTS } from "../../../src/domain/telemetry/event-lists.ts";
import { MEASURAND_NAMES } from "../../../src/domain/telemetry/measurands.ts";

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
    fc.property(fc.array(value, { minLength: 1, maxLength: 50, size: "max" }), fc.nat(1e13), (values, t0) => {
      const text = `{"b":"ghjkmnpqrs","q":${t0 % 1e9},"t0":${t0},"m":{"0":[${values.join(",")}]}}`;
      assert.is(trip(text), undefined, text);
    }),
    { numRuns: 2_000 },
  );
});

test("what the lane writes beside numbers never trips: its words, pseudonyms, boots, codes of vendors, versions, instants", () => {
  const base32 = fc.string({
    unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz234567"),
    minLength: 16,
    maxLength: 16,
  });
  const boot = fc.string({ unit: fc.constantFrom(..."ghjkmnpqrstvwxyz"), minLength: 10, maxLength: 10 });
  const channel = fc.constantFrom(
    ...MEASURAND_NAMES,
    ...COMPONENT_NAMES,
    ...EVENT_LISTS.flatMap(({ values }) => values),
  );
  fc.assert(
    fc.property(base32, boot, channel, fc.nat(1e6), fc.nat(4e12), (asset, b, word, q, t) => {
      const topic = `oh/v1/tenant-a/edge-1/${asset}/ev`;
      const birth = {
        b,
        sch: 2,
        t,
        assets: [asset],
        channels: { [q % 4096]: { name: word, unit: "V", reducer: { bound: 1 } } },
      };
      for (const text of [topic, JSON.stringify(birth), JSON.stringify({ b, q, t, e: { [word]: word } })]) {
        assert.is(trip(text), undefined, text);
      }
    }),
    { numRuns: 3_000 },
  );
  const versions = [
    "1.6.0-rc.1",
    "2026-04-01T11:59:00.123Z",
    "CX001,CX026",
    "F006",
    "v2.4.18",
    "R23-direction",
    "0x84",
  ];
  for (const text of versions) assert.is(trip(`{"x":"${text}"}`), undefined, text);
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
