/** A check that cannot fail is none: each kind of damage is done to events that agree, and must be found. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import { compareTranslated, type ToldEvent } from "../support/translated-books.ts";

const AT = ["2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z", "2026-01-01T10:02:00Z"];
const TYPES = ["Started", "Updated", "Ended"];
const CONTEXTS = ["Transaction.Begin", "Sample.Periodic", "Transaction.End"];
const TRUTH = {
  connectorId: 2,
  meterStartWh: 100,
  meterStopWh: 300,
  readings: [{ at: AT[1] ?? "", registerWh: 200 }],
};

const event = (seqNo: number, more: Payload = {}, value = 100 * (seqNo + 1)): ToldEvent => ({
  id: `id-${seqNo}`,
  payload: {
    eventType: TYPES[seqNo],
    seqNo,
    transactionInfo: { transactionId: "tx" },
    ...(seqNo === 0 && { evse: { id: 2, connectorId: 1 } }),
    meterValue: [
      {
        timestamp: AT[seqNo],
        sampledValue: [{ value, context: CONTEXTS[seqNo], measurand: "Energy.Active.Import.Register" }],
      },
    ],
    ...more,
  },
});
const [STARTED, UPDATED, ENDED] = [event(0), event(1), event(2)];
const damages = (...told: readonly ToldEvent[]) =>
  compareTranslated("S", [TRUTH], told).findings.map(({ damage }) => damage);

test("books that agree have no finding, a repeat under the same id is none either", () => {
  assert.equal(damages(STARTED, UPDATED, ENDED), []);
  assert.equal(damages(STARTED, STARTED, UPDATED, ENDED, ENDED), []);
  assert.equal(damages(STARTED, UPDATED, event(1, { offline: true }), ENDED), []);
});

test("a register in kWh is the same energy", () => {
  const sample = {
    value: 0.3,
    context: "Transaction.End",
    measurand: "Energy.Active.Import.Register",
    unitOfMeasure: { unit: "kWh" },
  };
  assert.equal(damages(STARTED, UPDATED, event(2, { meterValue: [{ timestamp: AT[2], sampledValue: [sample] }] })), []);
});

test("what a station that left for good still holds is not missed, and its energy is nobody's", () => {
  const held = compareTranslated("S", [{ ...TRUTH, isHeld: true }], [STARTED, UPDATED]);
  assert.equal(held, { findings: [], energyDiffWh: 0 });
  assert.is(compareTranslated("S", [TRUTH], []).energyDiffWh, 200);
  assert.is(compareTranslated("S", [TRUTH], [STARTED, UPDATED, event(2, {}, 301)]).energyDiffWh, 1);
});

const other = (told: ToldEvent): ToldEvent => ({
  id: `other-${told.id}`,
  payload: { ...told.payload, transactionInfo: { transactionId: "other" } },
});

const CASES: readonly (readonly [string, readonly ToldEvent[], readonly string[]])[] = [
  ["nothing came", [], ["lost"]],
  ["the end is missing", [STARTED, UPDATED], ["misattributed", "energy"]],
  ["a reading is missing", [STARTED, { ...ENDED, payload: { ...ENDED.payload, seqNo: 1 } }], ["lost"]],
  ["a number is missing", [STARTED, ENDED], ["lost", "lost"]],
  ["an event overtook another", [STARTED, ENDED, UPDATED], ["reordered", "misattributed"]],
  ["a repeat has another id", [STARTED, { ...STARTED, id: "again" }, UPDATED, ENDED], ["duplicated"]],
  ["a repeat has other content", [STARTED, UPDATED, event(1, { cableMaxCurrent: 32 }), ENDED], ["altered"]],
  ["two were begun", [STARTED, UPDATED, ENDED, ...[STARTED, UPDATED, ENDED].map(other)], ["duplicated"]],
  ["the energy differs", [STARTED, UPDATED, event(2, {}, 301)], ["energy"]],
  ["it is at another connector", [event(0, { evse: { id: 1 } }), UPDATED, ENDED], ["lost", "invented"]],
];

for (const [what, told, found] of CASES)
  test(`found: ${what}`, () => {
    assert.equal(damages(...told), found);
  });

test.run();
