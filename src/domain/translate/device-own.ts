/**
 * Variables that are the gateway's own, because towards the CSMS it is the station: its link, its clock, its limits, the transaction
 * points it works with. 2.0.1 requires them and 1.6 has no key for them, or one that means the link on the other side.
 *
 * @see translation.md §4.4 (last paragraph but one), §3.1 (TxStartPoint, TxStopPoint: 2.0.1 §E.1.1.2)
 */
import { epochMs } from "../ids.ts";
import type { Env, TranslationState, Want } from "./contract.ts";
import { type Codec, type DataType, type FeatureProfile, parsePlace } from "./device-map.ts";
import { deviceOf, withDevice } from "./device-state.ts";

/** Items a GetVariables, SetVariables, GetReport request may have; more is an OccurrenceConstraintViolation (B05, B06, B08). */
export const ITEMS_PER_MESSAGE = { GetReport: 100, GetVariables: 100, SetVariables: 50 } as const;
/** Frame limit of the link (translation.md §6.5). */
const BYTES_PER_MESSAGE = String(256 * 1024);

export interface OwnRow {
  /** `Component.Variable[Instance]`; also the name of its value in state and options. */
  readonly name: string;
  readonly component: string;
  readonly variable: string;
  readonly instance?: string;
  readonly codec: Codec;
  readonly dataType?: DataType;
  readonly unit?: string;
  readonly minLimit?: number;
  readonly access: "ReadOnly" | "ReadWrite" | "WriteOnly";
  /** It never changes, whatever happens. */
  readonly isConstant?: true;
  /** Undefined: the variable is there only when the options give it a value. */
  readonly value?: string;
  readonly profile?: FeatureProfile;
}

export const OWN_ROWS: readonly OwnRow[] = [
  own("OCPPCommCtrlr.HeartbeatInterval", "300", { codec: "integer", unit: "s", minLimit: 1, access: "ReadWrite" }),
  own("OCPPCommCtrlr.OfflineThreshold", "300", { codec: "integer", unit: "s", access: "ReadWrite" }),
  own("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", "3", { codec: "integer", minLimit: 1, access: "ReadWrite" }),
  own("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]", "10", { codec: "integer", access: "ReadWrite" }),
  own("OCPPCommCtrlr.WebSocketPingInterval", "60", { codec: "integer", unit: "s" }),
  own("OCPPCommCtrlr.NetworkConfigurationPriority", "0"),
  own("OCPPCommCtrlr.NetworkProfileConnectionAttempts", "1", { codec: "integer" }),
  own("SecurityCtrlr.OrganizationName", "unknown"),
  own("SecurityCtrlr.CertificateEntries", "0", { codec: "integer" }),
  own("SecurityCtrlr.SecurityProfile", "3", { codec: "integer" }),
  own("SecurityCtrlr.AdditionalRootCertificateCheck", undefined, { codec: "boolean" }),
  own("SecurityCtrlr.MaxCertificateChainSize", undefined, { codec: "integer" }),
  // The gateway's credential for the CSMS. It is a secret of the configuration: not told, not taken here.
  own("SecurityCtrlr.BasicAuthPassword", undefined, { access: "WriteOnly" }),
  own("TxCtrlr.TxStartPoint", "PowerPathClosed", { codec: "members", isConstant: true }),
  own("TxCtrlr.TxStopPoint", "EVConnected,Authorized", { codec: "members", isConstant: true }),
  own("SampledDataCtrlr.Available", "true", { codec: "boolean", isConstant: true }),
  own("SampledDataCtrlr.TxStartedMeasurands", "Energy.Active.Import.Register", { codec: "members", isConstant: true }),
  own("AlignedDataCtrlr.Available", "true", { codec: "boolean", isConstant: true }),
  own("ClockCtrlr.TimeSource", "Heartbeat", { dataType: "SequenceList" }),
  own("DeviceDataCtrlr.ItemsPerMessage[GetReport]", String(ITEMS_PER_MESSAGE.GetReport), limit()),
  own("DeviceDataCtrlr.ItemsPerMessage[GetVariables]", String(ITEMS_PER_MESSAGE.GetVariables), limit()),
  own("DeviceDataCtrlr.ItemsPerMessage[SetVariables]", String(ITEMS_PER_MESSAGE.SetVariables), limit()),
  own("DeviceDataCtrlr.BytesPerMessage[GetReport]", BYTES_PER_MESSAGE, limit()),
  own("DeviceDataCtrlr.BytesPerMessage[GetVariables]", BYTES_PER_MESSAGE, limit()),
  own("DeviceDataCtrlr.BytesPerMessage[SetVariables]", BYTES_PER_MESSAGE, limit()),
  own("LocalAuthListCtrlr.BytesPerMessage", BYTES_PER_MESSAGE, { ...limit(), profile: "LocalAuthListManagement" }),
  // Every change is told.
  own("SmartChargingCtrlr.LimitChangeSignificance", "0", {
    dataType: "decimal",
    unit: "Percent",
    profile: "SmartCharging",
  }),
  own("TariffCostCtrlr.Currency", undefined),
  own("TariffCostCtrlr.TariffFallbackMessage", undefined),
  own("TariffCostCtrlr.TotalCostFallbackMessage", undefined),
];

