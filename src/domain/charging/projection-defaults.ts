/**
 * Step 4 of the projection: TxDefaultProfiles, connector by connector.
 *
 *     copied     every profile at every connector it concerns, n levels apart: level · n + connector
 *     compiled   all of a connector as one schedule, where levels or places do not suffice or other limits are folded in
 *     shared     at connector 0, where the station is known to read 1.6 as it is meant, and nothing is of one connector alone
 */
import { ok } from "../result.ts";
import { type ImageEntry, imageEntry, type Profile16 } from "./image.ts";
import { defaultSlotId, type ImageIds, idFor, safeLimitId } from "./image-ids.ts";
import type { ChargingProfile } from "./profile.ts";
import { copyOf } from "./projection-copy.ts";
import { foldChains } from "./projection-fold.ts";
import type { Place, ProjectionInput } from "./projection-input.ts";
import { isSafeLimit, type Parts, type PartsResult, type Spot, slotLevel, withSlot } from "./projection-parts.ts";
import { compileSlot, DAY_CELL_SEC } from "./projection-slot.ts";
import { chainsOf } from "./projection-source.ts";
import { slotUnit } from "./projection-values.ts";

export function withDefaults(parts: Parts, spots: readonly Spot[], input: ProjectionInput): PartsResult {
  if (input.caps.quirks.onlyInTransaction) return ok(parts);
  const shared = sharedSpot(spots, input);
  const made: Made = new Map();
  if (shared !== undefined) return copiedAt(parts, shared, 0, input, made);
  const isCopied = fitsCopied(parts.entries.length, spots, input);
  let result: PartsResult = ok(parts);
  for (const spot of spots) {
    const copies = isCopied && spot.fold.length === 0;
    result = copies
      ? copiedAt(result.value, spot, spot.place.connector16, input, made)
      : compiledAt(result.value, spot, input);
    if (!result.ok) return result;
  }
  return result;
}

/** Whether there are levels and places enough for a copy of each at each connector. */
function fitsCopied(taken: number, spots: readonly Spot[], input: ProjectionInput): boolean {
  const levels = spots.flatMap((spot) => spot.defaults.map((profile) => copyLevel(profile, spot, input)));
  return levels.every((level) => level <= input.caps.maxStack) && taken + levels.length <= input.caps.maxInstalled;
}

/** On connector 0 a profile is the same for all: same feed, same profiles. */
function sharedSpot(spots: readonly Spot[], { caps, safeLimitA }: ProjectionInput): Spot | undefined {
  const [first] = spots;
  if (!caps.isAllA || !caps.hasKeyPerConnector || safeLimitA !== undefined || spots.length < 2) return undefined;
  const isSame = ({ place, defaults, fold }: Spot) =>
    fold.length === 0 &&
    defaults.every(({ evseId }) => evseId === 0) &&
    JSON.stringify([place.supply, place.physicalMaxA]) ===
      JSON.stringify([first?.place.supply, first?.place.physicalMaxA]);
  const isLow = first?.defaults.every(({ stackLevel }) => stackLevel + caps.quirks.stackLevelOffset <= caps.maxStack);
  return isLow === true && spots.every(isSame) ? first : undefined;
}

/** Copies that were made already, by profile: connectors with the same feed get the same under other names. */
type Made = Map<ChargingProfile, { readonly place: Place; readonly profile16: Profile16 }>;

function copiedAt(parts: Parts, spot: Spot, connectorId: number, input: ProjectionInput, made: Made): PartsResult {
  let { ids } = parts;
  const entries: ImageEntry[] = [...parts.entries];
  for (const profile of spot.defaults) {
    const named = nameOf(profile, ids, connectorId, input);
    ids = named.ids;
    const stackLevel = copyLevel(profile, spot, input);
    const name = { id16: named.id16, stackLevel, purpose: "TxDefaultProfile" } as const;
    const known = made.get(profile);
    if (known !== undefined && isSameFeed(known.place, spot.place)) {
      entries.push(imageEntry(connectorId, { ...known.profile16, chargingProfileId: name.id16, stackLevel }));
      continue;
    }
    const copy = copyOf(profile, name, spot.place, input.caps);
    if (!copy.ok) return copy;
    made.set(profile, { place: spot.place, profile16: copy.value });
    entries.push(imageEntry(connectorId, copy.value));
  }
  return ok({ ...parts, entries, ids });
}

const isSameFeed = (a: Place, b: Place): boolean => a.supply === b.supply && a.physicalMaxA === b.physicalMaxA;

function nameOf(profile: ChargingProfile, ids: ImageIds, connectorId: number, { range }: ProjectionInput) {
  return isSafeLimit(profile)
    ? { id16: safeLimitId(range, connectorId), ids }
    : idFor(ids, range, profile.id, connectorId);
}

function copyLevel(
  { stackLevel }: ChargingProfile,
  { index }: Spot,
  { caps, places, safeLimitA }: ProjectionInput,
): number {
  // The safe limit is below level 0.
  const level = stackLevel + (safeLimitA === undefined ? 0 : 1);
  return (caps.hasKeyPerConnector ? level : level * places.length + index) + caps.quirks.stackLevelOffset;
}

function compiledAt(parts: Parts, { place, index, defaults, fold }: Spot, input: ProjectionInput): PartsResult {
  const { caps, range, now } = input;
  const schedules = [...defaults, ...fold.flatMap(({ profiles }) => profiles)].map(({ schedule }) => schedule);
  if (schedules.length === 0) return ok(parts);
  const unit = slotUnit(schedules, caps, place);
  if (!unit.ok) return unit;
  const rules = { unit: unit.value, feed: place, caps };
  const slot = compileSlot({
    chains: [...chainsOf(defaults, rules), ...foldChains(fold, rules)],
    unit: unit.value,
    feed: place,
    maxPeriods: caps.maxPeriods,
    now,
    cellSec: DAY_CELL_SEC,
  });
  const profile = {
    chargingProfileId: defaultSlotId(range, place.connector16),
    stackLevel: slotLevel(index, caps),
    chargingProfilePurpose: "TxDefaultProfile",
    chargingProfileKind: "Absolute",
    chargingSchedule: slot.schedule,
  } as const;
  return ok(withSlot(parts, place.connector16, profile, slot));
}
