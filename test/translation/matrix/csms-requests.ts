/** Stories with what a CSMS of 2.0.1 asks for. */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Values } from "./example.ts";
import type { Scenario } from "./observe.ts";
import {
  ANY_CONNECTOR,
  at,
  configuration,
  csms,
  GET_PROFILES,
  later,
  PLUG_AND_CHARGE,
  SAYS_NOTHING,
  SECURE,
  SHOWS_COST,
  setProfile,
  start,
  status,
  TWO_PLUGS,
  token,
  withFile,
} from "./stations.ts";
import type { WorldOptions } from "./world.ts";

const request = (action: string, values: Values = {}, story: Partial<Scenario> = {}): Scenario => ({
  from: "csms",
  action,
  kind: "request",
  values,
  ...story,
});

/** Everything that a profile may say and 1.6 can hold, and the tariff that it cannot. */
const fullProfile = (path: string, values: Values = {}): Values => ({
  [`${path}.id`]: 5,
  [`${path}.chargingProfilePurpose`]: "TxDefaultProfile",
  [`${path}.chargingProfileKind`]: "Recurring",
  [`${path}.recurrencyKind`]: "Daily",
  [`${path}.validFrom`]: at(0),
  [`${path}.validTo`]: "2026-03-01T10:00:00Z",
  [`${path}.transactionId`]: undefined,
  [`${path}.chargingSchedule.startSchedule`]: at(0),
  [`${path}.chargingSchedule.duration`]: 7200,
  [`${path}.chargingSchedule.chargingRateUnit`]: "A",
  [`${path}.chargingSchedule.minChargingRate`]: 6,
  [`${path}.chargingSchedule.salesTariff.salesTariffEntry.consumptionCost.cost.amountMultiplier`]: 1,
  [`${path}.chargingSchedule.chargingSchedulePeriod`]: [
    { startPeriod: 0, limit: 16, numberPhases: 3 },
    { startPeriod: 600, limit: 10, numberPhases: 3 },
  ],
  ...values,
});
const TX_PROFILE = (path: string): Values =>
  fullProfile(path, {
    [`${path}.chargingProfilePurpose`]: "TxProfile",
    [`${path}.chargingProfileKind`]: "Relative",
    [`${path}.recurrencyKind`]: undefined,
    [`${path}.chargingSchedule.startSchedule`]: undefined,
  });
const GET_COMPOSITE = csms("GetCompositeSchedule", { evseId: 1, duration: 7200 });

const component = (path: string, name: string, variable: string): Values => ({
  [`${path}.component.name`]: name,
  [`${path}.variable.name`]: variable,
});
/** `component` without the parts that name something else. */
const plain = (path: string, name: string, variable: string): Values => ({
  ...component(path, name, variable),
  [`${path}.component.evse`]: undefined,
  [`${path}.component.instance`]: undefined,
  [`${path}.variable.instance`]: undefined,
});

/** A station with certificates of its own and of ISO 15118. */
const TUNNELLED: WorldOptions = {
  ...PLUG_AND_CHARGE,
  answers: { ...SECURE.answers, "station DataTransfer": { status: "Accepted", data: '{"status":"Accepted"}' } },
};
/** A station with another interval, which has a key of its own. */
const ALIGNED: WorldOptions = {
  answers: { "station GetConfiguration": configuration({ ClockAlignedDataInterval: "0" }) },
};

/** What is another key of the station. */
const otherVariable = (path: string): NonNullable<Scenario["others"]> => ({
  [`${path}.variable.name`]: [plain(path, "SampledDataCtrlr", "TxUpdatedMeasurands")],
  [`${path}.component.name`]: [plain(path, "AuthCtrlr", "OfflineTxForUnknownIdEnabled")],
});

const laterPeriod = (...startPeriods: readonly number[]): NonNullable<Scenario["others"]> => ({
  "chargingProfile.chargingSchedule.chargingSchedulePeriod.startPeriod": startPeriods.map((startPeriod) => ({
    "chargingProfile.chargingSchedule.chargingSchedulePeriod": [
      { startPeriod: 0, limit: 16, numberPhases: 3 },
      { startPeriod, limit: 10, numberPhases: 3 },
    ],
  })),
});

