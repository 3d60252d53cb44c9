import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { unwrapSnapshot, wrapSnapshot } from "../../src/actors/snapshot-envelope.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { initialContext } from "../../src/machines/station-context.ts";

const station = stationId("CP1");
const context = initialContext({ stationId: station, version: "ocpp1.6", at: epochMs(1) });
const good = { v: 1, station, version: "ocpp1.6", snapshot: { value: "offline", context } };

test("what was wrapped is unwrapped", () => {
  const unwrapped = unwrapSnapshot(wrapSnapshot(station, "ocpp1.6", good.snapshot));
  assert.ok(unwrapped.ok);
  assert.equal(unwrapped.ok && unwrapped.value, good);
});

// what is wrong, how the record differs
const FAULTS: readonly (readonly [string, object])[] = [
  ["written by schema version 2", { v: 2 }],
  ["names no station", { station: 5 }],
  ["names no protocol version", { version: "ocpp1.5" }],
  ["unknown state", { snapshot: { value: "dancing", context } }],
  ["unknown state", { snapshot: null }],
  ["incomplete context", { snapshot: { value: "offline", context: { ...context, transactions: null } } }],
  ["incomplete context", { snapshot: { value: "offline", context: { ...context, stationId: "CP2" } } }],
];

for (const [reason, fields] of FAULTS) {
  test(`a record is refused with its reason: ${reason} ${JSON.stringify(fields).slice(0, 40)}`, () => {
    const unwrapped = unwrapSnapshot(JSON.stringify({ ...good, ...fields }));
    assert.is(unwrapped.ok ? "accepted" : unwrapped.error, reason);
  });
}

test("no record makes it throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (record) => assert.not(unwrapSnapshot(record).ok)));
});

test.run();
