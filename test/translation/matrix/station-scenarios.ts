/** Stories with what a station of 1.6 says: its requests, and its answers to ours. */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Values } from "./example.ts";
import type { Scenario } from "./observe.ts";
import {
  at,
  csms,
  getLog,
  later,
  SECURE,
  SIGNED,
  setProfile,
  start,
  stop,
  TOKEN,
  updateFirmware,
  withFile,
} from "./stations.ts";
import type { Move } from "./world.ts";

const request = (action: string, values: Values = {}, story: Partial<Scenario> = {}): Scenario => ({
  from: "station",
  action,
  kind: "request",
  values,
  ...story,
});

/** Meter values with numbers in them, under `path`. */
const samples = (path: string, values: Values = {}): Values => ({
  [`${path}.timestamp`]: at(10),
  [`${path}.sampledValue.value`]: "2500",
  [`${path}.sampledValue.context`]: "Sample.Periodic",
  [`${path}.sampledValue.format`]: "Raw",
  [`${path}.sampledValue.measurand`]: "Energy.Active.Import.Register",
  [`${path}.sampledValue.phase`]: "L1",
  [`${path}.sampledValue.location`]: "Outlet",
  [`${path}.sampledValue.unit`]: "Wh",
  ...values,
});

const READ_METER: Move = [
  "csms",
  "GetVariables",
  {
    getVariableData: ["Model", "SerialNumber"].map((name) => ({
      component: { name: "FiscalMetering" },
      variable: { name },
    })),
  },
];

const REQUESTS: readonly Scenario[] = [
  request("Authorize", { idTag: "04A1B2C3" }),
  request("BootNotification", {}, { after: [READ_METER] }),
  request("BootNotification", { chargePointSerialNumber: undefined }, { after: [READ_METER] }),
  request("DataTransfer"),
  request("DataTransfer", { vendorId: "org.openchargealliance.iso15118pnc", messageId: "Authorize" }),
  request("DiagnosticsStatusNotification", {}, { world: { answers: withFile }, before: [getLog] }),
  request("DiagnosticsStatusNotification"),
  request("FirmwareStatusNotification", {}, { before: [updateFirmware()] }),
  request("FirmwareStatusNotification"),
  request("Heartbeat"),
  request("LogStatusNotification", { status: "Uploading" }, { world: SECURE, before: [getLog] }),
  request("MeterValues", { ...samples("meterValue"), transactionId: "$tx16" }, { before: [start()] }),
  request("MeterValues", { ...samples("meterValue"), transactionId: undefined }),
  request("MeterValues", { ...samples("meterValue"), transactionId: 17 }, { before: [start(), stop()] }),
  request("MeterValues", { ...samples("meterValue"), transactionId: "$tx16", connectorId: 2 }, { before: [start()] }),
  request("SecurityEventNotification", { type: "InvalidChargePointCertificate" }),
  request("SignCertificate"),
  request("SignedFirmwareStatusNotification", {}, { world: SECURE, before: [updateFirmware(SIGNED)] }),
  request("StartTransaction", {}, { after: [["csms", "GetTransactionStatus", { transactionId: "$tx" }]] }),
  request("StatusNotification", { status: "Faulted", errorCode: "GroundFailure", timestamp: at(5) }),
  request("StatusNotification", { status: "Charging", errorCode: "NoError" }, { before: [start()] }),
  request("StopTransaction", { ...samples("transactionData"), ...stopped(), reason: "Local" }, { before: [start()] }),
  request("StopTransaction", { ...stopped(), transactionData: undefined, reason: undefined }, { before: [start()] }),
];

function stopped(): Values {
  return { transactionId: "$tx16", meterStop: 5000, timestamp: at(30), idTag: "04A1B2C3" };
}

const answer = (action: string, cause: Move, story: Partial<Scenario> = {}): Scenario => ({
  from: "station",
  action,
  kind: "response",
  cause,
  ...story,
});

const CERTIFICATE = { certificateType: "ManufacturerRootCertificate", certificate: "pem" };
const HASH = { hashAlgorithm: "SHA256", issuerNameHash: "a", issuerKeyHash: "b", serialNumber: "c" };
const variable = (name: string, value?: string): Payload => ({
  component: { name: "SampledDataCtrlr" },
  variable: { name },
  ...(value === undefined ? {} : { attributeValue: value }),
});

const ANSWERS: readonly Scenario[] = [
  answer("CancelReservation", csms("CancelReservation", { reservationId: 1 })),
  answer("ChangeAvailability", csms("ChangeAvailability", { operationalStatus: "Inoperative", evse: { id: 1 } })),
  answer("ChangeConfiguration", csms("SetVariables", { setVariableData: [variable("TxUpdatedInterval", "30")] })),
  answer("ClearCache", csms("ClearCache", {})),
  answer("ClearChargingProfile", csms("ClearChargingProfile", { chargingProfileId: 5 }), {
    before: [setProfile(), later],
    after: [later, csms("ClearChargingProfile", { chargingProfileId: 5 })],
  }),
  answer("DataTransfer", csms("DataTransfer", { vendorId: "v", data: "x" })),
  answer("DeleteCertificate", csms("DeleteCertificate", { certificateHashData: HASH }), { world: SECURE }),
  answer("ExtendedTriggerMessage", csms("TriggerMessage", { requestedMessage: "LogStatusNotification" }), {
    world: SECURE,
  }),
  answer("GetConfiguration", csms("GetVariables", { getVariableData: [variable("TxUpdatedInterval")] }), {
    before: [later],
    values: {
      "configurationKey.key": "MeterValueSampleInterval",
      "configurationKey.value": "60",
      "configurationKey.readonly": false,
    },
    after: [csms("SetVariables", { setVariableData: [variable("TxUpdatedInterval", "30")] })],
  }),
  answer("GetConfiguration", csms("GetVariables", { getVariableData: [variable("TxUpdatedInterval")] }), {
    before: [later],
    values: { configurationKey: undefined, unknownKey: ["MeterValueSampleInterval"] },
    after: [csms("GetVariables", { getVariableData: [variable("TxUpdatedInterval")] })],
  }),
  answer("GetDiagnostics", getLog),
  answer("GetInstalledCertificateIds", csms("GetInstalledCertificateIds", {}), { world: SECURE }),
  answer("GetLocalListVersion", csms("GetLocalListVersion", {})),
  answer("GetLog", getLog, { world: SECURE }),
  answer("InstallCertificate", csms("InstallCertificate", CERTIFICATE), { world: SECURE }),
  answer("RemoteStartTransaction", csms("RequestStartTransaction", { idToken: TOKEN, remoteStartId: 1, evseId: 1 })),
  answer("RemoteStopTransaction", csms("RequestStopTransaction", { transactionId: "$tx" }), { before: [start()] }),
  answer("ReserveNow", csms("ReserveNow", { id: 1, evseId: 1, expiryDateTime: at(50), idToken: TOKEN })),
  answer("Reset", csms("Reset", { type: "Immediate" })),
  answer("SendLocalList", csms("SendLocalList", { versionNumber: 3, updateType: "Full" })),
  answer("SetChargingProfile", setProfile()),
  answer("SignedUpdateFirmware", updateFirmware(SIGNED), { world: SECURE }),
  answer("TriggerMessage", csms("TriggerMessage", { requestedMessage: "MeterValues" })),
  answer("UnlockConnector", csms("UnlockConnector", { evseId: 1, connectorId: 1 })),
  answer("UpdateFirmware", updateFirmware()),
];

export const STATION_SCENARIOS: readonly Scenario[] = [...REQUESTS, ...ANSWERS];