export const CSMS_REQUESTS: readonly Scenario[] = [
  request("CancelReservation"),
  request("CertificateSigned", { certificateType: "V2GCertificate" }, { world: PLUG_AND_CHARGE }),
  request("CertificateSigned"),
  request("ChangeAvailability", { "evse.id": 1, "evse.connectorId": 1 }),
  request("ChangeAvailability", { "evse.id": 1, "evse.connectorId": undefined }),
  request("ChangeAvailability", { "evse.id": 1, "evse.connectorId": 1 }, { world: TWO_PLUGS }),
  request("ClearCache"),
  request("ClearChargingProfile", { chargingProfileCriteria: undefined, chargingProfileId: 5 }, profiles()),
  request(
    "ClearChargingProfile",
    {
      chargingProfileId: undefined,
      "chargingProfileCriteria.evseId": 1,
      "chargingProfileCriteria.chargingProfilePurpose": "TxDefaultProfile",
      "chargingProfileCriteria.stackLevel": 1,
    },
    profiles(),
  ),
  request("ClearDisplayMessage"),
  request("ClearVariableMonitoring"),
  request(
    "CostUpdated",
    { transactionId: "$tx" },
    {
      world: SHOWS_COST,
      ...twoTransactions(),
    },
  ),
  request("CustomerInformation"),
  request("DataTransfer", { data: "text" }),
  request("DataTransfer", { data: { a: 1 } }),
  request("DeleteCertificate", {}, { world: SECURE }),
  request("GetBaseReport"),
  request("GetBaseReport", { reportBase: "FullInventory" }),
  request("GetChargingProfiles", asked({ chargingProfileId: [5] }), profiles()),
  request("GetChargingProfiles", asked({ chargingLimitSource: ["CSO"] }), profiles()),
  request("GetChargingProfiles", asked({ stackLevel: 1, chargingProfilePurpose: "TxDefaultProfile" }), profiles()),
  request("GetCompositeSchedule", { duration: 3600, chargingRateUnit: "A" }, profiles()),
  request("GetDisplayMessages"),
  request("GetInstalledCertificateIds", { certificateType: ["ManufacturerRootCertificate"] }, { world: SECURE }),
  request("GetLocalListVersion"),
  request("GetLog", { "log.latestTimestamp": at(30) }, { world: { answers: withFile } }),
  request("GetLog", { logType: "SecurityLog" }, { world: SECURE }),
  request(
    "GetLog",
    {},
    { world: { answers: withFile }, after: [["station", "DiagnosticsStatusNotification", { status: "Uploading" }]] },
  ),
  request("GetMonitoringReport"),
  request("GetReport", { componentVariable: undefined, componentCriteria: ["Active"] }),
  request("GetReport", plain("componentVariable", "SampledDataCtrlr", "TxUpdatedInterval")),
  request("GetReport", {
    ...component("componentVariable", "Connector", "AvailabilityState"),
    "componentVariable.component.instance": undefined,
    "componentVariable.variable.instance": undefined,
    componentCriteria: undefined,
  }),
  request("GetReport", {
    ...plain("componentVariable", "DeviceDataCtrlr", "ItemsPerMessage"),
    "componentVariable.variable.instance": "GetReport",
    componentCriteria: undefined,
  }),
  request("GetReport", {
    ...plain("componentVariable", "DeviceDataCtrlr", "ItemsPerMessage"),
    "componentVariable.component.instance": "x",
    componentCriteria: undefined,
  }),
  request("GetTransactionStatus", { transactionId: "$tx" }, { before: [start()] }),
  request("GetVariables", plain("getVariableData", "SampledDataCtrlr", "TxUpdatedInterval")),
  request("GetVariables", plain("getVariableData", "SampledDataCtrlr", "TxUpdatedInterval"), {
    before: [later],
    others: otherVariable("getVariableData"),
  }),
  request("GetVariables", component("getVariableData", "Connector", "AvailabilityState")),
  request("InstallCertificate", { certificateType: "ManufacturerRootCertificate" }, { world: TUNNELLED }),
  request("InstallCertificate", { certificateType: "ManufacturerRootCertificate" }, { world: SECURE }),
  request("PublishFirmware"),
  request(
    "RequestStartTransaction",
    {
      ...token("idToken"),
      ...token("groupIdToken", "GROUP"),
      ...TX_PROFILE("chargingProfile"),
    },
    { after: [start(), later, GET_PROFILES, ["station", "Authorize", { idTag: "group" }]], others: laterPeriod(900) },
  ),
  request("RequestStartTransaction", {
    ...token("idToken", "A2345678901234567890123456"),
    ...token("groupIdToken", "GROUP"),
    ...TX_PROFILE("chargingProfile"),
    "chargingProfile.transactionId": "$tx",
  }),
  request("RequestStartTransaction", {
    ...token("idToken"),
    ...token("groupIdToken", "GROUP"),
    ...TX_PROFILE("chargingProfile"),
    "chargingProfile.chargingSchedule.chargingSchedulePeriod": [{ startPeriod: 0, limit: 16, phaseToUse: 2 }],
  }),
  request("RequestStartTransaction", {
    ...token("idToken"),
    ...token("groupIdToken", "GROUP"),
    ...TX_PROFILE("chargingProfile"),
    "chargingProfile.recurrencyKind": "Daily",
    "chargingProfile.chargingProfileKind": "Recurring",
    "chargingProfile.chargingSchedule.startSchedule": at(0),
  }),
  request("RequestStopTransaction", { transactionId: "$tx" }, twoTransactions()),
  request(
    "ReserveNow",
    {
      ...token("idToken"),
      ...token("groupIdToken", "GROUP"),
      expiryDateTime: at(50),
      connectorType: undefined,
    },
    {
      after: [
        ["station", "Authorize", { idTag: "04A1B2C3" }],
        ["station", "Authorize", { idTag: "group" }],
      ],
    },
  ),
  request(
    "ReserveNow",
    {
      ...token("idToken"),
      ...token("groupIdToken", "GROUP"),
      expiryDateTime: at(50),
      connectorType: "cType2",
    },
    { world: TWO_PLUGS, others: { connectorType: [{ connectorType: "cCCS2" }] } },
  ),
  request(
    "ReserveNow",
    {
      ...token("idToken"),
      ...token("groupIdToken", "GROUP"),
      expiryDateTime: at(50),
      evseId: undefined,
    },
    { world: ANY_CONNECTOR },
  ),
  request("Reset", { evseId: 1 }),
  request("Reset", { evseId: undefined }, { before: [start()] }),
  request(
    "SendLocalList",
    {
      ...token("localAuthorizationList.idToken"),
      ...token("localAuthorizationList.idTokenInfo.groupIdToken", "GROUP"),
      "localAuthorizationList.idTokenInfo.cacheExpiryDateTime": at(50),
    },
    {
      world: SAYS_NOTHING,
      after: [["station", "Authorize", { idTag: "04A1B2C3" }], ["station", "Authorize", { idTag: "group" }], start()],
    },
  ),
  request("SetChargingProfile", fullProfile("chargingProfile"), {
    after: [later, GET_COMPOSITE, GET_PROFILES],
    others: laterPeriod(900),
  }),
  request(
    "SetChargingProfile",
    { ...TX_PROFILE("chargingProfile"), "chargingProfile.transactionId": "$tx" },
    {
      world: TWO_PLUGS,
      before: [start(), start({ connectorId: 2, idTag: "B" })],
      others: { "chargingProfile.transactionId": [{ "chargingProfile.transactionId": "$first" }] },
    },
  ),
  request(
    "SetChargingProfile",
    { ...TX_PROFILE("chargingProfile"), "chargingProfile.transactionId": "$tx" },
    {
      before: [start()],
      after: [later, GET_PROFILES],
    },
  ),
  request("SetChargingProfile", {
    ...fullProfile("chargingProfile"),
    "chargingProfile.chargingSchedule.chargingSchedulePeriod": [{ startPeriod: 0, limit: 16, phaseToUse: 2 }],
  }),
  request("SetDisplayMessage"),
  request("SetMonitoringBase"),
  request(
    "SetMonitoringLevel",
    {},
    {
      others: { severity: [{ severity: 2 }, { severity: 9 }] },
      after: [status("Faulted", { errorCode: "GroundFailure" })],
    },
  ),
  request("SetNetworkProfile"),
  request("SetVariableMonitoring", plain("setMonitoringData", "SampledDataCtrlr", "TxUpdatedInterval")),
  request("SetVariableMonitoring", component("setMonitoringData", "Connector", "AvailabilityState")),
  request(
    "SetVariables",
    { ...plain("setVariableData", "SampledDataCtrlr", "TxUpdatedInterval"), "setVariableData.attributeValue": "30" },
    {
      world: ALIGNED,
      others: {
        "setVariableData.variable.name": [plain("setVariableData", "AlignedDataCtrlr", "Interval")],
        "setVariableData.component.name": [plain("setVariableData", "AlignedDataCtrlr", "Interval")],
      },
    },
  ),
  request("SetVariables", component("setVariableData", "Connector", "AvailabilityState")),
  request("TriggerMessage", { requestedMessage: "MeterValues", "evse.id": 1, "evse.connectorId": 1 }),
  request("TriggerMessage", { requestedMessage: "StatusNotification", "evse.id": 1, "evse.connectorId": 1 }),
  request(
    "TriggerMessage",
    { requestedMessage: "MeterValues", "evse.id": 1, "evse.connectorId": 1 },
    { world: TWO_PLUGS },
  ),
  request("UnlockConnector"),
  request("UnlockConnector", {}, { world: TWO_PLUGS }),
  request("UnpublishFirmware"),
  request(
    "UpdateFirmware",
    {
      "firmware.retrieveDateTime": at(20),
      "firmware.signature": undefined,
      "firmware.signingCertificate": undefined,
      "firmware.installDateTime": at(-60),
    },
    { after: [["station", "FirmwareStatusNotification", { status: "Downloading" }]] },
  ),
  request("UpdateFirmware", { "firmware.retrieveDateTime": at(20) }, { world: SECURE }),
  request("UpdateFirmware"),
];

function twoTransactions(): Partial<Scenario> {
  return {
    before: [start(), start({ connectorId: 2, idTag: "B" })],
    others: { transactionId: [{ transactionId: "$first" }] },
  };
}

function profiles(): Partial<Scenario> {
  return { before: [setProfile(), setProfile(2, { id: 6, stackLevel: 2 }), later], after: [later] };
}

function asked(chargingProfile: Payload): Values {
  return { chargingProfile, requestId: 1, evseId: 1 };
}
