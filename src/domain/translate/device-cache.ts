/**
 * The configuration keys a station has told, and how they are asked: all at boot, single ones when their value is wanted and old.
 * Several stations answer GetConfiguration in their own way (numbers as values, keys nobody asked for, asked ones left out); what can
 * be understood is kept.
 *
 * @see translation.md §4.4 (read path), §9; 1.6 §5.8
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Env, Job, TranslationState, Want } from "./contract.ts";
import { showingOf } from "./device-map.ts";
import {
  type CachedKey,
  cachedKey,
  type DeviceState,
  deviceOf,
  entryOf,
  folded,
  keyNumber,
  NOT_READ,
  withDevice,
} from "./device-state.ts";
import { nameKeys } from "./legacy-config.ts";

/** Keys kept of one station; more are dropped and counted. The largest lists seen have some 300. */
export const MAX_KEYS = 500;
/** What a variable of 2.x can carry. */
const MAX_CHARACTERS = 2500;
/** 1.6 CiString50: a longer key could not be asked or changed. */
const MAX_KEY_CHARACTERS = 50;
/** Keys of one question to a station that does not say how many it takes. */
const CAREFUL_KEYS = 10;

export interface Ingested {
  readonly state: TranslationState;
  readonly wants: readonly Want[];
}

interface Told {
  readonly entries: readonly CachedKey[];
  readonly wants: Want[];
}

/**
 * Takes over a GetConfiguration.conf. `asked` undefined: all keys were asked, so what is not in it is gone. A key that was asked and
 * stands in neither list is unknown as well.
 */
export function ingest(
  state: TranslationState,
  payload: Payload,
  asked: readonly string[] | undefined,
  now: EpochMs,
): Ingested {
  const device = deviceOf(state);
  const { entries, wants } = readEntries(payload, now);
  const told = new Set(entries.map(({ key }) => folded(key)));
  const missing = (asked ?? []).map(folded).filter((name) => !told.has(name));
  if (deniesMore(payload["unknownKey"], asked ?? [])) wants.push(lost("GetConfiguration.conf.unknownKey"));
  const keys = new Map(asked === undefined ? [] : Object.entries(device.keys));
  for (const entry of entries) keys.set(folded(entry.key), entry);
  for (const name of missing) keys.delete(name);
  const kept = [...keys].slice(0, MAX_KEYS);
  const unknown = new Map(asked === undefined ? [] : Object.entries(device.unknown));
  for (const name of told) unknown.delete(name);
  for (const name of missing) unknown.set(name, now);
  const isLegacy = ({ key }: CachedKey): boolean => showingOf(key).startsWith("legacy");
  return {
    state: withDevice(state, {
      keys: Object.fromEntries(kept),
      unknown: Object.fromEntries([...unknown].slice(-MAX_KEYS)),
      legacyNames: nameKeys(
        device.legacyNames,
        kept
          .map(([, entry]) => entry)
          .filter(isLegacy)
          .map(({ key }) => key),
      ),
      ...(asked === undefined ? { readAt: now } : {}),
    }),
    wants: keys.size > MAX_KEYS ? [...wants, lost("more configuration keys than are kept")] : wants,
  };
}

/** Whether it says that it does not know what it was not asked for: of no use to anybody. */
function deniesMore(unknownKey: unknown, asked: readonly string[]): boolean {
  const names = new Set(asked.map(folded));
  return Array.isArray(unknownKey) && unknownKey.some((key) => !names.has(folded(String(key))));
}

function readEntries(payload: Payload, now: EpochMs): Told {
  const list = payload["configurationKey"];
  const entries: CachedKey[] = [];
  const wants: Want[] = [];
  for (const item of Array.isArray(list) ? list : []) {
    const told = readEntry(item, now);
    if (told !== undefined) entries.push(told.entry);
    wants.push(...(told?.wants ?? [lost("a configuration key without a name of 1 to 50 characters")]));
  }
  return { entries, wants };
}

function readEntry(item: unknown, now: EpochMs): { entry: CachedKey; wants: readonly Want[] } | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { key, value, readonly } = item as Payload;
  if (typeof key !== "string" || key.trim() === "" || key.length > MAX_KEY_CHARACTERS) return undefined;
  const entry = { key, isReadOnly: isTrue(readonly), at: now };
  if (value === undefined || value === null) return { entry, wants: [] };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const wants: Want[] = typeof value === "string" ? [] : [{ do: "repaired", what: "configuration value is no text" }];
  if (text.length > MAX_CHARACTERS) wants.push(lost("a configuration value beyond 2500 characters"));
  return { entry: { ...entry, value: text.slice(0, MAX_CHARACTERS) }, wants };
}

const isTrue = (value: unknown): boolean => value === true || String(value).toLowerCase() === "true";

const lost = (what: string): Want => ({ do: "lost", what });

/** Keys of one GetConfiguration to this station. */
export function keysPerCall(device: DeviceState): number {
  const limits = [device.tolerances.configurationMaxKeys, keyNumber(device, "GetConfigurationMaxKeys")];
  const said = limits.filter((limit) => limit !== undefined && limit > 0) as number[];
  return said.length === 0 ? CAREFUL_KEYS : Math.min(...said);
}

/** The next question of a longer one: its keys, and those that are left. */
export function nextChunk(
  device: DeviceState,
  keys: readonly string[],
): { readonly chunk: readonly string[]; readonly rest: readonly string[] } {
  const size = keysPerCall(device);
  return { chunk: keys.slice(0, size), rest: keys.slice(size) };
}

/** It is there, and its model may be asked. */
export const isAskable = ({ tolerances }: DeviceState, { isStationOnline }: Env): boolean =>
  isStationOnline && tolerances.neverSend?.includes("GetConfiguration") !== true;

/** Without keys: all of them. */
export const askConfiguration = (keys: readonly string[] | undefined, job: Job): Want => ({
  do: "ask",
  peer: "station",
  action: "GetConfiguration",
  payload: keys === undefined ? {} : { key: keys },
  job,
});

/** The station said something about the key within `freshMs`. */
export function isFresh(device: DeviceState, key: string, now: EpochMs, freshMs: number): boolean {
  const at = cachedKey(device, key)?.at ?? entryOf(device.unknown, folded(key));
  return at !== undefined && now - at < freshMs;
}

export const isUnknown = (device: DeviceState, key: string): boolean =>
  entryOf(device.unknown, folded(key)) !== undefined ||
  (device.readAt !== undefined && cachedKey(device, key) === undefined);

/** A change was accepted: believed, and to be read again when somebody asks. */
export function believe(state: TranslationState, key: string, value: string): TranslationState {
  const { keys } = deviceOf(state);
  const known = entryOf(keys, folded(key)) ?? { key, isReadOnly: false };
  return withDevice(state, { keys: { ...keys, [folded(key)]: { ...known, value, at: NOT_READ } } });
}

/** Whether a change came about is not known: the value is to be read again. */
export function doubt(state: TranslationState, key: string): TranslationState {
  const { keys } = deviceOf(state);
  const known = entryOf(keys, folded(key));
  return known === undefined
    ? state
    : withDevice(state, { keys: { ...keys, [folded(key)]: { ...known, at: NOT_READ } } });
}
