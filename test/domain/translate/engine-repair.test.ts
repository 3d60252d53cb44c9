import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { repaired } from "../../../src/domain/translate/engine-repair.ts";

const validators = await loadValidators("ocpp1.6");
const START = { connectorId: 1, idTag: "TAG", meterStart: 0, timestamp: "2026-01-01T00:00:00Z" };
const STATUS = { connectorId: 1, errorCode: "NoError", status: "Available" };

const ROWS: readonly (readonly [what: string, action: string, payload: object, repaired: object])[] = [
  ["null", "StartTransaction", { ...START, reservationId: null }, START],
  ["unknown field", "StartTransaction", { ...START, vendorField: { a: 1 } }, START],
  ["number as text", "StartTransaction", { ...START, meterStart: "12" }, { ...START, meterStart: 12 }],
  ["fraction", "StartTransaction", { ...START, meterStart: 12.6 }, { ...START, meterStart: 13 }],
  [
    "time zone",
    "StartTransaction",
    { ...START, timestamp: "2026-01-01T10:00:00" },
    { ...START, timestamp: "2026-01-01T10:00:00Z" },
  ],
  [
    "time zone",
    "StartTransaction",
    { ...START, timestamp: "2026-01-01 10:00" },
    { ...START, timestamp: "2026-01-01T10:00:00Z" },
  ],
  ["text as number", "StartTransaction", { ...START, idTag: 1234 }, { ...START, idTag: "1234" }],
  ["long text", "StatusNotification", { ...STATUS, info: "x".repeat(80) }, { ...STATUS, info: "x".repeat(50) }],
  [
    "unknown field",
    "MeterValues",
    { connectorId: 1, meterValue: [{ timestamp: START.timestamp, sampledValue: [{ value: "1", odd: 1 }] }] },
    { connectorId: 1, meterValue: [{ timestamp: START.timestamp, sampledValue: [{ value: "1" }] }] },
  ],
  [
    "text as number",
    "MeterValues",
    { connectorId: 1, meterValue: [{ timestamp: START.timestamp, sampledValue: [{ value: 1.5 }] }] },
    { connectorId: 1, meterValue: [{ timestamp: START.timestamp, sampledValue: [{ value: "1.5" }] }] },
  ],
];

for (const [what, action, payload, good] of ROWS) {
  test(`${what}: ${action} ${JSON.stringify(payload).slice(0, 90)}`, () => {
    const before = JSON.stringify(payload);
    const outcome = repaired(action, "request", payload as never, validators);
    assert.equal(outcome, { payload: good, repairs: [what], violation: undefined });
    assert.is(JSON.stringify(payload), before, "the station's payload stays as it came");
  });
}

test("several faults are put right together, and each is named", () => {
  const payload = { ...START, a: 1, b: 2, meterStart: "5", reservationId: null };
  const { repairs, payload: good, violation } = repaired("StartTransaction", "request", payload, validators);
  assert.equal([good, violation], [{ ...START, meterStart: 5 }, undefined]);
  assert.equal([...repairs].sort(), ["null", "number as text", "unknown field", "unknown field"]);
});

test("a good payload is the same object, and costs nothing", () => {
  assert.is(repaired("StartTransaction", "request", START, validators).payload, START);
});

test("what is missing, or means something else, is not invented", () => {
  const { violation, repairs } = repaired("StartTransaction", "request", { connectorId: 1 }, validators);
  assert.equal([violation?.keyword, repairs], ["required", []]);
  assert.is(
    repaired("StatusNotification", "request", { ...STATUS, status: "Bereit" }, validators).violation?.keyword,
    "enum",
  );
  // A cut card would be another card.
  const long = repaired("StartTransaction", "request", { ...START, idTag: "x".repeat(30) }, validators);
  assert.equal([long.violation?.keyword, long.repairs], ["maxLength", []]);
});

test("whatever comes, repairing ends, and leaves what it was given alone", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(START), "x", "y"), fc.jsonValue()), (payload) => {
      const before = JSON.stringify(payload);
      const { payload: after, violation } = repaired("StartTransaction", "request", payload, validators);
      assert.is(JSON.stringify(payload), before);
      assert.equal(validators.validate("StartTransaction", "request", after)?.keyword, violation?.keyword);
    }),
  );
});

/** A station that serialises its variables as they are: all of its answer was thrown away, and its CSMS learned nothing of it. */
test("an answer of the station is put right as its CALLs are: numbers and truth values for texts, however many", () => {
  const keys = (value: (n: number) => unknown, readonly: unknown) => ({
    configurationKey: Array.from({ length: 100 }, (_, n) => ({ key: `Key${n}`, readonly, value: value(n) })),
  });
  const wrong = keys((n) => (n % 2 === 0 ? n : n % 3 === 0), "false");
  const { payload, violation, repairs } = repaired("GetConfiguration", "response", wrong, validators);
  assert.is(violation, undefined);
  assert.equal(
    payload,
    keys((n) => String(n % 2 === 0 ? n : n % 3 === 0), false),
  );
  assert.equal(new Set(repairs), new Set(["text as number", "text as truth value", "truth value as text"]));
});

test.run();
