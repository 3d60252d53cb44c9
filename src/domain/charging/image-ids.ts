/**
 * Ids of the image. One profile of the CSMS may be several in a 1.6 station, one for each connector, and 2.x allows ids that
 * stations choke on; so (profile, connector) has an id of its own, kept for as long as either side may remember it.
 *
 *     1 … base-1         the CSMS's own ids, where they are free
 *     base               the compiled slot of the whole station
 *     base+1             what bridges two limits of the station (plan-bridge.ts)
 *     base+10+c          the compiled TxDefaultProfile of connector c
 *     base+100+c         the TxProfile of the transaction on connector c
 *     base+500+c         the safe limit of connector c
 *     base+1000 …        everything else, one after the other
 *
 * The ranges do not touch while a station has fewer than 90 connectors.
 */

/** JSON; it is stored, for the station remembers the ids. */
export interface ImageIds {
  /** By `profile id/connector`. */
  readonly byKey: { readonly [key: string]: number };
  /** The next of the last range. */
  readonly next: number;
}

export interface IdRange {
  readonly base: number;
  readonly last: number;
}

export const ID_RANGE: IdRange = { base: 1_000_000_000, last: 2_147_483_647 };
/** For stations that keep ids in 16 bits. */
export const SMALL_ID_RANGE: IdRange = { base: 30_000, last: 32_767 };

const FIRST_ALLOCATED = 1000;

export const noIds = ({ base }: IdRange): ImageIds => ({ byKey: {}, next: base + FIRST_ALLOCATED });

export const stationSlotId = ({ base }: IdRange): number => base;
export const bridgeId = ({ base }: IdRange): number => base + 1;
export const defaultSlotId = ({ base }: IdRange, connector16: number): number => base + 10 + connector16;
export const txSlotId = ({ base }: IdRange, connector16: number): number => base + 100 + connector16;
export const safeLimitId = ({ base }: IdRange, connector16: number): number => base + 500 + connector16;

export interface NamedId {
  readonly id16: number;
  readonly ids: ImageIds;
}

/** The id of one profile at one connector, and the table with it in. */
export function idFor(ids: ImageIds, range: IdRange, profileId: number, connector16: number): NamedId {
  const key = `${profileId}/${connector16}`;
  const known = ids.byKey[key];
  if (known !== undefined) return { id16: known, ids };
  const isFree = profileId >= 1 && profileId < range.base && !isUsed(ids, profileId);
  if (isFree) return { id16: profileId, ids: { ...ids, byKey: { ...ids.byKey, [key]: profileId } } };
  const id16 = nextFree(ids, range);
  return { id16, ids: { byKey: { ...ids.byKey, [key]: id16 }, next: id16 + 1 } };
}

/** Without what neither side remembers: profiles that are gone from the store, under ids the station does not hold. */
export function forget(ids: ImageIds, isKept: (profileId: number) => boolean, held: ReadonlySet<number>): ImageIds {
  const kept = Object.entries(ids.byKey).filter(
    ([key, id16]) => held.has(id16) || isKept(Number(key.slice(0, key.indexOf("/")))),
  );
  return kept.length === Object.keys(ids.byKey).length ? ids : { ...ids, byKey: Object.fromEntries(kept) };
}

/** Every number of the range is given once before one is given again; then only what nobody holds. */
function nextFree(ids: ImageIds, { base, last }: IdRange): number {
  const used = new Set(Object.values(ids.byKey));
  let id16 = ids.next > last ? base + FIRST_ALLOCATED : ids.next;
  while (used.has(id16)) id16 = id16 >= last ? base + FIRST_ALLOCATED : id16 + 1;
  return id16;
}

function isUsed(ids: ImageIds, id16: number): boolean {
  return Object.values(ids.byKey).includes(id16);
}
