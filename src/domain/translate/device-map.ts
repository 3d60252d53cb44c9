/**
 * Configuration keys of 1.6 ⇄ component and variable of 2.x, one row each, spelled exactly. What is not in it is a vendor's key and
 * goes to `LegacyConfig` (legacy-config.ts).
 *
 * @see translation.md §4.4; 1.6 §9 and its errata; 2.0.1 Part 2 appendix 3 (tables v1.4)
 */
import { folded } from "./device-state.ts";

export type DataType =
  | "string"
  | "decimal"
  | "integer"
  | "dateTime"
  | "boolean"
  | "OptionList"
  | "SequenceList"
  | "MemberList";

/** How a key's value is read and written (device-values.ts). */
export type Codec = "text" | "boolean" | "integer" | "members" | "measurands" | "rateUnits";

export type FeatureProfile =
  | "Core"
  | "FirmwareManagement"
  | "LocalAuthListManagement"
  | "Reservation"
  | "SmartCharging"
  | "RemoteTrigger";

export const FEATURE_PROFILES: readonly FeatureProfile[] = [
  "Core",
  "FirmwareManagement",
  "LocalAuthListManagement",
  "Reservation",
  "SmartCharging",
  "RemoteTrigger",
];

export interface KeyRow {
  readonly key: string;
  readonly component: string;
  readonly variable: string;
  readonly instance?: string;
  readonly codec: Codec;
  /** Where the codec does not say it. */
  readonly dataType?: DataType;
  readonly unit?: string;
  readonly maxLimit?: number;
  readonly valuesList?: string;
  /** The variable exists only when the station has this profile. */
  readonly profile?: FeatureProfile;
  /** Not to be changed, whatever the station says of the key. */
  readonly isReadOnly?: true;
  /** Key that says how many members the list may have. */
  readonly maxItemsKey?: string;
  /** Another variable of the component that follows this one: one key of 1.6 drives both. */
  readonly mirror?: string;
  /** 2.0.1 requires the variable, 1.6 does not require the key: what the gateway does in its place. */
  readonly fallback?: string;
}

export const KEY_ROWS: readonly KeyRow[] = [
  row("AllowOfflineTxForUnknownId", "AuthCtrlr.OfflineTxForUnknownIdEnabled", "boolean"),
  row("AuthorizationCacheEnabled", "AuthCacheCtrlr.Enabled", "boolean"),
  row("AuthorizeRemoteTxRequests", "AuthCtrlr.AuthorizeRemoteStart", "boolean"),
  row("BlinkRepeat", "ChargingStatusIndicator.Tries", "integer"),
  row("LightIntensity", "ChargingStatusIndicator.Percent", "integer", {
    dataType: "decimal",
    unit: "Percent",
    maxLimit: 100,
  }),
  row("ClockAlignedDataInterval", "AlignedDataCtrlr.Interval", "integer", { unit: "s", mirror: "TxEndedInterval" }),
  row("ConnectionTimeOut", "TxCtrlr.EVConnectionTimeOut", "integer", { unit: "s" }),
  row("LocalAuthorizeOffline", "AuthCtrlr.LocalAuthorizeOffline", "boolean"),
  row("LocalPreAuthorize", "AuthCtrlr.LocalPreAuthorize", "boolean"),
  row("MaxEnergyOnInvalidId", "TxCtrlr.MaxEnergyOnInvalidId", "integer", { unit: "Wh" }),
  row("MessageTimeout", "OCPPCommCtrlr.MessageTimeout[Default]", "integer", { unit: "s", fallback: "30" }),
  row("MeterValuesAlignedData", "AlignedDataCtrlr.Measurands", "measurands", {
    maxItemsKey: "MeterValuesAlignedDataMaxLength",
  }),
  row("MeterValuesSampledData", "SampledDataCtrlr.TxUpdatedMeasurands", "measurands", {
    maxItemsKey: "MeterValuesSampledDataMaxLength",
  }),
  row("MeterValueSampleInterval", "SampledDataCtrlr.TxUpdatedInterval", "integer", {
    unit: "s",
    mirror: "TxEndedInterval",
  }),
  // One key for the whole station: published on `Connector` without an EVSE, which means every connector.
  row("MinimumStatusDuration", "Connector.MinimumStatusDuration", "integer", { unit: "s" }),
  row("ResetRetries", "OCPPCommCtrlr.ResetRetries", "integer", { fallback: "0" }),
  row("StopTransactionOnEVSideDisconnect", "TxCtrlr.StopTxOnEVSideDisconnect", "boolean"),
  row("StopTransactionOnInvalidId", "TxCtrlr.StopTxOnInvalidId", "boolean"),
  row("StopTxnAlignedData", "AlignedDataCtrlr.TxEndedMeasurands", "measurands", {
    maxItemsKey: "StopTxnAlignedDataMaxLength",
  }),
  row("StopTxnSampledData", "SampledDataCtrlr.TxEndedMeasurands", "measurands", {
    maxItemsKey: "StopTxnSampledDataMaxLength",
  }),
  row("SupportedFileTransferProtocols", "OCPPCommCtrlr.FileTransferProtocols", "members", {
    isReadOnly: true,
    fallback: "FTP",
  }),
  row("UnlockConnectorOnEVSideDisconnect", "OCPPCommCtrlr.UnlockOnEVSideDisconnect", "boolean"),
  row("LocalAuthListEnabled", "LocalAuthListCtrlr.Enabled", "boolean", { profile: "LocalAuthListManagement" }),
  row("SendLocalListMaxLength", "LocalAuthListCtrlr.ItemsPerMessage", "integer", {
    profile: "LocalAuthListManagement",
    isReadOnly: true,
    fallback: "1",
  }),
  row("ReserveConnectorZeroSupported", "ReservationCtrlr.NonEvseSpecific", "boolean", {
    profile: "Reservation",
    isReadOnly: true,
  }),
  row("ConnectorSwitch3to1PhaseSupported", "SmartChargingCtrlr.Phases3to1", "boolean", {
    profile: "SmartCharging",
    isReadOnly: true,
  }),
  row("SampledDataSignReadings", "SampledDataCtrlr.SignReadings", "boolean"),
  row("AlignedDataSignReadings", "AlignedDataCtrlr.SignReadings", "boolean"),
  row("PublicKeyWithSignedMeterValue", "OCPPCommCtrlr.PublicKeyWithSignedMeterValue", "text", {
    dataType: "OptionList",
    valuesList: "Never,OncePerTransaction,EveryMeterValue",
  }),
];

