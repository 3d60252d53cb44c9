// deadline: 120s
/**
 * OCPP 1.6 through the gateway, between two ends that nobody here wrote: the client and the server of `ocpp-rpc`, both strict.
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
const schedule = { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16.1, numberPhases: 3 }] };
const profile = (purpose: string) => ({
  chargingProfileId: 7,
  stackLevel: 0,
  chargingProfilePurpose: purpose,
  chargingProfileKind: "Absolute",
  chargingSchedule: schedule,
});
const meterValue = [
  {
    timestamp: AT,
    sampledValue: [
      { value: "1.0", context: "Sample.Periodic", measurand: "Current.Import", phase: "L1", unit: "A" },
      { value: "230.5", measurand: "Voltage", unit: "V" },
    ],
  },
];

const BOOT: readonly Step[] = [
  [
    "station",
    "BootNotification",
    { chargePointVendor: "Vendor", chargePointModel: "Model", firmwareVersion: "1.0", iccid: "89", imsi: "26" },
    { status: "Accepted", currentTime: AT, interval: 300 },
  ],
  ["station", "StatusNotification", { connectorId: 0, errorCode: "NoError", status: "Available" }, {}],
  ["station", "StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available", timestamp: AT }, {}],
  ["station", "Heartbeat", {}, { currentTime: AT }],
];

const CONFIGURE: readonly Step[] = [
  ["csms", "GetConfiguration", {}, { configurationKey: [{ key: "K", readonly: true, value: "ä" }], unknownKey: [] }],
  ["csms", "ChangeConfiguration", { key: "HeartbeatInterval", value: "60" }, { status: "RebootRequired" }],
  ["csms", "TriggerMessage", { requestedMessage: "Heartbeat" }, ACCEPTED],
  ["station", "Heartbeat", {}, { currentTime: AT }],
  ["csms", "GetLocalListVersion", {}, { listVersion: -1 }],
  [
    "csms",
    "SendLocalList",
    {
      listVersion: 1,
      localAuthorizationList: [{ idTag: "TAG", idTagInfo: { status: "Accepted" } }],
      updateType: "Full",
    },
    ACCEPTED,
  ],
  ["csms", "ClearCache", {}, ACCEPTED],
  ["csms", "ReserveNow", { connectorId: 1, expiryDate: AT, idTag: "TAG", reservationId: 3 }, ACCEPTED],
  ["csms", "CancelReservation", { reservationId: 3 }, ACCEPTED],
  ["csms", "ChangeAvailability", { connectorId: 0, type: "Operative" }, { status: "Scheduled" }],
];

const CHARGE: readonly Step[] = [
  ["csms", "SetChargingProfile", { connectorId: 0, csChargingProfiles: profile("ChargePointMaxProfile") }, ACCEPTED],
  ["csms", "RemoteStartTransaction", { idTag: "TAG", connectorId: 1 }, ACCEPTED],
  ["station", "Authorize", { idTag: "TAG" }, { idTagInfo: { status: "Accepted", parentIdTag: "P", expiryDate: AT } }],
  [
    "station",
    "StartTransaction",
    { connectorId: 1, idTag: "TAG", meterStart: 0, timestamp: AT },
    { idTagInfo: { status: "Accepted" }, transactionId: 2_147_483_647 },
  ],
  ["station", "StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Charging" }, {}],
  [
    "csms",
    "SetChargingProfile",
    { connectorId: 1, csChargingProfiles: { ...profile("TxProfile"), transactionId: 2_147_483_647 } },
    ACCEPTED,
  ],
  [
    "csms",
    "GetCompositeSchedule",
    { connectorId: 1, duration: 3600, chargingRateUnit: "A" },
    { status: "Accepted", connectorId: 1, scheduleStart: AT, chargingSchedule: schedule },
  ],
  ["station", "MeterValues", { connectorId: 1, transactionId: 2_147_483_647, meterValue }, {}],
  ["station", "MeterValues", { connectorId: 1, meterValue }, {}],
  ["csms", "ClearChargingProfile", { id: 7 }, ACCEPTED],
  ["csms", "RemoteStopTransaction", { transactionId: 2_147_483_647 }, ACCEPTED],
  [
    "station",
    "StopTransaction",
    {
      transactionId: 2_147_483_647,
      idTag: "TAG",
      meterStop: 4200,
      timestamp: AT,
      reason: "Remote",
      transactionData: meterValue,
    },
    { idTagInfo: { status: "Accepted" } },
  ],
  ["csms", "UnlockConnector", { connectorId: 1 }, { status: "Unlocked" }],
];

/** The security white paper's messages. */
const SECURE: readonly Step[] = [
  ["station", "SecurityEventNotification", { type: "StartupOfTheDevice", timestamp: AT, techInfo: "é" }, {}],
  ["csms", "ExtendedTriggerMessage", { requestedMessage: "SignChargePointCertificate" }, ACCEPTED],
  ["station", "SignCertificate", { csr: "-----BEGIN CERTIFICATE REQUEST-----\n" }, ACCEPTED],
  ["csms", "CertificateSigned", { certificateChain: PEM }, ACCEPTED],
  ["csms", "InstallCertificate", { certificateType: "CentralSystemRootCertificate", certificate: PEM }, ACCEPTED],
  [
    "csms",
    "GetInstalledCertificateIds",
    { certificateType: "CentralSystemRootCertificate" },
    { status: "Accepted", certificateHashData: [HASH] },
  ],
  ["csms", "DeleteCertificate", { certificateHashData: HASH }, ACCEPTED],
  [
    "csms",
    "GetLog",
    { logType: "SecurityLog", requestId: 1, log: { remoteLocation: "https://logs.example/x?a=1&b=%20" } },
    { status: "Accepted", filename: "log.gz" },
  ],
  ["station", "LogStatusNotification", { status: "Uploaded", requestId: 1 }, {}],
  [
    "csms",
    "SignedUpdateFirmware",
    {
      requestId: 2,
      firmware: { location: "https://f.example", retrieveDateTime: AT, signingCertificate: PEM, signature: "c2ln" },
    },
    ACCEPTED,
  ],
  ["station", "SignedFirmwareStatusNotification", { status: "Downloading", requestId: 2 }, {}],
];

