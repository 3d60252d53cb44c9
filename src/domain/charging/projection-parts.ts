/** What the parts of a projection have in common: where entries are gathered, who leads, on which level a slot stands. */
import type { EpochMs } from "../ids.ts";
import type { Result } from "../result.ts";
import { type ImageEntry, imageEntry, type Profile16, type ProjectionFault } from "./image.ts";
import type { ImageIds } from "./image-ids.ts";
import type { ChargingProfile, ProfilePurpose } from "./profile.ts";
import type { Fold } from "./projection-fold.ts";
import type { Place, ProjectionCaps, ProjectionInput } from "./projection-input.ts";
import type { CompiledSlot } from "./projection-slot.ts";
import { cautious } from "./projection-values.ts";

export interface Parts {
  readonly entries: readonly ImageEntry[];
  readonly ids: ImageIds;
  readonly replanAt: EpochMs | undefined;
}

export type PartsResult = Result<Parts, ProjectionFault>;

/** A connector with everything that concerns it. */
export interface Spot {
  readonly place: Place;
  /** Of the place among the places. */
  readonly index: number;
  /** TxDefaultProfiles, the leading one first; the safe limit is the last. */
  readonly defaults: readonly ChargingProfile[];
  readonly fold: Fold;
}

/** Below every level a CSMS may use. */
const SAFE_LEVEL = -1;

export const isSafeLimit = ({ stackLevel }: ChargingProfile): boolean => stackLevel === SAFE_LEVEL;

export function withSlot(parts: Parts, connectorId: number, profile: Profile16, { replanAt }: CompiledSlot): Parts {
  const isEarlier = parts.replanAt === undefined || replanAt < parts.replanAt;
  return {
    ...parts,
    entries: [...parts.entries, imageEntry(connectorId, profile)],
    replanAt: isEarlier ? replanAt : parts.replanAt,
  };
}

export function leadingFirst(
  profiles: readonly ChargingProfile[],
  purpose: ProfilePurpose,
  isWanted: (profile: ChargingProfile) => boolean,
): readonly ChargingProfile[] {
  return profiles.filter((profile) => profile.purpose === purpose && isWanted(profile)).sort(byPrecedence);
}

const byPrecedence = (a: ChargingProfile, b: ChargingProfile): number =>
  b.stackLevel - a.stackLevel || Number(b.evseId !== 0) - Number(a.evseId !== 0);

export const isAt =
  (evseId: number) =>
  (profile: ChargingProfile): boolean =>
    profile.evseId === 0 || profile.evseId === evseId;

/** TxDefaultProfiles of a place. */
export function defaultsAt(
  profiles: readonly ChargingProfile[],
  place: Place,
  { safeLimitA, caps }: ProjectionInput,
): readonly ChargingProfile[] {
  const chosen = leadingFirst(profiles, "TxDefaultProfile", isAt(place.evseId));
  return safeLimitA === undefined ? chosen : [...chosen, safeLimit(safeLimitA, place, caps)];
}

/**
 * Levels of a slot of its own. Stations that keep one profile for each level and purpose in the whole station get every connector's
 * on another level, or the second would push out the first.
 */
export const slotLevel = (index: number, caps: ProjectionCaps): number =>
  (caps.hasKeyPerConnector ? 0 : index) + caps.quirks.stackLevelOffset;

/** Relative and of one period: it holds in every transaction, even on a station whose clock stands at 1970. */
function safeLimit(limitA: number, place: Place, { units }: ProjectionCaps): ChargingProfile {
  const unit = units.includes("A") ? "A" : "W";
  const { limit } = cautious(limitA, unit, place);
  return {
    id: 0,
    evseId: place.evseId,
    stackLevel: SAFE_LEVEL,
    purpose: "TxDefaultProfile",
    kind: "Relative",
    source: "Other",
    schedule: { unit, periods: [{ startPeriod: 0, limit }] },
    original: {},
  };
}
