/** Which messages are owed for good, over all actions of all versions; and what makes two of them the same. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { classify } from "../../../src/domain/lanes/classify.ts";
import { actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { CallFrame, Payload } from "../../../src/domain/ocpp/frame.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { contentKey, spoolable } from "../../../src/domain/spool/spoolable.ts";
import { goodMessage } from "../../support/schema-arbitrary.ts";
import { messageSchema } from "../../support/schemas.ts";

const call = (action: string, payload: object): CallFrame => ({
  type: 2,
  id: messageId("1"),
  action,
  payload: payload as Payload,
});
const of = (version: OcppVersion, action: string, payload: object) => {
  const frame = call(action, payload);
  return spoolable(version, frame, classify(version, frame, actionSpec(version, action)).messageClass);
};

/** It names one, or says that it was taken at one's begin or end. */
const isOfTransaction = (payload: Payload): boolean =>
  payload["transactionId"] !== undefined || JSON.stringify(payload).includes('"context":"Transaction.');

const EVENTS = ["SecurityEventNotification", "NotifySettlement", "BatterySwap"];
const TRANSACTIONS = ["StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"];

test("of all actions of all versions, these and no others are owed for good", () => {
  for (const version of OCPP_VERSIONS) {
    for (const { action, from, send } of CATALOGUE.filter((spec) => spec.versions.includes(version))) {
      if (from === "csms" || send) continue;
      const schema = messageSchema(version, action, "request");
      fc.assert(
        fc.property(goodMessage(schema), (payload) => {
          const kind = of(version, action, payload as object);
          if (EVENTS.includes(action)) assert.equal(kind, { role: "event", transaction: undefined, thinnable: false });
          else if (action === "MeterValues")
            assert.is(kind !== undefined, version === "ocpp1.6" && isOfTransaction(payload as Payload));
          else assert.is(kind !== undefined, TRANSACTIONS.includes(action), `${version} ${action}`);
        }),
        { numRuns: 20 },
      );
    }
  }
});

const reading = { timestamp: "2026-01-01T00:00:00Z", sampledValue: [{ value: "1" }] };
const sampled = (sample: object) => ({ ...reading, sampledValue: [{ value: "1" }, { value: "2", ...sample }] });
const event = (eventType: string, more: object = {}) => ({
  eventType,
  timestamp: "2026-01-01T00:00:00Z",
  triggerReason: "MeterValuePeriodic",
  seqNo: 1,
  transactionInfo: { transactionId: "T" },
  ...more,
});

test("the table of roles, and of what may be thinned out", () => {
  const rows: readonly (readonly [OcppVersion, string, object, string | undefined, string | undefined, boolean])[] = [
    ["ocpp1.6", "StartTransaction", { connectorId: 1 }, "start", undefined, false],
    ["ocpp1.6", "StopTransaction", { transactionId: 7 }, "stop", "7", false],
    ["ocpp1.6", "MeterValues", { connectorId: 1, transactionId: 7, meterValue: [reading] }, "update", "7", true],
    [
      "ocpp1.6",
      "MeterValues",
      { transactionId: 7, meterValue: [sampled({ format: "SignedData" })] },
      "update",
      "7",
      false,
    ],
    [
      "ocpp1.6",
      "MeterValues",
      { transactionId: 7, meterValue: [sampled({ context: "Transaction.Begin" })] },
      "update",
      "7",
      false,
    ],
    [
      "ocpp1.6",
      "MeterValues",
      { transactionId: 7, meterValue: [sampled({ context: "Transaction.End" })] },
      "update",
      "7",
      false,
    ],
    ["ocpp1.6", "MeterValues", { transactionId: 7, meterValue: "odd" }, "update", "7", false],
    ["ocpp1.6", "MeterValues", { transactionId: 7, meterValue: [null] }, "update", "7", false],
    ["ocpp2.0.1", "TransactionEvent", event("Started"), "start", "T", false],
    ["ocpp2.0.1", "TransactionEvent", event("Ended"), "stop", "T", false],
    ["ocpp2.0.1", "TransactionEvent", event("Updated", { meterValue: [reading] }), "update", "T", true],
    [
      "ocpp2.1",
      "TransactionEvent",
      event("Updated", { triggerReason: "MeterValueClock", meterValue: [reading] }),
      "update",
      "T",
      true,
    ],
    [
      "ocpp2.0.1",
      "TransactionEvent",
      event("Updated", { triggerReason: "ChargingStateChanged", meterValue: [reading] }),
      "update",
      "T",
      false,
    ],
    [
      "ocpp2.0.1",
      "TransactionEvent",
      event("Updated", { meterValue: [sampled({ signedMeterValue: {} })] }),
      "update",
      "T",
      false,
    ],
    ["ocpp2.0.1", "TransactionEvent", event("Updated"), "update", "T", false],
  ];
  for (const [version, action, payload, role, transaction, thinnable] of rows) {
    assert.equal(of(version, action, payload), { role, transaction, thinnable }, JSON.stringify(payload));
  }
});

