import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lifeOfAnswer, lifeOfCall } from "../../../src/domain/life/life.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";

const profile16 = {
  chargingProfileId: 3,
  stackLevel: 1,
  chargingProfilePurpose: "TxProfile",
  transactionId: 9,
  chargingSchedule: {},
};
const profile201 = {
  id: 3,
  stackLevel: 1,
  chargingProfilePurpose: "TxProfile",
  transactionId: "9",
  chargingSchedule: [],
};
const started = { type: "transaction.started", transactionId: "9", evseId: 2 };
const installed = (profile: object) => ({
  type: "profile.installed",
  profile: { id: 3, evseId: 2, stackLevel: 1, purpose: "TxProfile", transactionId: "9", profile },
});
const { transactionId: _16, ...start16 } = profile16;
const { transactionId: _201, ...start201 } = profile201;
const waiting = (profile: object, start: object) => ({
  type: "profile.installed",
  profile: { id: 3, evseId: 2, stackLevel: 1, purpose: "TxProfile", profile, start },
});

// version, action, request, answer, event
const ANSWERS = [
  [
    "ocpp1.6",
    "BootNotification",
    {},
    { status: "Accepted", interval: 60 },
    { type: "boot.answered", status: "Accepted", intervalSec: 60 },
  ],
  [
    "ocpp2.0.1",
    "BootNotification",
    {},
    { status: "Pending", interval: 0 },
    { type: "boot.answered", status: "Pending", intervalSec: 0 },
  ],
  ["ocpp2.0.1", "BootNotification", {}, { status: "Perhaps", interval: 0 }, undefined],
  ["ocpp1.6", "StartTransaction", { connectorId: 2 }, { transactionId: 9, idTagInfo: { status: "Invalid" } }, started],
  ["ocpp1.6", "StartTransaction", { connectorId: 2 }, { idTagInfo: { status: "Invalid" } }, undefined],
  ["ocpp1.6", "StopTransaction", { transactionId: 9 }, {}, { type: "transaction.ended", transactionId: "9" }],
  [
    "ocpp2.0.1",
    "TransactionEvent",
    { eventType: "Started", transactionInfo: { transactionId: "9" }, evse: { id: 2 } },
    {},
    started,
  ],
  [
    "ocpp2.1",
    "TransactionEvent",
    { eventType: "Updated", transactionInfo: { transactionId: "9" }, evse: { id: 2 } },
    {},
    started,
  ],
  [
    "ocpp2.1",
    "TransactionEvent",
    { eventType: "Ended", transactionInfo: { transactionId: "9" } },
    {},
    { type: "transaction.ended", transactionId: "9" },
  ],
  ["ocpp2.0.1", "TransactionEvent", { eventType: "Ended", transactionInfo: null }, {}, undefined],
  [
    "ocpp1.6",
    "SetChargingProfile",
    { connectorId: 2, csChargingProfiles: profile16 },
    { status: "Accepted" },
    installed(profile16),
  ],
  [
    "ocpp1.6",
    "SetChargingProfile",
    { connectorId: 2, csChargingProfiles: profile16 },
    { status: "Rejected" },
    undefined,
  ],
  [
    "ocpp2.0.1",
    "SetChargingProfile",
    { evseId: 2, chargingProfile: profile201 },
    { status: "Accepted" },
    installed(profile201),
  ],
  [
    "ocpp1.6",
    "RemoteStartTransaction",
    { connectorId: 2, idTag: "T", chargingProfile: start16 },
    { status: "Accepted" },
    waiting(start16, {}),
  ],
  [
    "ocpp1.6",
    "RemoteStartTransaction",
    { connectorId: 2, idTag: "T", chargingProfile: start16 },
    { status: "Rejected" },
    undefined,
  ],
  ["ocpp1.6", "RemoteStartTransaction", { connectorId: 2, idTag: "T" }, { status: "Accepted" }, undefined],
  [
    "ocpp2.0.1",
    "RequestStartTransaction",
    { evseId: 2, remoteStartId: 5, chargingProfile: start201 },
    { status: "Accepted" },
    waiting(start201, { remoteStartId: 5 }),
  ],
  [
    "ocpp2.0.1",
    "RequestStartTransaction",
    { evseId: 2, remoteStartId: 5, chargingProfile: start201 },
    { status: "Accepted", transactionId: "9" },
    installed(start201),
  ],
  ["ocpp2.1", "RequestStartTransaction", { evseId: 2, remoteStartId: 5 }, { status: "Accepted" }, undefined],
  [
    "ocpp2.0.1",
    "TransactionEvent",
    { eventType: "Started", transactionInfo: { transactionId: "9", remoteStartId: 5 }, evse: { id: 2 } },
    {},
    { ...started, remoteStartId: 5 },
  ],
  [
    "ocpp1.6",
    "ClearChargingProfile",
    { connectorId: 2 },
    { status: "Accepted" },
    { type: "profile.cleared", criteria: { evseId: 2 } },
  ],
  ["ocpp1.6", "ClearChargingProfile", { connectorId: 2 }, { status: "Unknown" }, undefined],
  [
    "ocpp2.0.1",
    "ClearChargingProfile",
    { chargingProfileCriteria: { evseId: 2, stackLevel: 1, chargingProfilePurpose: "TxProfile" } },
    { status: "Accepted" },
    { type: "profile.cleared", criteria: { evseId: 2, stackLevel: 1, purpose: "TxProfile" } },
  ],
  [
    "ocpp1.6",
    "ChangeConfiguration",
    { key: "HeartbeatInterval", value: "90" },
    { status: "Accepted" },
    { type: "heartbeat.changed", intervalSec: 90 },
  ],
  [
    "ocpp1.6",
    "ChangeConfiguration",
    { key: "MeterValueSampleInterval", value: "90" },
    { status: "Accepted" },
    undefined,
  ],
  [
    "ocpp2.0.1",
    "SetVariables",
    {
      setVariableData: [
        { attributeValue: "1", component: { name: "A" }, variable: { name: "B" } },
        { attributeValue: "90", component: { name: "OCPPCommCtrlr" }, variable: { name: "HeartbeatInterval" } },
      ],
    },
    { setVariableResult: [{ attributeStatus: "Rejected" }, { attributeStatus: "Accepted" }] },
    { type: "heartbeat.changed", intervalSec: 90 },
  ],
  ["ocpp1.6", "MeterValues", { connectorId: 1 }, {}, undefined],
] as const;

