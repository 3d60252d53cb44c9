import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messagesIn, previewSchedule } from "../../../src/domain/charging/preview.ts";
import { DAY, goodRequest, iso, setRequest, storeOf, THREE_PHASES } from "../../support/charging.ts";

const OPTIONS = { evseId: 1, from: DAY, durationSec: 3600, unit: "A", supply: THREE_PHASES } as const;
const in16 = (connectorId: number, chargingProfileId: number, limit: number, more: object = {}) => ({
  connectorId,
  csChargingProfiles: {
    ...{ chargingProfileId, stackLevel: 0, chargingProfilePurpose: "TxDefaultProfile" },
    chargingProfileKind: "Absolute",
    chargingSchedule: {
      ...{ startSchedule: iso(DAY), chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
      ...more,
    },
  },
});

function limits(messages: readonly unknown[], options: object = {}): readonly string[] {
  const preview = previewSchedule(messages, { ...OPTIONS, ...options });
  if (!preview.ok) return [`${preview.error.code} ${preview.error.index}`];
  return preview.value.composite.periods.map(({ startPeriod, limit }) => `${startPeriod}:${limit}`);
}

test("messages of either version come to a schedule", () => {
  assert.equal(limits([setRequest()]), ["0:16"]);
  assert.equal(limits([in16(1, 1, 10)]), ["0:10"]);
  assert.equal(limits([setRequest()], { evseId: 0 }), ["0:16"]);
});

test("1.6 - the later one of a level and purpose, or of an id, replaces the earlier one", () => {
  assert.equal(limits([in16(1, 1, 10), in16(1, 2, 12)]), ["0:12"]);
  assert.equal(limits([in16(1, 1, 10), in16(1, 1, 12)]), ["0:12"]);
});

test("2.0.1 - what a station would refuse is left out, and named by its place", () => {
  const messages = [setRequest(), setRequest({ id: 2 }), setRequest({ id: 3, evseId: 2 })];
  const preview = previewSchedule(messages, OPTIONS);
  if (!preview.ok) throw new Error(preview.error.code);
  assert.is(preview.value.profileCount, 2);
  assert.equal(
    preview.value.refused.map(({ index, fault }) => `${index} ${fault.reasonCode}`),
    ["1 DuplicateProfile"],
  );
});

test("1.6 - periods in disorder are refused, a missing start is not", () => {
  const chargingSchedulePeriod = [
    { startPeriod: 0, limit: 6 },
    { startPeriod: 0, limit: 7 },
  ];
  const preview = previewSchedule([in16(1, 1, 6, { chargingSchedulePeriod })], OPTIONS);
  assert.equal(preview.ok && preview.value.refused.map(({ fault }) => fault.pointer), [
    "/csChargingProfiles/chargingSchedule/chargingSchedulePeriod/1/startPeriod",
  ]);
  assert.equal(limits([in16(1, 1, 6, { startSchedule: undefined })]), ["0:6"]);
});

test("a TxProfile counts for its transaction alone", () => {
  const tx = setRequest({ chargingProfilePurpose: "TxProfile", transactionId: "a" });
  assert.equal(limits([tx]), ["0:Infinity"]);
  const running = (id: string) => ({ transaction: { id, powerPathClosedAt: DAY } });
  assert.equal(limits([tx], running("a")), ["0:16"]);
  assert.equal(limits([tx], running("b")), ["0:Infinity"]);
});

test("what is no message, of two versions, or asks for an EVSE there is not, is said with its place", () => {
  assert.equal(limits([]), ["no-messages 0"]);
  assert.equal(limits([setRequest(), 7]), ["not-a-message 1"]);
  assert.equal(limits([setRequest(), { evseId: 1 }]), ["not-a-message 1"]);
  assert.equal(limits([setRequest(), in16(1, 1, 6)]), ["mixed-versions 1"]);
  assert.equal(limits([setRequest()], { evseId: 9 }), ["unknown-evse 0"]);
  assert.equal(limits([setRequest()], { evseId: 9, evseCount: 9, physicalMaxA: 25 }), ["0:25"]);
});

test("it takes what a station takes", () => {
  fc.assert(
    fc.property(fc.array(goodRequest(), { minLength: 1, maxLength: 6 }), (requests) => {
      const preview = previewSchedule(requests, { ...OPTIONS, evseCount: 2 });
      assert.is(preview.ok && preview.value.profileCount, storeOf(requests).profiles.length);
    }),
  );
});

test("a file holds messages, one message, or CALLs", () => {
  assert.equal(messagesIn([{ a: 1 }, { b: 2 }]), [{ a: 1 }, { b: 2 }]);
  assert.equal(messagesIn({ a: 1 }), [{ a: 1 }]);
  assert.equal(messagesIn([2, "1", "SetChargingProfile", { a: 1 }]), [{ a: 1 }]);
  assert.equal(messagesIn([[2, "1", "SetChargingProfile", { a: 1 }], { b: 2 }]), [{ a: 1 }, { b: 2 }]);
});

test.run();