/** Its messages kept the name that the gateway had given while the CSMS was away, and were billed as a transaction of their own. */
test("a transaction id that a station sends as text names its transaction", () => {
  const stop = (transactionId: unknown) => of("ocpp1.6", "StopTransaction", { transactionId });
  assert.is(stop("2000000017")?.transaction, "2000000017");
  assert.is(stop(" 2000000017 ")?.transaction, stop(2_000_000_017)?.transaction);
  assert.equal(
    ["tx-1", "", "1e9", "99999999999", null].map((id) => stop(id)?.transaction),
    [undefined, undefined, undefined, undefined, undefined],
  );
});

test("2.x - a reading that belongs to no transaction is none of the spool's business", () => {
  assert.is(of("ocpp2.0.1", "MeterValues", { evseId: 1, meterValue: [reading] }), undefined);
  assert.is(of("ocpp1.6", "MeterValues", { connectorId: 1, meterValue: [reading] }), undefined);
});

const actions = fc.constantFrom(
  ["ocpp1.6", "StartTransaction"] as const,
  ["ocpp1.6", "StopTransaction"] as const,
  ["ocpp1.6", "MeterValues"] as const,
  ["ocpp2.0.1", "TransactionEvent"] as const,
  ["ocpp2.0.1", "SecurityEventNotification"] as const,
);
const ids = fc.string({ unit: "grapheme", minLength: 1, maxLength: 36 });

test("the same content under another message id has the same key, whatever the id looks like", () => {
  const spelt = actions.chain(([version, action]) =>
    fc.tuple(fc.constant({ version, action }), goodMessage(messageSchema(version, action, "request"))),
  );
  const oddId = fc.oneof(
    ids,
    fc.constantFrom("{B59F3F4A-0C0E-4C1B}", '"MeterValues"', '"SecurityEventNotification",{', "{"),
  );
  fc.assert(
    fc.property(spelt, oddId, oddId, ([{ version, action }, payload], one, other) => {
      const key = (id: string) =>
        contentKey(version, call(action, payload as object), JSON.stringify([2, id, action, payload]));
      assert.is(key(one), key(other));
    }),
  );
});

test("another reading has another key", () => {
  const values = fc.uniqueArray(fc.nat({ max: 1e6 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(values, ids, (both, id) => {
      const keys = both.map((value) => {
        const payload = {
          connectorId: 1,
          transactionId: 5,
          meterValue: [{ ...reading, sampledValue: [{ value: `${value}` }] }],
        };
        return contentKey("ocpp1.6", call("MeterValues", payload), JSON.stringify([2, id, "MeterValues", payload]));
      });
      assert.is.not(keys[0], keys[1]);
    }),
  );
});

test("another time, connector, card or sequence number has another key", () => {
  const start = { connectorId: 1, idTag: "A", meterStart: 5, timestamp: "2026-01-01T00:00:00Z" };
  const key16 = (payload: object) => contentKey("ocpp1.6", call("StartTransaction", payload), "");
  for (const change of [{ connectorId: 2 }, { idTag: "B" }, { meterStart: 6 }, { timestamp: "2026-01-01T00:00:01Z" }])
    assert.is.not(key16(start), key16({ ...start, ...change }));
  const key201 = (payload: object) => contentKey("ocpp2.0.1", call("TransactionEvent", payload), "");
  for (const change of [{ seqNo: 2 }, { eventType: "Ended" }, { transactionInfo: { transactionId: "U" } }])
    assert.is.not(key201(event("Updated")), key201(event("Updated", change)));
});

test.run();
