// deadline: 120s
/**
 * OCPP 2.0.1 through the gateway, between two ends that nobody here wrote: the client and the server of `ocpp-rpc`, both strict.
 * What one wire carries, the other carries byte for byte.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { everyAction } from "../support/every-action.ts";
import { NO_REPLY, RpcPair, type Step } from "../support/ocpp-rpc-pair.ts";
import { until } from "../support/until.ts";

const AT = "2026-01-01T10:00:00.000Z";
const ACCEPTED = { status: "Accepted" };
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
const HASH = { hashAlgorithm: "SHA256", issuerNameHash: "aa", issuerKeyHash: "bb", serialNumber: "01" };
const evse = { id: 1, connectorId: 1 };
const idToken = { idToken: "04A1B2C3", type: "ISO14443", additionalInfo: [{ additionalIdToken: "x", type: "y" }] };
const component = { name: "OCPPCommCtrlr" };
const variable = { name: "HeartbeatInterval" };
const schedule = {
  id: 1,
  chargingRateUnit: "W",
  chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_000.5 }],
};
const profile = (id: number, purpose: string) => ({
  id,
  stackLevel: 0,
  chargingProfilePurpose: purpose,
  chargingProfileKind: "Absolute",
  chargingSchedule: [schedule],
});
const signed = {
  signedMeterData: "T0NNRnx7IkZWIjoiMS4wIn0=",
  signingMethod: "",
  encodingMethod: "OCMF",
  publicKey: "",
};
const meterValue = [
  {
    timestamp: AT,
    sampledValue: [
      { value: 12_345.6, measurand: "Energy.Active.Import.Register", signedMeterValue: signed },
      { value: 16, measurand: "Current.Import", phase: "L1", unitOfMeasure: { unit: "A", multiplier: 0 } },
    ],
  },
];
const event = (eventType: string, triggerReason: string, seqNo: number, more: object = {}) => ({
  eventType,
  timestamp: AT,
  triggerReason,
  seqNo,
  transactionInfo: { transactionId: "tx-é-1", chargingState: eventType === "Ended" ? "Idle" : "Charging" },
  evse,
  ...more,
});

const BOOT: readonly Step[] = [
  [
    "station",
    "BootNotification",
    {
      reason: "PowerUp",
      chargingStation: { model: "M", vendorName: "V", modem: { iccid: "89" } },
      customData: { vendorId: "v", z: 1, a: [true] },
    },
    { status: "Accepted", currentTime: AT, interval: 300, statusInfo: { reasonCode: "NoError" } },
  ],
  ["station", "StatusNotification", { timestamp: AT, connectorStatus: "Available", evseId: 1, connectorId: 1 }, {}],
  ["station", "Heartbeat", {}, { currentTime: AT }],
];

const CONFIGURE: readonly Step[] = [
  [
    "csms",
    "GetVariables",
    { getVariableData: [{ component, variable }] },
    { getVariableResult: [{ attributeStatus: "Accepted", attributeValue: "300", component, variable }] },
  ],
  [
    "csms",
    "SetVariables",
    { setVariableData: [{ attributeValue: "60", component, variable }] },
    { setVariableResult: [{ attributeStatus: "Accepted", component, variable }] },
  ],
  ["csms", "GetBaseReport", { requestId: 1, reportBase: "FullInventory" }, ACCEPTED],
  [
    "station",
    "NotifyReport",
    {
      requestId: 1,
      generatedAt: AT,
      seqNo: 0,
      tbc: true,
      reportData: [{ component, variable, variableAttribute: [{ value: "60" }] }],
    },
    {},
  ],
  ["station", "NotifyReport", { requestId: 1, generatedAt: AT, seqNo: 1 }, {}],
  ["csms", "SetMonitoringLevel", { severity: 4 }, ACCEPTED],
  [
    "csms",
    "SetVariableMonitoring",
    { setMonitoringData: [{ value: 90.5, type: "UpperThreshold", severity: 5, component, variable }] },
    {
      setMonitoringResult: [{ id: 1, status: "Accepted", type: "UpperThreshold", severity: 5, component, variable }],
    },
  ],
  [
    "csms",
    "SendLocalList",
    { versionNumber: 1, updateType: "Full", localAuthorizationList: [{ idToken, idTokenInfo: ACCEPTED }] },
    ACCEPTED,
  ],
  ["csms", "GetLocalListVersion", {}, { versionNumber: 1 }],
  ["csms", "ClearCache", {}, ACCEPTED],
  ["csms", "ReserveNow", { id: 9, expiryDateTime: AT, idToken, evseId: 1 }, ACCEPTED],
  ["station", "ReservationStatusUpdate", { reservationId: 9, reservationUpdateStatus: "Expired" }, {}],
  ["csms", "CancelReservation", { reservationId: 9 }, { status: "Rejected" }],
  ["csms", "ChangeAvailability", { operationalStatus: "Operative", evse }, ACCEPTED],
  ["csms", "TriggerMessage", { requestedMessage: "Heartbeat" }, ACCEPTED],
];

const CHARGE: readonly Step[] = [
  ["csms", "SetChargingProfile", { evseId: 0, chargingProfile: profile(1, "ChargingStationMaxProfile") }, ACCEPTED],
  ["csms", "RequestStartTransaction", { remoteStartId: 5, idToken, evseId: 1 }, ACCEPTED],
  ["station", "Authorize", { idToken }, { idTokenInfo: { status: "Accepted", groupIdToken: idToken } }],
  [
    "station",
    "TransactionEvent",
    event("Started", "RemoteStart", 0, { idToken, meterValue }),
    { idTokenInfo: { status: "Accepted" }, totalCost: 0 },
  ],
  ["csms", "GetTransactionStatus", { transactionId: "tx-é-1" }, { ongoingIndicator: true, messagesInQueue: false }],
  [
    "csms",
    "SetChargingProfile",
    { evseId: 1, chargingProfile: { ...profile(2, "TxProfile"), transactionId: "tx-é-1" } },
    ACCEPTED,
  ],
  ["station", "TransactionEvent", event("Updated", "MeterValuePeriodic", 1, { meterValue }), { totalCost: 1.1 }],
  ["csms", "CostUpdated", { totalCost: 2.25, transactionId: "tx-é-1" }, {}],
  ["station", "NotifyChargingLimit", { chargingLimit: { chargingLimitSource: "EMS" } }, {}],
  ["station", "ClearedChargingLimit", { chargingLimitSource: "EMS" }, {}],
  [
    "csms",
    "GetCompositeSchedule",
    { duration: 600, evseId: 1 },
    {
      status: "Accepted",
      schedule: {
        evseId: 1,
        duration: 600,
        scheduleStart: AT,
        chargingRateUnit: "W",
        chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_000 }],
      },
    },
  ],
  ["csms", "GetChargingProfiles", { requestId: 3, chargingProfile: {} }, ACCEPTED],
  [
    "station",
    "ReportChargingProfiles",
    {
      requestId: 3,
      chargingLimitSource: "CSO",
      evseId: 0,
      chargingProfile: [profile(1, "ChargingStationMaxProfile")],
    },
    {},
  ],
  ["csms", "ClearChargingProfile", { chargingProfileId: 1 }, ACCEPTED],
  ["csms", "RequestStopTransaction", { transactionId: "tx-é-1" }, ACCEPTED],
  ["station", "TransactionEvent", event("Ended", "RemoteStop", 2, { meterValue }), {}],
  ["csms", "UnlockConnector", { evseId: 1, connectorId: 1 }, { status: "Unlocked" }],
  ["station", "MeterValues", { evseId: 0, meterValue }, {}],
  [
    "station",
    "NotifyEvent",
    {
      generatedAt: AT,
      seqNo: 0,
      eventData: [
        {
          eventId: 1,
          timestamp: AT,
          trigger: "Alerting",
          actualValue: "41.50",
          eventNotificationType: "HardWiredNotification",
          component: { name: "Connector", evse },
          variable: { name: "Temperature" },
        },
      ],
    },
    {},
  ],
];

const SECURE: readonly Step[] = [
  ["station", "SecurityEventNotification", { type: "SettingSystemTime", timestamp: AT }, {}],
  ["station", "SignCertificate", { csr: "CSR", certificateType: "ChargingStationCertificate" }, ACCEPTED],
  ["csms", "CertificateSigned", { certificateChain: PEM }, ACCEPTED],
  ["csms", "InstallCertificate", { certificateType: "CSMSRootCertificate", certificate: PEM }, ACCEPTED],
  [
    "csms",
    "GetInstalledCertificateIds",
    {},
    {
      status: "Accepted",
      certificateHashDataChain: [{ certificateType: "CSMSRootCertificate", certificateHashData: HASH }],
    },
  ],
  ["csms", "DeleteCertificate", { certificateHashData: HASH }, { status: "NotFound" }],
  [
    "csms",
    "GetLog",
    { logType: "DiagnosticsLog", requestId: 1, log: { remoteLocation: "https://logs.example" } },
    ACCEPTED,
  ],
  ["station", "LogStatusNotification", { status: "Uploading", requestId: 1 }, {}],
  [
    "csms",
    "UpdateFirmware",
    { requestId: 2, firmware: { location: "https://f.example", retrieveDateTime: AT } },
    ACCEPTED,
  ],
  ["station", "FirmwareStatusNotification", { status: "Installed", requestId: 2 }, {}],
  ["station", "DataTransfer", { vendorId: "v", data: { deep: [1, { x: null }] } }, { status: "Accepted", data: [] }],
  ["csms", "DataTransfer", { vendorId: "v", messageId: "m" }, { status: "UnknownMessageId" }],
  ["csms", "Reset", { type: "OnIdle" }, { status: "Scheduled" }],
];

const FIREWALL = { modes: { "R21-range": "off", "R10-network": "off", R11: "off" } } as const;

test("2.0.1 - a day of a station, both directions, strict ends, byte for byte", async () => {
  await using pair = await RpcPair.open({ version: "ocpp2.0.1", strict: true, config: { firewall: FIREWALL } });
  const steps = [...BOOT, ...CONFIGURE, ...CHARGE, ...SECURE];
  await pair.play(steps);
  const { up, down } = await pair.wires();
  assert.is(up.length + down.length, 2 * steps.length);
  assert.equal(pair.complaints, []);
  const { schemaViolations, malformedFrames, laneErrors, firewallFindings } = pair.world.gateway.counters;
  assert.equal([schemaViolations, malformedFrames, laneErrors, firewallFindings], [0, 0, 0, 0]);
  const { registration, openTransactions, connectors } = pair.world.view("CP1", "ocpp2.0.1");
  assert.equal([registration, openTransactions, connectors.length], ["Accepted", 0, 1]);
});

for (const seed of [1, 2, 3]) {
  test(`2.0.1 - every action with random good payloads, both directions, strict ends (seed ${seed})`, async () => {
    await using pair = await RpcPair.open({ version: "ocpp2.0.1", strict: true });
    const steps = [...BOOT, ...everyAction("ocpp2.0.1", seed)];
    await pair.play(steps);
    const { up, down } = await pair.wires();
    assert.is(up.length + down.length, 2 * steps.length);
    assert.equal(pair.complaints, []);
    assert.is(pair.world.gateway.counters.schemaViolations, 0);
  });
}

// The strict mode of `ocpp-rpc` looks 2.1 payloads up under names that its 2.1 schemas do not have.
test("2.1 - every action with random good payloads, both directions", async () => {
  await using pair = await RpcPair.open({ version: "ocpp2.1", strict: false });
  const steps = [...BOOT, ...everyAction("ocpp2.1", 1)];
  await pair.play(steps);
  const { up, down } = await pair.wires();
  assert.is(up.length + down.length, 2 * steps.length);
  assert.is(pair.world.gateway.counters.schemaViolations, 0);
});

/** Texts that parsing and writing again would change, and actions that no schema knows. */
const ODD = [
  '[2,"o1","DataTransfer",{"vendorId":"v","data":1.0}]',
  '\n[2 , "o2" , "Heartbeat" , { } ]\t',
  '[2,"o3","TransactionEvent",{"transactionInfo":{"transactionId":"\\u0054"},"seqNo":1.0,"triggerReason":"Authorized","timestamp":"2026-01-01T00:00:00.000000Z","eventType":"Started"}]',
  '[2,"o4","DataTransfer",{"vendorId":"v","customData":{"vendorId":"v","9":1,"1":2,"é":"日本 \\ud83d\\ude00 😀"}}]',
  '[2,"o5","BootNotification-Signed",{"payload":"eyJ4IjoxLjB9","protected":"eyJhbGciOiJFUzI1NiJ9","signature":"c2ln"}]',
  '[2,"o6","TransactionEvent-Signed",{"signatures":[],"payload":"e30"}]',
  '[2,"o7","com.vendor.Action",{"b":[],"a":{},"n":1e-7}]',
  '[2,"o8-a-message-id-that-is-longer-than-thirty-six-characters","Heartbeat",{}]',
];

test("2.0.1 - odd texts leave as they came: blanks, order of keys, 1.0, escapes, -Signed and vendor actions", async () => {
  await using pair = await RpcPair.open({ version: "ocpp2.0.1", strict: false });
  await pair.play(BOOT);
  let answered = 0;
  const oddly = (peer: typeof pair.csms) => (call: { readonly messageId: string }) => {
    answered += 1;
    peer.sendRaw(`[ 3,"${call.messageId}" ,{"currentTime" : "2026-01-01T00:00:00Z","x":1.0,"y":"\\u00e9é"}]\n`);
    return Promise.resolve(NO_REPLY);
  };
  pair.csms.handle(oddly(pair.csms));
  pair.station.handle(oddly(pair.station));
  for (const [i, text] of ODD.entries()) {
    pair.station.sendRaw(text);
    await until(`the answer to ${text}`, () => answered === 2 * i + 1);
    pair.csms.sendRaw(text);
    await until(`the answer to ${text}`, () => answered === 2 * i + 2);
  }
  const { up, down } = await pair.wires();
  for (const text of ODD) assert.ok(up.includes(text) && down.includes(text), text);
});

test.run();
