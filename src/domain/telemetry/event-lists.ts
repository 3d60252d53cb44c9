/**
 * Closed lists of what can *happen* to a station, as opposed to what can be measured. An event observation's value is an
 * index into its list; the words here are the only ones that can reach the health lane.
 *
 * @see OCPP 1.6 edition 2 §7.6 ChargePointErrorCode, §7.7 ChargePointStatus, §7.37 Reason; OCPP 2.1 Part 2 §3, Appendix 1
 *   Security Events; ChargeX Minimum Required Error Codes (INL); EVgo MREC
 */
interface EventList {
  readonly name: string;
  readonly values: readonly string[];
}

const STATUS = [
  ...["Available", "Preparing", "Charging", "SuspendedEVSE", "SuspendedEV", "Finishing"],
  ...["Reserved", "Unavailable", "Faulted", "Occupied"],
];

const ERROR_CODE = [
  ...["NoError", "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError"],
  ...["LocalListConflict", "OtherError", "OverCurrentFailure", "PowerMeterFailure", "PowerSwitchFailure"],
  ...["ReaderFailure", "ResetFailure", "UnderVoltage", "OverVoltage", "WeakSignal"],
];

/**
 * CX001 ConnectorLockFailure · 002 GroundFailure · 003 HighTemperature · 004 OverCurrentFailure · 005 OverVoltage ·
 * 006 UnderVoltage · 007 WeakSignal · 008 EmergencyStop · 009 AuthorizationTimeout · 010 InvalidVehicleMode ·
 * 011 CableCheckFault · 012 PreChargeFailure · 013 NoInternet · 014 PilotFault · 015 PowerLoss · 016 EVContactorFault ·
 * 017 EVSEContactorFault · 018 CableOverTempDerate · 019 CableOverTempStop · 020 PartialInsertion · 021 CapacitanceFault ·
 * 022 ResistanceFault · 023 ProximityFault · 024 ConnectorVoltageHigh · 025 BrokenLatch · 026 CutCable
 */
const CHARGEX_CODES = Array.from({ length: 26 }, (_, i) => `CX${String(i + 1).padStart(3, "0")}`);

/**
 * A001 partial insertion · F000 proximity · F003 pilot · F006 chassis resistance · F007 chassis capacitance ·
 * F008 connector voltage outside charging · F009 cable over-temperature
 */
const EVGO_CODES = ["A001", "F000", "F003", "F006", "F007", "F008", "F009"];

const BOOT_REASON = [
  ...["Unknown", "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset", "ScheduledReset"],
  ...["Triggered", "Watchdog"],
];

const FIRMWARE_STATUS = [
  ...["Idle", "Downloading", "Downloaded", "DownloadFailed", "DownloadScheduled", "DownloadPaused", "Installing"],
  ...["Installed", "InstallationFailed", "InstallRebooting", "InstallScheduled", "InstallVerificationFailed"],
  ...["InvalidSignature", "SignatureVerified"],
];

/** `UploadFailed` is DiagnosticsStatusNotification's, the others are LogStatusNotification's. */
const LOG_STATUS = [
  ...["Idle", "Uploading", "Uploaded", "UploadFailure", "UploadFailed", "BadMessage", "NotSupportedOperation"],
  ...["PermissionDenied", "AcceptedCanceled"],
];

const SECURITY_EVENT = [
  ...["FirmwareUpdated", "FailedToAuthenticateAtCsms", "CsmsFailedToAuthenticate", "SettingSystemTime"],
  ...["StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared", "ReconfigurationOfSecurityParameters"],
  ...["MemoryExhaustion", "InvalidMessages", "AttemptedReplayAttacks", "TamperDetectionActivated"],
  ...["InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate", "InvalidCsmsCertificate"],
  ...["InvalidChargingStationCertificate", "DiscardedRenewedClientCertificate", "InvalidTLSVersion"],
  ...["InvalidTLSCipherSuite", "MaintenanceLoginAccepted", "MaintenanceLoginFailed"],
  // OCPP 1.6 security extension: the same events under 1.6's names
  ...["FailedToAuthenticateAtCentralSystem", "CentralSystemFailedToAuthenticate"],
  ...["InvalidCentralSystemCertificate", "InvalidChargePointCertificate"],
];

const STOPPED_REASON = [
  ...["Local", "Other", "Remote", "EmergencyStop", "EVDisconnected", "PowerLoss", "Reboot", "DeAuthorized"],
  ...["HardReset", "SoftReset", "UnlockCommand"],
  ...["EnergyLimitReached", "GroundFault", "ImmediateReset", "LocalOutOfCredit", "MasterPass", "OvercurrentFault"],
  ...["PowerQuality", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout", "ReqEnergyTransferRejected"],
];

/** An event's number is its index here. */
export const EVENT_LISTS = [
  { name: "connection", values: ["down", "up"] },
  { name: "status", values: STATUS },
  { name: "errorCode", values: ERROR_CODE },
  { name: "vendorErrorCode", values: [...CHARGEX_CODES, ...EVGO_CODES] },
  { name: "vendorErrorCode.cleared", values: [...CHARGEX_CODES, ...EVGO_CODES] },
  { name: "bootReason", values: BOOT_REASON },
  { name: "firmwareStatus", values: FIRMWARE_STATUS },
  { name: "logStatus", values: LOG_STATUS },
  { name: "securityEvent", values: SECURITY_EVENT },
  { name: "stoppedReason", values: STOPPED_REASON },
] as const satisfies readonly EventList[];

export type EventName = (typeof EVENT_LISTS)[number]["name"];

export const eventNo = (name: EventName): number => EVENT_LISTS.findIndex((list) => list.name === name);

const INDEX: readonly ReadonlyMap<string, number>[] = EVENT_LISTS.map(
  ({ values }) => new Map(values.map((value, i) => [value, i])),
);

/** Index of `value` in the list of event number `event`, or −1. */
export function eventValue(event: number, value: unknown): number {
  return typeof value === "string" ? (INDEX[event]?.get(value) ?? -1) : -1;
}

const FIRST_EVGO = CHARGEX_CODES.length;
const VENDOR_ERROR = eventNo("vendorErrorCode");

/**
 * Index of a vendor error code in the closed table, or −1. ChargeX codes are known from every vendor, EVgo's short ones
 * (`F006`) only where the vendor says so.
 */
export function vendorErrorValue(code: string, isEvgo: boolean): number {
  const index = eventValue(VENDOR_ERROR, code);
  return index >= FIRST_EVGO && !isEvgo ? -1 : index;
}
