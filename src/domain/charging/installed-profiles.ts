/**
 * The charging profiles a station has accepted, as seen in the traffic: a plain list, and what each message does to it.
 * Composite schedules and projections are computed from this list.
 *
 * @see OCPP 1.6 §5.16.4 (a profile of equal stackLevel and purpose replaces); OCPP 2.0.1 Part 2 K01.FR.05, K10
 */

import type { EpochMs } from "../ids.ts";

/** JSON value: it lives in the station's snapshot. */
export interface InstalledProfile {
  /** `chargingProfileId` in 1.6, `id` in 2.x. */
  readonly id: number;
  /** EVSE in 2.x, connector in 1.6; 0: the whole station. */
  readonly evseId: number;
  readonly stackLevel: number;
  readonly purpose: string;
  /** Transaction a TxProfile is for, as text; undefined when the message named none. */
  readonly transactionId?: string;
  /** It came with a remote start whose transaction has not begun. `at`: when that was accepted. */
  readonly start?: { readonly remoteStartId?: number; readonly at?: EpochMs };
  /** The profile object as the CSMS sent it. */
  readonly profile: { readonly [field: string]: unknown };
}

/** What a ClearChargingProfile asks for; a field left out matches everything. */
export interface ClearCriteria {
  readonly id?: number;
  readonly evseId?: number;
  readonly stackLevel?: number;
  readonly purpose?: string;
}

/** More than any station holds (ChargingProfileEntries in the field: 3 to 50); the oldest is forgotten. */
export const MAX_INSTALLED = 100;

/** The list with `added` in it; whatever it replaces is gone. */
export function install(list: readonly InstalledProfile[], added: InstalledProfile): readonly InstalledProfile[] {
  const kept = list.filter((old) => old.id !== added.id && !isSameSlot(old, added));
  return [...kept, added].slice(-MAX_INSTALLED);
}

/** The list without what `criteria` names. An id decides alone, as both versions say. */
export function clear(list: readonly InstalledProfile[], criteria: ClearCriteria): readonly InstalledProfile[] {
  if (criteria.id !== undefined) return list.filter((profile) => profile.id !== criteria.id);
  return list.filter(
    (profile) =>
      !(
        matches(criteria.evseId, profile.evseId) &&
        matches(criteria.stackLevel, profile.stackLevel) &&
        matches(criteria.purpose, profile.purpose)
      ),
  );
}

/** Longer than a station waits for a car (ConnectionTimeOut); a profile that came with that remote start is then gone. */
const START_LASTS_MS = 600_000;

export interface Beginning {
  readonly evseId: number;
  readonly transactionId: string;
  readonly remoteStartId?: number;
  readonly at: EpochMs;
}

/**
 * A transaction begins: the profile of the remote start it answers becomes its own, in the place of one of that level. 1.6 does not
 * say which remote start that is, so there it is the first of that connector, or of none.
 */
export function beginTransaction(
  list: readonly InstalledProfile[],
  { evseId, transactionId, remoteStartId, at }: Beginning,
): readonly InstalledProfile[] {
  if (list.every(({ start }) => start === undefined)) return list;
  const living = list.filter(({ start }) => start?.at === undefined || at - start.at < START_LASTS_MS);
  const found = living.find(
    ({ start, evseId: place }) =>
      start !== undefined && start.remoteStartId === remoteStartId && (place === evseId || place === 0 || evseId === 0),
  );
  if (found === undefined) return living;
  const { start: _begun, ...profile } = found;
  return install(living, { ...profile, evseId: evseId === 0 ? found.evseId : evseId, transactionId });
}

/** A TxProfile ends with its transaction. */
export function endOfTransaction(
  list: readonly InstalledProfile[],
  evseId: number,
  transactionId: string,
): readonly InstalledProfile[] {
  return list.filter(
    (profile) =>
      profile.purpose !== "TxProfile" ||
      profile.start !== undefined ||
      (profile.transactionId === undefined ? profile.evseId !== evseId : profile.transactionId !== transactionId),
  );
}

function isSameSlot(a: InstalledProfile, b: InstalledProfile): boolean {
  return (
    a.evseId === b.evseId &&
    a.stackLevel === b.stackLevel &&
    a.purpose === b.purpose &&
    (a.purpose !== "TxProfile" || (a.transactionId === b.transactionId && isSameStart(a, b)))
  );
}

/** Remote starts that name no EVSE may end at different ones. */
const isSameStart = (a: InstalledProfile, b: InstalledProfile): boolean =>
  (a.start === undefined) === (b.start === undefined) &&
  a.start?.remoteStartId === b.start?.remoteStartId &&
  (a.start === undefined || a.evseId !== 0);

function matches<T>(wanted: T | undefined, actual: T): boolean {
  return wanted === undefined || wanted === actual;
}