const SERVICE: readonly Step[] = [
  ["csms", "GetDiagnostics", { location: "ftp://d.example/up" }, { fileName: "d.zip" }],
  ["station", "DiagnosticsStatusNotification", { status: "Uploaded" }, {}],
  ["csms", "UpdateFirmware", { location: "https://f.example", retrieveDate: AT }, {}],
  ["station", "FirmwareStatusNotification", { status: "Installed" }, {}],
  [
    "station",
    "DataTransfer",
    { vendorId: "com.vendor", messageId: "m", data: '{"x": 1.0}' },
    { status: "UnknownVendorId" },
  ],
  ["csms", "DataTransfer", { vendorId: "com.vendor" }, { status: "Accepted", data: "" }],
  ["csms", "Reset", { type: "Soft" }, ACCEPTED],
];

/** What this CSMS and this station do is allowed to them: old dates, plain FTP. */
const FIREWALL = { modes: { "R21-range": "off" }, locations: { schemes: ["https", "ftp"] } } as const;

test("1.6 - a day of a station, both directions, strict ends, byte for byte", async () => {
  await using pair = await RpcPair.open({ version: "ocpp1.6", strict: true, config: { firewall: FIREWALL } });
  const steps = [...BOOT, ...CONFIGURE, ...CHARGE, ...SECURE, ...SERVICE];
  await pair.play(steps);
  const { up, down } = await pair.wires();
  assert.is(up.length + down.length, 2 * steps.length);
  assert.equal(pair.complaints, []);
  const { schemaViolations, malformedFrames, laneErrors, firewallFindings } = pair.world.gateway.counters;
  assert.equal([schemaViolations, malformedFrames, laneErrors, firewallFindings], [0, 0, 0, 0]);
  const { registration, openTransactions, chargingProfiles, connectors } = pair.world.view("CP1");
  assert.equal([registration, openTransactions, chargingProfiles], ["Accepted", 0, 0]);
  assert.equal(
    connectors.map(({ connectorId, status }) => [connectorId, status]),
    [
      [0, "Available"],
      [1, "Charging"],
    ],
  );
});

