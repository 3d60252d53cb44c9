/**
 * Step 5 of the projection: one schedule for each transaction that has a TxProfile (or each, where defaults cannot be). Its TxProfiles, the defaults where they say
 * nothing, the hardware's limit where those say nothing either.
 *
 * Without a gap a station never has to decide what comes after a TxProfile, and an Absolute start means the same whenever it is
 * received.
 */
import { ok } from "../result.ts";
import { txSlotId } from "./image-ids.ts";
import type { ChargingProfile } from "./profile.ts";
import { foldChains } from "./projection-fold.ts";
import type { ProjectionInput, ProjectionTx } from "./projection-input.ts";
import {
  isAt,
  leadingFirst,
  type Parts,
  type PartsResult,
  type Spot,
  slotLevel,
  withSlot,
} from "./projection-parts.ts";
import { compileSlot, WEEK_CELL_SEC } from "./projection-slot.ts";
import { chainsOf } from "./projection-source.ts";
import { slotUnit } from "./projection-values.ts";

export function withTxSlot(
  parts: Parts,
  tx: ProjectionTx,
  spot: Spot,
  profiles: readonly ChargingProfile[],
  { caps, range, now }: ProjectionInput,
): PartsResult {
  const { place, index, defaults, fold } = spot;
  const ofTx = leadingFirst(
    profiles,
    "TxProfile",
    (profile) => profile.transactionId === tx.id && isAt(tx.evseId)(profile),
  );
  const isAnchored = caps.quirks.anchorRelativeDefaults && defaults.some(isRelativeInTime);
  const isOnlyHere = caps.quirks.onlyInTransaction && defaults.length + fold.length > 0;
  if (ofTx.length === 0 && !isAnchored && !isOnlyHere) return ok(parts);
  const ordered = [...ofTx, ...defaults];
  const schedules = [...ordered, ...fold.flatMap((part) => part.profiles)].map(({ schedule }) => schedule);
  const unit = slotUnit(schedules, caps, place);
  if (!unit.ok) return unit;
  const rules = { unit: unit.value, feed: place, caps };
  const slot = compileSlot({
    chains: [...chainsOf(ordered, { ...rules, anchorAt: tx.anchorAt }), ...foldChains(fold, rules)],
    unit: unit.value,
    feed: place,
    maxPeriods: caps.maxPeriods,
    now,
    cellSec: WEEK_CELL_SEC,
    anchorAt: tx.anchorAt,
  });
  const profile = {
    chargingProfileId: txSlotId(range, place.connector16),
    transactionId: tx.tx16,
    stackLevel: slotLevel(index, caps),
    chargingProfilePurpose: "TxProfile",
    chargingProfileKind: "Absolute",
    chargingSchedule: slot.schedule,
  } as const;
  return ok(withSlot(parts, place.connector16, profile, slot));
}

/** Of one period without end it does not matter from when it counts. */
const isRelativeInTime = ({ kind, schedule }: ChargingProfile): boolean =>
  kind === "Relative" && (schedule.periods.length > 1 || schedule.duration !== undefined);
