/**
 * The charging profiles a station has accepted, as seen in the traffic: a plain list, and what each message does to it.
 * Composite schedules and projections are computed from this list.
 *
 * @see OCPP 1.6 §5.16.4 (a profile of equal stackLevel and purpose replaces); OCPP 2.0.1 Part 2 K01.FR.05, K10
 */

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

/** A TxProfile ends with its transaction. */
export function endOfTransaction(
  list: readonly InstalledProfile[],
  evseId: number,
  transactionId: string,
): readonly InstalledProfile[] {
  return list.filter(
    (profile) =>
      profile.purpose !== "TxProfile" ||
      (profile.transactionId === undefined ? profile.evseId !== evseId : profile.transactionId !== transactionId),
  );
}

function isSameSlot(a: InstalledProfile, b: InstalledProfile): boolean {
  return (
    a.evseId === b.evseId &&
    a.stackLevel === b.stackLevel &&
    a.purpose === b.purpose &&
    (a.purpose !== "TxProfile" || a.transactionId === b.transactionId)
  );
}

function matches<T>(wanted: T | undefined, actual: T): boolean {
  return wanted === undefined || wanted === actual;
}