/** Values that the composition root knows better, by `OwnRow` name. */
export type OwnValues = { readonly [name: string]: string };

export const ownValue = (
  state: TranslationState,
  { name, value }: Pick<OwnRow, "name" | "value">,
  values: OwnValues = {},
): string | undefined => deviceOf(state).own[name] ?? values[name] ?? value;

/** What the link to the CSMS has to obey. */
export interface NorthSettings {
  readonly heartbeatIntervalSec: number;
  readonly offlineThresholdSec: number;
  readonly messageAttempts: number;
  readonly messageAttemptIntervalSec: number;
}

export function northSettings(state: TranslationState, values: OwnValues = {}): NorthSettings {
  const numberOf = (name: string): number => Number(ownValue(state, rowOf(name), values));
  return {
    heartbeatIntervalSec: numberOf("OCPPCommCtrlr.HeartbeatInterval"),
    offlineThresholdSec: numberOf("OCPPCommCtrlr.OfflineThreshold"),
    messageAttempts: numberOf("OCPPCommCtrlr.MessageAttempts[TransactionEvent]"),
    messageAttemptIntervalSec: numberOf("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
  };
}

/** SmartChargingCtrlr.LimitChangeSignificance: changes up to it are not told. */
export const limitSignificancePercent = (state: TranslationState): number =>
  Number(ownValue(state, rowOf("SmartChargingCtrlr.LimitChangeSignificance")));

/** E13, as the operator has configured it: times a kept message may fail, and what the n-th such time is waited for, times n. */
export interface Retry {
  readonly attempts: number;
  readonly attemptIntervalMs: number;
}

/** What the operator has configured is published, and holds until the CSMS sets something else. */
export const valuesOfRetry = ({ attempts, attemptIntervalMs }: Retry): OwnValues => ({
  "OCPPCommCtrlr.MessageAttempts[TransactionEvent]": String(attempts),
  "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]": String(Math.round(attemptIntervalMs / 1000)),
});

/** Without a word of the CSMS's, to the millisecond what is configured. */
export function retryOf(state: TranslationState, retry: Retry): Retry {
  const { own } = deviceOf(state);
  const settings = northSettings(state, valuesOfRetry(retry));
  const isOurs = own["OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"] === undefined;
  return {
    attempts: settings.messageAttempts,
    attemptIntervalMs: isOurs ? retry.attemptIntervalMs : settings.messageAttemptIntervalSec * 1000,
  };
}

/** At least daily, whatever the CSMS says (G02). */
const SLOWEST_HEARTBEAT_SEC = 86_400;

/** The gateway's own heartbeat towards the CSMS; it replaces the one that was to come. */
export function nextHeartbeat(state: TranslationState, { now }: Env): Want {
  const intervalSec = Math.min(northSettings(state).heartbeatIntervalSec, SLOWEST_HEARTBEAT_SEC);
  return { do: "wake", job: { kind: "tx.heartbeat", key: "" }, at: epochMs(now + intervalSec * 1000) };
}

/** The interval of a BootNotificationResponse (B01.FR.04); 0 leaves it to us. */
export const rememberHeartbeatInterval = (state: TranslationState, intervalSec: number): TranslationState =>
  intervalSec > 0 ? rememberOwn(state, "OCPPCommCtrlr.HeartbeatInterval", String(intervalSec)) : state;

export const rememberOwn = (state: TranslationState, name: string, value: string): TranslationState =>
  withDevice(state, { own: { ...deviceOf(state).own, [name]: value } });

function rowOf(name: string): Pick<OwnRow, "name" | "value"> {
  return OWN_ROWS.find((row) => row.name === name) ?? { name };
}

function own(
  name: string,
  value: string | undefined,
  more: Partial<Omit<OwnRow, "name" | "component" | "variable" | "instance" | "value">> = {},
): OwnRow {
  return {
    name,
    ...parsePlace(name),
    codec: "text",
    access: "ReadOnly",
    ...(value === undefined ? {} : { value }),
    ...more,
  };
}

function limit(): { codec: "integer"; isConstant: true } {
  return { codec: "integer", isConstant: true };
}