for (const seed of [1, 2, 3]) {
  test(`1.6 - every action with random good payloads, both directions, strict ends (seed ${seed})`, async () => {
    await using pair = await RpcPair.open({ version: "ocpp1.6", strict: true });
    const steps = [...BOOT, ...everyAction("ocpp1.6", seed)];
    await pair.play(steps);
    const { up, down } = await pair.wires();
    assert.is(up.length + down.length, 2 * steps.length);
    assert.equal(pair.complaints, []);
    assert.is(pair.world.gateway.counters.schemaViolations, 0);
  });
}

test("1.6 - CALLERROR of either end arrives at the other with code, text and details", async () => {
  await using pair = await RpcPair.open({ version: "ocpp1.6", strict: true });
  await pair.play(BOOT);
  const { createRPCError } = await import("ocpp-rpc");
  const refuse = () => Promise.reject(createRPCError("SecurityError", "nö", { a: 1 }));
  pair.csms.handle(refuse);
  pair.station.handle(refuse);
  for (const [caller, action, payload] of [
    [pair.station, "Authorize", { idTag: "TAG" }],
    [pair.csms, "ClearCache", {}],
  ] as const) {
    const error = await caller.call(action, payload).catch((reason: unknown) => reason);
    assert.equal([(error as { rpcErrorCode: string }).rpcErrorCode, (error as Error).message], ["SecurityError", "nö"]);
  }
  await pair.wires();
});

/** Texts that parsing and writing again would change. */
const ODD = [
  '[2,"o1","DataTransfer",{"vendorId":"v","data":"1.0"}]',
  ' [ 2 ,\t"o2" ,\r\n"DataTransfer" , { "vendorId" : "v" } ] ',
  '[2,"o3","MeterValues",{"meterValue":[{"timestamp":"2026-01-01T00:00:00+00:00","sampledValue":[{"value":"1.50"}]}],"connectorId":1.0}]',
  '[2,"o4","DataTransfer",{"vendorId":"\\u0076","data":"\\u00e9 \\/ é 日本 \\ud83d\\ude00 😀"}]',
  '[2,"o5","StartTransaction",{"timestamp":"2026-01-01T00:00:00Z","meterStart":1e2,"idTag":"T","connectorId":1}]',
  '[2,"o6","StatusNotification",{"connectorId":-0,"errorCode":"NoError","status":"Available","info":"","vendor":null}]',
  '[2,"o7","VendorAction",{"b":[],"a":{},"9":1,"1":2}]',
  '[2,"o8","DataTransfer",{"vendorId":"v","data":"OCMF|{\\"FV\\":\\"1.0\\",\\"RD\\":[{\\"RV\\":1.0}]}|{\\"SD\\":\\"30\\"}"}]',
];

test("1.6 - odd texts leave as they came: blanks, order of keys, 1.0, escapes, vendor actions", async () => {
  await using pair = await RpcPair.open({ version: "ocpp1.6", strict: false });
  await pair.play(BOOT);
  let answered = 0;
  const oddly = (peer: typeof pair.csms) => (call: { readonly messageId: string }) => {
    answered += 1;
    peer.sendRaw(`[ 3,"${call.messageId}" ,{"status" : "Accepted","x":1.0,"y":"\\u00e9é"}]\n`);
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
