import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { classify } from "../../../src/domain/lanes/classify.ts";
import { actionSpec, CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import type { Frame, Payload } from "../../../src/domain/ocpp/frame.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { goodMessage } from "../../support/schema-arbitrary.ts";
import { messageSchemas } from "../../support/schemas.ts";

const id = messageId("1");

/** Class and lane of a CALL, as `V1 value` or `V4 health`. */
function ofCall(version: OcppVersion, action: string, payload: Payload, type: 2 | 6 = 2): string {
  const { messageClass, healthOnly } = classify(version, { type, id, action, payload }, actionSpec(version, action));
  return `V${messageClass} ${healthOnly ? "health" : "value"}`;
}

const meterValue = (sample: object) => [{ timestamp: "2026-05-01T10:00:00Z", sampledValue: [{ value: "1" }, sample] }];
const event = (fields: object) => ({ eventData: [{ variable: { name: "Temperature" } }, fields] });
const SIGNED_2 = { signedMeterValue: { signedMeterData: "x" } };

const CASES: readonly [title: string, OcppVersion, action: string, Payload, expected: string][] = [
  [
    "a 1.6 reading of a transaction",
    "ocpp1.6",
    "MeterValues",
    { transactionId: 7, meterValue: meterValue({}) },
    "V1 value",
  ],
  [
    "-1, a transaction whose id the station never got",
    "ocpp1.6",
    "MeterValues",
    { transactionId: -1, meterValue: [] },
    "V1 value",
  ],
  [
    "a 1.6 clock-aligned reading",
    "ocpp1.6",
    "MeterValues",
    { connectorId: 1, meterValue: meterValue({}) },
    "V4 health",
  ],
  ["a signed 1.6 reading", "ocpp1.6", "MeterValues", { meterValue: meterValue({ format: "SignedData" }) }, "V4 value"],
  [
    "the begin of a 1.6 transaction, id left out",
    "ocpp1.6",
    "MeterValues",
    { meterValue: meterValue({ context: "Transaction.Begin" }) },
    "V1 value",
  ],
  [
    "the end of a 1.6 transaction, id left out",
    "ocpp1.6",
    "MeterValues",
    { meterValue: meterValue({ context: "Transaction.End" }) },
    "V1 value",
  ],
  ["a 1.6 reading without readings", "ocpp1.6", "MeterValues", { connectorId: 1 }, "V1 value"],
  ["a 1.6 reading of nonsense", "ocpp1.6", "MeterValues", { connectorId: 1, meterValue: [null] }, "V1 value"],
  ["a 2.0.1 reading", "ocpp2.0.1", "MeterValues", { evseId: 1, meterValue: meterValue({}) }, "V4 health"],
  ["a signed 2.0.1 reading", "ocpp2.0.1", "MeterValues", { evseId: 1, meterValue: meterValue(SIGNED_2) }, "V4 value"],
  ["a 2.1 reading", "ocpp2.1", "MeterValues", { evseId: 0, meterValue: meterValue({}) }, "V4 health"],
  ["a 2.1 reading of nonsense", "ocpp2.1", "MeterValues", { evseId: 0, meterValue: "x" }, "V4 value"],
  ["the start of a 1.6 transaction", "ocpp1.6", "StartTransaction", {}, "V0 value"],
  ["the end of a 1.6 transaction", "ocpp1.6", "StopTransaction", {}, "V1 value"],
  ["the start of a 2.x transaction", "ocpp2.0.1", "TransactionEvent", { eventType: "Started" }, "V0 value"],
  ["its update", "ocpp2.0.1", "TransactionEvent", { eventType: "Updated" }, "V1 value"],
  ["its end", "ocpp2.1", "TransactionEvent", { eventType: "Ended" }, "V1 value"],
  ["a transaction event without a type", "ocpp2.1", "TransactionEvent", {}, "V1 value"],
  ["an authorisation", "ocpp2.0.1", "Authorize", {}, "V0 value"],
  ["a remote start", "ocpp1.6", "RemoteStartTransaction", {}, "V0 value"],
  ["a remote stop", "ocpp2.1", "RequestStopTransaction", {}, "V0 value"],
  ["a security event", "ocpp1.6", "SecurityEventNotification", {}, "V1 value"],
  ["a trigger", "ocpp1.6", "TriggerMessage", {}, "V2 value"],
  ["a charging profile", "ocpp2.0.1", "SetChargingProfile", {}, "V2 value"],
  ["a boot", "ocpp1.6", "BootNotification", {}, "V3 value"],
  ["a status", "ocpp2.0.1", "StatusNotification", {}, "V3 value"],
  ["a report", "ocpp2.0.1", "NotifyReport", {}, "V4 value"],
  ["a vendor's data", "ocpp1.6", "DataTransfer", {}, "V4 value"],
  ["an event of the device model", "ocpp2.0.1", "NotifyEvent", event({ variable: { name: "Problem" } }), "V4 health"],
  [
    "G01 - availability told by an event",
    "ocpp2.1",
    "NotifyEvent",
    event({ variable: { name: "availabilityState" } }),
    "V4 value",
  ],
  [
    "an event of a transaction",
    "ocpp2.1",
    "NotifyEvent",
    event({ variable: { name: "X" }, transactionId: "t" }),
    "V4 value",
  ],
  ["an event without a variable", "ocpp2.0.1", "NotifyEvent", event({}), "V4 value"],
  ["an event without a name", "ocpp2.0.1", "NotifyEvent", event({ variable: {} }), "V4 value"],
  ["an event without data", "ocpp2.0.1", "NotifyEvent", {}, "V4 value"],
  ["an action that 1.6 does not have", "ocpp1.6", "TransactionEvent", { eventType: "Started" }, "V4 value"],
  ["a vendor's action", "ocpp2.0.1", "VendorThing", {}, "V4 value"],
  ["Part 4 §7 - a signed transaction event", "ocpp2.0.1", "TransactionEvent-Signed", {}, "V1 value"],
  ["Part 4 §7 - a signed event of the device model", "ocpp2.0.1", "NotifyEvent-Signed", {}, "V4 value"],
  ["a signed vendor's action", "ocpp2.0.1", "VendorThing-Signed", {}, "V4 value"],
];

for (const [title, version, action, payload, expected] of CASES) {
  test(`${title} (${version} ${action}) is ${expected}`, () => {
    assert.is(ofCall(version, action, payload), expected);
  });
}

test("2.1 - a periodic event stream is health only", () => {
  assert.is(ofCall("ocpp2.1", "NotifyPeriodicEventStream", {}, 6), "V4 health");
});

const ANSWERS: readonly Frame[] = [
  { type: 3, id, payload: {} },
  { type: 4, id, code: "InternalError", description: "" },
  { type: 5, id, code: "InternalError", description: "" },
];

test("an answer has the class of what it answers, and always reaches the other side", () => {
  for (const version of OCPP_VERSIONS) {
    for (const spec of CATALOGUE) {
      for (const frame of ANSWERS) {
        assert.equal(classify(version, frame, spec), { messageClass: spec.messageClass, healthOnly: false });
      }
    }
  }
});

test("an answer to something unknown is V4", () => {
  for (const frame of ANSWERS)
    assert.equal(classify("ocpp1.6", frame, undefined), { messageClass: 4, healthOnly: false });
});

const requests = OCPP_VERSIONS.flatMap(messageSchemas).filter(({ kind }) => kind !== "response");
const HEALTH_ACTIONS = ["MeterValues", "NotifyEvent", "NotifyPeriodicEventStream"];

test("only condition data of the lowest class may be kept from the CSMS, whatever the message holds", () => {
  for (const { version, action, kind, schema } of requests) {
    fc.assert(
      fc.property(goodMessage(schema), (payload) => {
        const frame: Frame = { type: kind === "send" ? 6 : 2, id, action, payload };
        const { messageClass, healthOnly } = classify(version, frame, actionSpec(version, action));
        if (healthOnly) assert.ok(messageClass === 4 && HEALTH_ACTIONS.includes(action), action);
      }),
      { numRuns: 5 },
    );
  }
});

test("a message that holds anything signed is never health only", () => {
  for (const { version, action, schema } of requests.filter((message) => HEALTH_ACTIONS.includes(message.action))) {
    fc.assert(
      fc.property(goodMessage(schema), (payload) => {
        const { healthOnly } = classify(version, { type: 2, id, action, payload }, actionSpec(version, action));
        const text = JSON.stringify(payload);
        if (text.includes('"format":"SignedData"') || text.includes('"signedMeterValue":')) assert.not.ok(healthOnly);
      }),
      { numRuns: 200 },
    );
  }
});

test("no payload, however odd, makes it throw or allocate an answer of its own", () => {
  const answers = new Set<unknown>();
  fc.assert(
    fc.property(fc.constantFrom(...requests), fc.jsonValue(), fc.jsonValue(), ({ version, action, schema }, a, b) => {
      const [first = "x", second = "y"] = Object.keys(schema.properties ?? {});
      const payload = { [first]: a, [second]: b, meterValue: a, eventData: b };
      answers.add(classify(version, { type: 2, id, action, payload }, actionSpec(version, action)));
    }),
    { numRuns: 2000 },
  );
  assert.ok(answers.size <= 6);
  for (const answer of answers) assert.ok(Object.isFrozen(answer));
});

test.run();