/** Keys that are part of the model in another form, so `LegacyConfig` does not show them. */
const SHOWN_OTHERWISE: readonly string[] = [
  // South credential: never shown to anybody.
  "AuthorizationKey",
  // Only says how many keys one question may name.
  "GetConfigurationMaxKeys",
  // Available of the controllers; number of EVSE components.
  "SupportedFeatureProfiles",
  "SupportedFeatureProfilesMaxLength",
  "NumberOfConnectors",
  // Connector.PhaseRotation, one for each (device-phases.ts).
  "ConnectorPhaseRotation",
  "ConnectorPhaseRotationMaxLength",
  // maxLimit of their lists.
  "MeterValuesAlignedDataMaxLength",
  "MeterValuesSampledDataMaxLength",
  "StopTxnAlignedDataMaxLength",
  "StopTxnSampledDataMaxLength",
  "LocalAuthListMaxLength",
  // SmartChargingCtrlr, as the charging rules publish it (charging-facts).
  "ChargeProfileMaxStackLevel",
  "ChargingScheduleAllowedChargingRateUnit",
  "ChargingScheduleMaxPeriods",
  "MaxChargingProfilesInstalled",
];

/**
 * Keys of the link between station and gateway. The CSMS sees them in `LegacyConfig`, and must not change them: its own link is the
 * other one, with variables of its own (do not couple).
 */
const SOUTH_LINK: readonly string[] = [
  "HeartbeatInterval",
  "WebSocketPingInterval",
  "TransactionMessageAttempts",
  "TransactionMessageRetryInterval",
  "SecurityProfile",
  "CpoName",
  "AdditionalRootCertificateCheck",
  "CertificateStoreMaxLength",
  "CertificateSignedMaxChainSize",
];

/** Asked by name where a station does not list its keys: what 1.6 requires, and what the model is built from. */
export const KNOWN_KEYS: readonly string[] = [
  ...KEY_ROWS.map(({ key }) => key),
  ...SHOWN_OTHERWISE.filter((key) => key !== "AuthorizationKey"),
  ...SOUTH_LINK,
];

/** A station that leaves one of these out of its list has not listed all (1.6 §9.1: required of every station). */
export const REQUIRED_KEYS: readonly string[] = [
  "SupportedFeatureProfiles",
  "NumberOfConnectors",
  "GetConfigurationMaxKeys",
  "ConnectorPhaseRotation",
  "ConnectionTimeOut",
  "MeterValuesSampledData",
  "MeterValueSampleInterval",
  "StopTransactionOnInvalidId",
];

const rowsByKey = new Map(KEY_ROWS.map((known) => [folded(known.key), known]));
const shownOtherwise = new Set(SHOWN_OTHERWISE.map(folded));
const southLink = new Set(SOUTH_LINK.map(folded));

/** Where a key of the station is found in the model. */
export type Showing = "row" | "otherwise" | "legacy" | "legacy, read only";

export function showingOf(key: string): Showing {
  const name = folded(key);
  if (rowsByKey.has(name)) return "row";
  if (shownOtherwise.has(name)) return "otherwise";
  return southLink.has(name) ? "legacy, read only" : "legacy";
}

/** `place` is `Component.Variable` or `Component.Variable[Instance]`. */
function row(
  key: string,
  place: string,
  codec: Codec,
  more: Omit<KeyRow, "key" | "component" | "variable" | "instance" | "codec"> = {},
): KeyRow {
  return { key, ...parsePlace(place), codec, ...more };
}

export function parsePlace(place: string): { component: string; variable: string; instance?: string } {
  const [, component = "", variable = "", instance] = /^(\w+)\.(\w+)(?:\[(\w+)\])?$/.exec(place) ?? [];
  return { component, variable, ...(instance === undefined ? {} : { instance }) };
}
