/**
 * What the device model remembers of one station: the configuration keys it has told, who it said it is, what the CSMS chose for the
 * gateway's own variables. JSON, a slice of `TranslationState`; every list in it is bounded.
 *
 * @see translation.md §4.4, §8 (durable: configuration cache, capability, quirks, each with its instant)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { TranslationState } from "./contract.ts";
import type { Tolerances } from "./quirks.ts";

/** A 1.6 configuration key as the station told it. */
export type CachedKey = {
  /** As the station spells it, and therefore as it is asked and changed. */
  readonly key: string;
  /** Undefined: it has none, or does not tell it (1.6: `value` is optional). */
  readonly value?: string;
  readonly isReadOnly: boolean;
  /** When the station said so. 0: a change of it was accepted since, and it has not been read again. */
  readonly at: EpochMs;
};

/** What the station said in its BootNotification.req. */
export type Identity = {
  readonly vendor?: string;
  readonly model?: string;
  readonly serialNumber?: string;
  readonly firmwareVersion?: string;
  readonly meterType?: string;
  readonly meterSerialNumber?: string;
};

export type DeviceState = {
  /** By `folded` name: 1.6 keys are CiString. */
  readonly keys: { readonly [folded: string]: CachedKey };
  /** Keys the station does not know, by folded name: when it said so. */
  readonly unknown: { readonly [folded: string]: EpochMs };
  /** When all keys were read last; undefined: never. */
  readonly readAt?: EpochMs;
  readonly identity: Identity;
  /** Of the quirk table and the operator, for this vendor, model and firmware. */
  readonly tolerances: Tolerances;
  /** Values of the gateway's own variables that the CSMS has changed, by `OwnRow` name. */
  readonly own: { readonly [name: string]: string };
  /** Variable of `LegacyConfig`, folded → the key it stands for. A name that was published keeps its meaning. */
  readonly legacyNames: { readonly [folded: string]: string };
  /** Reports on their way, by requestId: since when. */
  readonly reports: { readonly [requestId: string]: EpochMs };
  /** SetMonitoringLevel: events of a severity above it are not sent. 9: all are. */
  readonly monitoringLevel: number;
};

/** Everything is sent until the CSMS says otherwise (2.0.1 N05: severities 0 to 9). */
export const EVERY_SEVERITY = 9;

const NOTHING_KNOWN: DeviceState = {
  keys: {},
  unknown: {},
  identity: {},
  tolerances: {},
  own: {},
  legacyNames: {},
  reports: {},
  monitoringLevel: EVERY_SEVERITY,
};

export const initialDevice = (): TranslationState["device"] => ({ ...NOTHING_KNOWN });

/** The slice, whatever an older version of it lacks filled in. */
export const deviceOf = (state: TranslationState): DeviceState => ({ ...NOTHING_KNOWN, ...state.device });

export const withDevice = (state: TranslationState, change: Partial<DeviceState>): TranslationState => ({
  ...state,
  device: { ...NOTHING_KNOWN, ...state.device, ...change },
});

/** Names of keys, components and variables are compared without case (1.6 CiString, 2.x identifierString). */
export const folded = (name: string): string => name.trim().toLowerCase();

/** An entry of a record whose keys a peer chose: `constructor` is none. */
export const entryOf = <T>(record: { readonly [name: string]: T }, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

export const cachedKey = ({ keys }: DeviceState, key: string): CachedKey | undefined => entryOf(keys, folded(key));

export const keyValue = (device: DeviceState, key: string): string | undefined => cachedKey(device, key)?.value;

/** A key's value as a whole number of at least 0; undefined when it is absent or no such number. */
export function keyNumber(device: DeviceState, key: string): number | undefined {
  const text = keyValue(device, key)?.trim() ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Events of this severity are to be sent to the CSMS (0 is the most severe). */
export const isMonitored = (state: TranslationState, severity: number): boolean =>
  severity <= deviceOf(state).monitoringLevel;

/** The tolerances that hold for this station (learned at boot). */
export const tolerancesOf = (state: TranslationState): Tolerances => deviceOf(state).tolerances;

/** As if it had never been read: the next question for it goes to the station. */
export const NOT_READ: EpochMs = epochMs(0);