for (const [version, action, payload, answer, event] of ANSWERS) {
  test(`${version} ${action} answered ${JSON.stringify(answer)}`, () => {
    assert.equal(lifeOfAnswer(version, action, payload, answer), event);
  });
}

test("StatusNotification is news as soon as it is sent; connector 0 is the whole station", () => {
  assert.equal(
    lifeOfCall("ocpp1.6", "StatusNotification", { connectorId: 0, status: "Faulted", errorCode: "GroundFailure" }),
    {
      type: "connector.status",
      evseId: 0,
      connectorId: 0,
      status: "Faulted",
      errorCode: "GroundFailure",
    },
  );
  assert.equal(
    lifeOfCall("ocpp2.0.1", "StatusNotification", { evseId: 2, connectorId: 1, connectorStatus: "Occupied" }),
    {
      type: "connector.status",
      evseId: 2,
      connectorId: 1,
      status: "Occupied",
      errorCode: "",
    },
  );
});

test("whatever the payloads hold, nothing is thrown and nothing but JSON comes out", () => {
  const action = fc.constantFrom(...new Set(ANSWERS.map(([, name]) => name)), "StatusNotification");
  const field = fc.constantFrom(
    "status",
    "interval",
    "transactionId",
    "transactionInfo",
    "csChargingProfiles",
    "chargingProfile",
    "evse",
    "setVariableData",
    "setVariableResult",
    "key",
    "value",
    "connectorId",
  );
  const payload = fc.dictionary(field, fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom(...OCPP_VERSIONS), action, payload, payload, (version, name, request, answer) => {
      for (const event of [lifeOfCall(version, name, request), lifeOfAnswer(version, name, request, answer)]) {
        if (event !== undefined) assert.equal(JSON.parse(JSON.stringify(event)), event);
      }
    }),
  );
});

test.run();
