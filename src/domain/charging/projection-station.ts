/** Step 3 of the projection: what the whole station may take. Limits of the CSMS alone are copied; with the gateway's own the lower of both is one schedule. */
import { ok } from "../result.ts";
import { type ImageEntry, imageEntry } from "./image.ts";
import { idFor, stationSlotId } from "./image-ids.ts";
import type { ChargingProfile } from "./profile.ts";
import { copyOf } from "./projection-copy.ts";
import type { ProjectionInput } from "./projection-input.ts";
import { leadingFirst, type Parts, type PartsResult, withSlot } from "./projection-parts.ts";
import { compileSlot, DAY_CELL_SEC } from "./projection-slot.ts";
import { chainsOf } from "./projection-source.ts";
import { slotUnit } from "./projection-values.ts";

export function withStationLimit(
  parts: Parts,
  profiles: readonly ChargingProfile[],
  input: ProjectionInput,
): PartsResult {
  const isStationWide = ({ evseId }: ChargingProfile) => evseId === 0;
  const maxima = leadingFirst(profiles, "ChargingStationMaxProfile", isStationWide);
  const own = leadingFirst(profiles, "ChargingStationExternalConstraints", isStationWide);
  if (!input.caps.hasStationMax) return ok(parts);
  return own.length === 0 ? copied(parts, maxima, input) : compiled(parts, maxima, own, input);
}

function copied(
  parts: Parts,
  maxima: readonly ChargingProfile[],
  { caps, station, range }: ProjectionInput,
): PartsResult {
  let { ids } = parts;
  const entries: ImageEntry[] = [...parts.entries];
  for (const profile of maxima) {
    const named = idFor(ids, range, profile.id, 0);
    ids = named.ids;
    const stackLevel = profile.stackLevel + caps.quirks.stackLevelOffset;
    const name = { id16: named.id16, stackLevel, purpose: "ChargingStationMaxProfile" } as const;
    const copy = copyOf(profile, name, station, caps);
    if (!copy.ok) return copy;
    entries.push(imageEntry(0, copy.value));
  }
  return ok({ ...parts, entries, ids });
}

function compiled(
  parts: Parts,
  maxima: readonly ChargingProfile[],
  own: readonly ChargingProfile[],
  { caps, station, range, now }: ProjectionInput,
): PartsResult {
  const schedules = [...maxima, ...own].map(({ schedule }) => schedule);
  const unit = slotUnit(schedules, caps, station);
  if (!unit.ok) return unit;
  const rules = { unit: unit.value, feed: station, caps };
  const slot = compileSlot({
    chains: [...chainsOf(maxima, rules), ...chainsOf(own, rules)],
    unit: unit.value,
    feed: station,
    maxPeriods: caps.maxPeriods,
    now,
    cellSec: DAY_CELL_SEC,
  });
  const profile = {
    chargingProfileId: stationSlotId(range),
    stackLevel: caps.quirks.stackLevelOffset,
    chargingProfilePurpose: "ChargePointMaxProfile",
    chargingProfileKind: "Absolute",
    chargingSchedule: slot.schedule,
  } as const;
  return ok(withSlot(parts, 0, profile, slot));
}
