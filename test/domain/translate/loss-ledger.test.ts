/** What a CSMS says in vain is counted by name. Whether every field has a place: test/translation/matrix.test.ts. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { COST_VENDOR } from "../../../src/domain/translate/cost.ts";
import { lostOfCsms } from "../../../src/domain/translate/loss-ledger.ts";

const more = { additionalInfo: [{ additionalIdToken: "x", type: "y" }] };
const token = { idToken: "CARD", type: "ISO14443" };
const custom = { customData: { vendorId: "com.example" } };

test("a message with nothing in it loses nothing", () => {
  assert.equal(lostOfCsms("TransactionEvent", "response", {}), []);
  assert.equal(lostOfCsms("ReserveNow", "request", { idToken: token }), []);
  assert.equal(lostOfCsms("Authorize", "response", { idTokenInfo: { status: "Accepted", groupIdToken: token } }), []);
});

test("a list loses a field once for each of its elements that has it", () => {
  const personalMessage = { format: "UTF8", content: "Hi" };
  const entries = [
    { idToken: { ...token, ...more }, idTokenInfo: { status: "Accepted", personalMessage } },
    { idToken: token, idTokenInfo: { status: "Accepted", personalMessage, groupIdToken: { ...token, ...more } } },
    { idToken: token },
  ];
  assert.equal([...lostOfCsms("SendLocalList", "request", { localAuthorizationList: entries })].sort(), [
    "SendLocalList.localAuthorizationList.idToken.additionalInfo",
    "SendLocalList.localAuthorizationList.idTokenInfo.groupIdToken.additionalInfo",
    "SendLocalList.localAuthorizationList.idTokenInfo.groupIdToken.type",
    "SendLocalList.localAuthorizationList.idTokenInfo.personalMessage",
    "SendLocalList.localAuthorizationList.idTokenInfo.personalMessage",
  ]);
});

test("a request and an answer of the same name lose what is theirs", () => {
  assert.equal(lostOfCsms("Heartbeat", "response", { currentTime: "2026-01-01T00:00:00Z" }), [
    "HeartbeatResponse.currentTime",
  ]);
  assert.equal(lostOfCsms("TransactionEvent", "response", { chargingPriority: 1, transactionLimit: { maxCost: 2 } }), [
    "TransactionEventResponse.chargingPriority",
    "TransactionEventResponse.transactionLimit",
  ]);
});

test("what is new in 2.1 and only informs is counted as well", () => {
  assert.equal(lostOfCsms("CertificateSigned", "request", { certificateChain: "pem", requestId: 3 }), [
    "CertificateSigned.requestId",
  ]);
  assert.equal(lostOfCsms("TriggerMessage", "request", { requestedMessage: "Heartbeat", customTrigger: "x" }), [
    "TriggerMessage.customTrigger",
  ]);
  assert.equal(lostOfCsms("Authorize", "response", { allowedEnergyTransfer: ["DC"], tariff: {} }), [
    "AuthorizeResponse.allowedEnergyTransfer",
    "AuthorizeResponse.tariff",
  ]);
});

test("customData is counted once a message, however deep it is", () => {
  assert.equal(lostOfCsms("ClearCache", "request", custom), ["ClearCache.customData"]);
  const deep = { chargingProfile: { chargingSchedule: [{ chargingSchedulePeriod: [{ startPeriod: 0, ...custom }] }] } };
  assert.equal(lostOfCsms("SetChargingProfile", "request", deep), ["SetChargingProfile.customData"]);
});

test("the data of a DataTransfer is passed on, whatever is in it", () => {
  assert.equal(lostOfCsms("DataTransfer", "request", { vendorId: "v", data: custom }), []);
});

test("CostUpdated takes what the note on Californian pricing adds, and no other's", () => {
  const of = (vendorId: string) => lostOfCsms("CostUpdated", "request", { totalCost: 1, customData: { vendorId } });
  assert.equal(of(COST_VENDOR), []);
  assert.equal(of("com.example"), ["CostUpdated.customData"]);
});

test.run();
