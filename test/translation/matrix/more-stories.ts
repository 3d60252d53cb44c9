/** Stories beside those of the fields, for words that only they bring about; and the words that nothing brings about. */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import {
  at,
  csms,
  GET_PROFILES,
  later,
  PLUG_AND_CHARGE,
  setProfile,
  start,
  status,
  stop,
  TOKEN,
  updateFirmware,
} from "./stations.ts";
import type { Move, WorldOptions } from "./world.ts";

export interface Story {
  readonly title: string;
  readonly world?: WorldOptions;
  readonly moves: readonly Move[];
}

const BOOT: Move = ["station", "BootNotification", { chargePointVendor: "V", chargePointModel: "M" }];
const firmwareStatus = (word: string): Move => ["station", "FirmwareStatusNotification", { status: word }];
const tunnelled = (data: Payload): WorldOptions => ({
  ...PLUG_AND_CHARGE,
  answers: { "station DataTransfer": { status: "Accepted", data: JSON.stringify(data) } },
});
const HASH = { issuerNameHash: "a", issuerKeyHash: "b", serialNumber: "c" };
const chain = (certificateType: string, hashAlgorithm: string) => ({
  certificateType,
  certificateHashData: { ...HASH, hashAlgorithm },
  childCertificateHashData: [{ ...HASH, hashAlgorithm }],
});
const contract = (hashAlgorithm: string): Move => {
  const hashed = { ...HASH, hashAlgorithm, responderURL: "https://ocsp.example" };
  const data = { idToken: { idToken: "DEABCC12345678", type: "eMAID" }, iso15118CertificateHashData: [hashed] };
  const vendorId = "org.openchargealliance.iso15118pnc";
  return ["station", "DataTransfer", { vendorId, messageId: "Authorize", data: JSON.stringify(data) }];
};
const SIGNED_SAMPLE = { value: "OCMF|{}|{}", format: "SignedData" };
const PENDING: Payload = { status: "Pending", currentTime: at(0), interval: 60 };

export const STORIES: readonly Story[] = [
  { title: "a boot after a reset", moves: [csms("Reset", { type: "Immediate" }), BOOT] },
  { title: "a boot after a new firmware", moves: [updateFirmware(), firmwareStatus("Installed"), BOOT] },
  { title: "a boot after a reboot", moves: [start(), stop({ reason: "Reboot", timestamp: at(0) }), BOOT] },
  {
    title: "a boot that was asked for",
    world: { answers: { "csms BootNotification": PENDING } },
    moves: [BOOT, csms("TriggerMessage", { requestedMessage: "BootNotification" }), BOOT],
  },
  { title: "a contract", world: PLUG_AND_CHARGE, moves: ["SHA256", "SHA384", "SHA512"].map(contract) },
  {
    title: "contract certificates",
    world: tunnelled({
      status: "Accepted",
      certificateHashDataChain: [
        chain("V2GRootCertificate", "SHA256"),
        chain("MORootCertificate", "SHA384"),
        chain("V2GCertificateChain", "SHA512"),
      ],
    }),
    moves: [
      csms("GetInstalledCertificateIds", {
        certificateType: ["V2GRootCertificate", "MORootCertificate", "V2GCertificateChain"],
      }),
    ],
  },
  {
    title: "a signed contract certificate",
    world: tunnelled({ status: "Accepted" }),
    moves: [csms("CertificateSigned", { certificateChain: "pem", certificateType: "V2GCertificate" })],
  },
  {
    title: "a card nobody holds",
    world: { settings: { noAuthorizationTokens: ["FREE"] } },
    moves: [start({ idTag: "FREE" })],
  },
  {
    title: "a signed reading alone",
    moves: [
      start(),
      ["station", "MeterValues", { connectorId: 1, meterValue: [{ timestamp: at(5), sampledValue: [SIGNED_SAMPLE] }] }],
    ],
  },
  ...["GroundFailure", "OverCurrentFailure"].map((errorCode) => ({
    title: `a stop for ${errorCode}`,
    moves: [start(), status("Faulted", { errorCode }), stop({ reason: "Other" })],
  })),
  {
    title: "a stop by a master",
    world: {
      settings: { masterGroups: ["MASTERS"] },
      answers: {
        "csms Authorize": {
          idTokenInfo: { status: "Accepted", groupIdToken: { idToken: "MASTERS", type: "Central" } },
        },
      },
    },
    moves: [start(), ["station", "Authorize", { idTag: "M1" }], stop({ idTag: "M1", reason: "Local" })],
  },
  {
    title: "a car that comes after its start",
    moves: [status("Available"), start(), status("Available"), status("Preparing")],
  },
  {
    title: "a limit for the whole station",
    moves: [
      setProfile(0, { chargingProfilePurpose: "ChargingStationMaxProfile" }),
      setProfile(1, { id: 8 }),
      later,
      GET_PROFILES,
      csms("GetCompositeSchedule", { evseId: 9, duration: 60 }),
    ],
  },
  {
    title: "a reset that is a hard one",
    world: { settings: { immediateReset: "Hard" } },
    moves: [csms("Reset", { type: "Immediate" })],
  },
  { title: "an unlock while it charges", moves: [start(), csms("UnlockConnector", { evseId: 1, connectorId: 1 })] },
  { title: "a severity that there is not", moves: [csms("SetMonitoringLevel", { severity: 10 })] },
  {
    title: "a reservation nobody uses",
    moves: [csms("ReserveNow", { id: 1, evseId: 1, expiryDateTime: at(1), idToken: TOKEN }), ["pass", 120_000]],
  },
  {
    title: "a report of a station that never said anything",
    world: { answers: { "station GetConfiguration": () => ({ kind: "none" }) as const } },
    moves: [
      ["away"],
      csms("GetBaseReport", { requestId: 1, reportBase: "FullInventory" }),
      csms("GetReport", { requestId: 2 }),
    ],
  },
];

