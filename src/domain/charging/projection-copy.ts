/** Profiles that a 1.6 station gets as they are: renamed, in its unit and tenths, valid no longer than their schedule. */
import { err, ok, type Result } from "../result.ts";
import { instant16, type Period16, type Profile16, type ProjectionFault, type Purpose16 } from "./image.ts";
import { type ChargingProfile, CYCLE_SEC, type ProfilePurpose, type RateUnit } from "./profile.ts";
import type { Feed, ProjectionCaps } from "./projection-input.ts";
import { merged } from "./projection-slot.ts";
import { lowestValue, slotUnit, value16 } from "./projection-values.ts";
import { floor10 } from "./units.ts";

const PURPOSES: Readonly<Record<Exclude<ProfilePurpose, "ChargingStationExternalConstraints">, Purpose16>> = {
  ChargingStationMaxProfile: "ChargePointMaxProfile",
  TxDefaultProfile: "TxDefaultProfile",
  TxProfile: "TxProfile",
};

/** What the copy is called in the station. */
export interface CopyName {
  readonly id16: number;
  readonly stackLevel: number;
  readonly purpose: keyof typeof PURPOSES;
}

/** Expects a profile out of `projection-tighten.ts`. */
export function copyOf(
  profile: ChargingProfile,
  { id16, stackLevel, purpose }: CopyName,
  feed: Feed,
  caps: ProjectionCaps,
): Result<Profile16, ProjectionFault> {
  const { schedule, kind, recurrencyKind, validFrom, validTo } = profile;
  const unit = slotUnit([schedule], caps, feed);
  if (!unit.ok) return unit;
  const all = periodsOf(reached(profile), unit.value, feed, caps);
  const shortest = merged(all);
  const periods = fitted({ all, shortest }, unit.value, feed, caps);
  if (!periods.ok) return periods;
  const hint = schedule.minChargingRate;
  return ok({
    chargingProfileId: id16,
    stackLevel,
    chargingProfilePurpose: PURPOSES[purpose],
    chargingProfileKind: kind,
    ...(recurrencyKind === undefined ? {} : { recurrencyKind }),
    ...(validFrom === undefined ? {} : { validFrom: instant16(validFrom) }),
    ...(validTo === undefined ? {} : { validTo: instant16(validTo) }),
    chargingSchedule: {
      ...(schedule.duration === undefined ? {} : { duration: schedule.duration }),
      ...(schedule.startSchedule === undefined ? {} : { startSchedule: instant16(schedule.startSchedule) }),
      chargingRateUnit: unit.value,
      chargingSchedulePeriod: periods.value,
      // A hint, and of a unit: converted it would be a guess.
      ...(hint === undefined || unit.value !== schedule.unit ? {} : { minChargingRate: floor10(hint) }),
    },
  });
}

/** Without periods that never come. */
function reached(profile: ChargingProfile): ChargingProfile {
  const { schedule, recurrencyKind } = profile;
  const cycleSec = recurrencyKind === undefined ? Number.POSITIVE_INFINITY : CYCLE_SEC[recurrencyKind];
  const endSec = Math.min(schedule.duration ?? Number.POSITIVE_INFINITY, cycleSec);
  if ((schedule.periods[schedule.periods.length - 1]?.startPeriod ?? 0) < endSec) return profile;
  return {
    ...profile,
    schedule: { ...schedule, periods: schedule.periods.filter(({ startPeriod }) => startPeriod < endSec) },
  };
}

/** Never valid: its validity ended before its schedule began. It needs no place in the station. */
export const isNeverValid = ({ validFrom, validTo }: ChargingProfile): boolean =>
  validFrom !== undefined && validTo !== undefined && validFrom >= validTo;

function periodsOf(
  { schedule }: ChargingProfile,
  unit: RateUnit,
  feed: Feed,
  caps: ProjectionCaps,
): readonly Period16[] {
  return schedule.periods.map((period) => {
    const { limit, numberPhases } = value16(period, { from: schedule.unit, to: unit }, feed, caps);
    return { startPeriod: period.startPeriod, limit, ...(numberPhases === undefined ? {} : { numberPhases }) };
  });
}

/**
 * What is too long is refused, or ends in the lowest of what does not fit; the last period goes on to the end in any case. Where it
 * may be cut, equal neighbours count as two: a higher limit must not be cut more than a lower one.
 */
function fitted(
  { all, shortest }: { readonly all: readonly Period16[]; readonly shortest: readonly Period16[] },
  unit: RateUnit,
  feed: Feed,
  { maxPeriods, quirks }: ProjectionCaps,
): Result<readonly Period16[], ProjectionFault> {
  if ((quirks.clampsProfiles ? all : shortest).length <= maxPeriods) return ok(shortest);
  if (!quirks.clampsProfiles) {
    return err({ reasonCode: "TooManyElements", text: `the station takes ${maxPeriods} periods` });
  }
  const rest = all.slice(maxPeriods - 1);
  const { limit, numberPhases } = lowestValue(rest, unit, feed);
  const startPeriod = rest[0]?.startPeriod ?? 0;
  const tail: Period16 = { startPeriod, limit, ...(numberPhases === undefined ? {} : { numberPhases }) };
  return ok(merged([...all.slice(0, maxPeriods - 1), tail]));
}
