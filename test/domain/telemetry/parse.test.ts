/** Numbers and instants as stations write them. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import { parseDecimal } from "../../../src/domain/telemetry/parse-decimal.ts";
import { observedAt, parseUtc } from "../../../src/domain/telemetry/parse-timestamp.ts";

test("a decimal number means what Number makes of it, to the last bit", () => {
  const digits = fc.stringMatching(/^\d{1,12}$/);
  const text = fc
    .tuple(fc.constantFrom("", "-", "+"), digits, fc.option(digits, { nil: undefined }))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === undefined ? "" : `.${fraction}`}`);
  fc.assert(fc.property(text, (t) => assert.is(parseDecimal(t), Number(t))));
});

test("every finite number survives being written and read", () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (n) => {
      assert.is(parseDecimal(JSON.stringify(n)), JSON.parse(JSON.stringify(n)));
    }),
  );
});

test("what is not strictly a finite decimal number is NaN", () => {
  const wrong = ["", " ", "5 ", " 5", "230,1", "0x10", ".5", "5.", "1.2.3", "--1", "+", "-", "1e", "1e999", "NaN"];
  for (const text of [...wrong, "Infinity", "1_000", "१२", "9".repeat(33), 5, null, undefined, {}, ["1"]]) {
    assert.ok(Number.isNaN(parseDecimal(text)), JSON.stringify(text));
  }
  fc.assert(fc.property(fc.anything(), (value) => typeof parseDecimal(value) === "number"));
});

test("an instant of RFC 3339 in UTC means what Date.parse makes of it", () => {
  const min = new Date("0001-01-01T00:00:00Z");
  const max = new Date("9999-12-31T23:59:59.999Z");
  fc.assert(
    fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
      const text = date.toISOString();
      assert.is(parseUtc(text), date.getTime());
      assert.is(parseUtc(text.replace(/\.\d+Z$/, "Z")), Math.floor(date.getTime() / 1000) * 1000);
      assert.is(parseUtc(text.replace("Z", "999Z")), date.getTime());
    }),
  );
});

test("impossible dates and other shapes are not read by the fast path", () => {
  const wrong = ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-04-31T00:00:00Z"];
  const shapes = ["2026-04-01T24:00:00Z", "2026-04-01T00:60:00Z", "2026-04-01T00:00:00.Z", "2026-04-01 00:00:00Z"];
  const others = ["2026-04-01T00:00:00", "2026-04-01T00:00:00+01:00", "2O26-04-01T00:00:00Z", "", "Z".repeat(25)];
  for (const text of [...wrong, ...shapes, ...others]) assert.ok(Number.isNaN(parseUtc(text)), text);
  assert.is(parseUtc("2024-02-29T00:00:00Z"), Date.UTC(2024, 1, 29));
});

const RECEIVED = epochMs(Date.UTC(2026, 3, 1, 12));
const at = (text: string): number => Date.parse(text);

test("offsets count; a missing zone is UTC and suspect; what cannot be read is the receive time and suspect", () => {
  const cases: readonly (readonly [text: unknown, at: number, quality: number])[] = [
    ["2026-04-01T11:59:59.5Z", at("2026-04-01T11:59:59.500Z"), 0],
    ["2026-04-01T13:59:59+02:00", at("2026-04-01T11:59:59Z"), 0],
    ["2026-04-01T07:59:59-0400", at("2026-04-01T11:59:59Z"), 0],
    ["2026-04-01t11:59:59z", at("2026-04-01T11:59:59Z"), 0],
    ["2026-04-01T11:59:59", at("2026-04-01T11:59:59Z"), 1],
    ["2026-04-01 11:59", at("2026-04-01T11:59:00Z"), 1],
    ["yesterday", RECEIVED, 1],
    ["2026-02-30T00:00:00Z", RECEIVED, 1],
    [1_775_000_000, RECEIVED, 1],
    [null, RECEIVED, 1],
    [undefined, RECEIVED, 0],
  ];
  for (const [text, expected, quality] of cases) {
    assert.equal(observedAt(text, RECEIVED), { at: expected, quality }, String(text));
  }
});

test("a clock that is off is suspect; one that says nothing is replaced by the receive time", () => {
  assert.equal(observedAt("2026-04-01T12:05:00Z", RECEIVED).quality, 0);
  assert.equal(observedAt("2026-04-01T12:05:01Z", RECEIVED), { at: at("2026-04-01T12:05:01Z"), quality: 1 });
  assert.equal(observedAt("2026-04-03T12:00:00Z", RECEIVED), { at: RECEIVED, quality: 1 });
  assert.equal(observedAt("1970-01-01T00:00:10Z", RECEIVED), { at: RECEIVED, quality: 1 });
  assert.equal(observedAt("9999-12-31T23:59:59Z", RECEIVED), { at: RECEIVED, quality: 1 });
  // A station that was offline for a week and tells now.
  assert.equal(observedAt("2026-03-25T12:00:00Z", RECEIVED), { at: at("2026-03-25T12:00:00Z"), quality: 0 });
});

test("no timestamp, whatever it is, makes reading throw or gives an instant out of range", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.string()), (text) => {
      const { at: instant } = observedAt(text, RECEIVED);
      assert.ok(Number.isInteger(instant) && instant > 1.2e12 && instant <= RECEIVED + 86_400_000);
    }),
  );
});

test.run();