const NOT_IN_16 = "1.6 has nothing that says it";
const BY_THE_GATEWAY = "answered by the gateway, always alike";
const NO_MONITORS = "a 1.6 station has no monitors";
const BY_ID = "profiles are cleared by their ids";
const NET = "Energy.Active.Net Energy.Reactive.Net Energy.Apparent.Net Energy.Apparent.Import Energy.Apparent.Export";

/** Values that a translated station or the gateway never says, by message and field. */
export const UNSAID: { readonly [field: string]: readonly [words: string, reason: string] } = {
  "ocpp2.0.1 BootNotification request reason": ["ApplicationReset LocalReset ScheduledReset", NOT_IN_16],
  "ocpp2.0.1 Authorize request idToken.type": [
    "Central NoAuthorization",
    "tokens that must not be asked about (C02, C05.FR.01)",
  ],
  "ocpp2.0.1 LogStatusNotification request status": ["AcceptedCanceled", NOT_IN_16],
  "ocpp2.0.1 TransactionEvent request meterValue.sampledValue.measurand": [NET, NOT_IN_16],
  "ocpp2.0.1 MeterValues request meterValue.sampledValue.measurand": [NET, NOT_IN_16],
  "ocpp2.0.1 TransactionEvent request triggerReason": [
    "ChargingRateChanged EnergyLimitReached EVConnectTimeout TimeLimitReached EVDeparted EVDetected",
    NOT_IN_16,
  ],
  "ocpp2.0.1 TransactionEvent request transactionInfo.stoppedReason": [
    "EnergyLimitReached LocalOutOfCredit PowerQuality SOCLimitReached StoppedByEV TimeLimitReached Timeout",
    NOT_IN_16,
  ],
  "ocpp1.6 SignCertificate response status": ["Accepted", "the station's link is not the CSMS's to secure"],
  "ocpp2.0.1 NotifyEvent request eventData.trigger": ["Periodic", NO_MONITORS],
  "ocpp2.0.1 NotifyEvent request eventData.eventNotificationType": [
    "HardWiredMonitor PreconfiguredMonitor CustomMonitor",
    NO_MONITORS,
  ],
  "ocpp1.6 ClearChargingProfile request chargingProfilePurpose": [
    "ChargePointMaxProfile TxDefaultProfile TxProfile",
    BY_ID,
  ],
  "ocpp1.6 ExtendedTriggerMessage request requestedMessage": [
    "BootNotification FirmwareStatusNotification Heartbeat MeterValues SignChargePointCertificate StatusNotification",
    "TriggerMessage does for all but the log's status",
  ],
  "ocpp1.6 GetInstalledCertificateIds request certificateType": [
    "CentralSystemRootCertificate",
    "the station's link is not the CSMS's to secure",
  ],
  "ocpp1.6 InstallCertificate request certificateType": [
    "CentralSystemRootCertificate",
    "the station's link is not the CSMS's to secure",
  ],
  "ocpp1.6 RemoteStartTransaction request chargingProfile.chargingProfilePurpose": [
    "ChargePointMaxProfile TxDefaultProfile",
    "a start has the profile of its transaction",
  ],
  "ocpp1.6 RemoteStartTransaction request chargingProfile.chargingProfileKind": [
    "Recurring Relative",
    "it is anchored before it is sent",
  ],
  "ocpp1.6 RemoteStartTransaction request chargingProfile.recurrencyKind": [
    "Daily Weekly",
    "it is anchored before it is sent",
  ],
  "ocpp1.6 TriggerMessage request requestedMessage": ["Heartbeat", "the gateway sends the CSMS its heartbeats"],
  "ocpp2.0.1 GetInstalledCertificateIds response certificateHashDataChain.certificateType": [
    "CSMSRootCertificate",
    "the gateway's own trust is its operator's",
  ],
  "ocpp2.0.1 ClearVariableMonitoring response clearMonitoringResult.status": ["Accepted Rejected", NO_MONITORS],
  "ocpp2.0.1 GetBaseReport response status": ["NotSupported EmptyResultSet", "every report is offered, none is empty"],
  "ocpp2.0.1 NotifyReport request reportData.variableAttribute.type": ["Target MinSet MaxSet", NOT_IN_16],
  "ocpp2.0.1 ReportChargingProfiles request chargingLimitSource": [
    "EMS Other SO",
    "all profiles in the store are the CSMS's",
  ],
  "ocpp2.0.1 ReportChargingProfiles request chargingProfile.chargingProfilePurpose": [
    "ChargingStationExternalConstraints",
    "all profiles in the store are the CSMS's",
  ],
  "ocpp2.0.1 GetMonitoringReport response status": ["Accepted Rejected NotSupported", NO_MONITORS],
  "ocpp2.0.1 GetReport response status": ["NotSupported", BY_THE_GATEWAY],
  "ocpp2.0.1 SetMonitoringBase response status": ["Accepted Rejected EmptyResultSet", NO_MONITORS],
  "ocpp2.0.1 SetNetworkProfile response status": ["Accepted Failed", BY_THE_GATEWAY],
  "ocpp2.0.1 SetVariableMonitoring response setMonitoringResult.status": ["Accepted Rejected Duplicate", NO_MONITORS],
  "ocpp2.0.1 UnpublishFirmware response status": ["DownloadOngoing Unpublished", BY_THE_GATEWAY],
};
