import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import { loadValidators } from "../../../src/domain/ocpp/validate.ts";
import { leastAnswer, lesserAnswer, lesserRequests } from "../../../src/domain/translate/engine-fallback.ts";
import { messageSchemas } from "../../support/schemas.ts";

const NOW = epochMs(Date.UTC(2026, 0, 1));
const v16 = await loadValidators("ocpp1.6");
const v201 = await loadValidators("ocpp2.0.1");
const sample = (value: number, context: string, more = {}) => ({ value, context, ...more });
const at = (sampledValue: object[]) => ({ timestamp: "2026-01-01T00:00:00Z", sampledValue });
const ENDED = {
  eventType: "Ended",
  timestamp: "2026-01-01T00:00:00Z",
  triggerReason: "StopAuthorized",
  seqNo: 3,
  transactionInfo: { transactionId: "T" },
  evse: { id: 1 },
  meterValue: [
    at([sample(1, "Sample.Periodic")]),
    at([sample(2, "Sample.Periodic")]),
    at([sample(3, "Transaction.End")]),
  ],
};

/** The first lesser message that may leave. */
const valid = (payload: object) =>
  lesserRequests("TransactionEvent", payload as never).find(
    (less) => v201.validate("TransactionEvent", "request", less) === undefined,
  );

test("an end with a field too many keeps everything that is billed", () => {
  assert.equal(valid({ ...ENDED, customData: { noVendor: true } }), ENDED);
});

test("a signature that does not fit costs the signature, not the readings", () => {
  const signed = { signedMeterData: "x".repeat(3000), signingMethod: "", encodingMethod: "", publicKey: "" };
  const meterValue = [at([sample(3, "Transaction.End", { signedMeterValue: signed })])];
  assert.equal(valid({ ...ENDED, meterValue })?.["meterValue"], [at([sample(3, "Transaction.End")])]);
});

test("a bad reading in between costs the readings in between; begin and end stay (E12.FR.09)", () => {
  const meterValue = [ENDED.meterValue[0], at([]), ENDED.meterValue[2]];
  assert.equal(valid({ ...ENDED, meterValue })?.["meterValue"], [ENDED.meterValue[0], ENDED.meterValue[2]]);
});

test("at the worst the CSMS still learns that the transaction has ended", () => {
  const worst = { ...ENDED, evse: { id: "one" }, meterValue: "none", transactionInfo: { transactionId: "T", x: 1 } };
  const { evse: _, meterValue: __, ...least } = ENDED;
  assert.equal(valid(worst), least);
});

test("every action of a station has a least answer that is valid, except a start", () => {
  const actions = messageSchemas("ocpp1.6")
    .filter(({ kind }) => kind === "response")
    .map(({ action }) => action);
  const fromStation = [
    "Authorize",
    "BootNotification",
    "DataTransfer",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "SecurityEventNotification",
    "SignCertificate",
    "SignedFirmwareStatusNotification",
    "StatusNotification",
    "StopTransaction",
  ];
  for (const action of fromStation) {
    assert.ok(actions.includes(action), action);
    assert.is(v16.validate(action, "response", leastAnswer(action, NOW) ?? {}), undefined, action);
  }
  assert.is(leastAnswer("StartTransaction", NOW), undefined);
});

test("a lesser answer to the CSMS has no texts for people", () => {
  const answer = { status: "Rejected", statusInfo: { reasonCode: "x".repeat(99) }, customData: {} };
  assert.equal(lesserAnswer(answer), { status: "Rejected" });
});

test.run();
