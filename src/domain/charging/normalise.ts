/**
 * A profile in its shortest form that says the same in tenths: periods that never come are dropped, limits are cut to one
 * decimal (never rounded up), equal neighbours become one.
 *
 *     N(N(p)) = N(p),  and at every instant  limit of N(p) = floor10(limit of p)
 *
 * Expects a profile that `validate-profile.ts` lets pass; its periods are in order.
 *
 * @see OCPP 1.6 §7.14 (one decimal), OCPP 2.0.1 Part 2 K01.FR.31
 */
import { type ChargingProfile, CYCLE_SEC, type ProfileSchedule, type SchedulePeriod } from "./profile.ts";
import { floor10 } from "./units.ts";

export function normaliseProfile(profile: ChargingProfile): ChargingProfile {
  const { schedule } = profile;
  const endSec = Math.min(schedule.duration ?? Number.POSITIVE_INFINITY, cycleSec(profile));
  const reached = schedule.periods.filter(({ startPeriod }) => startPeriod < endSec).map(inTenths);
  const periods = reached.filter((period, index) => index === 0 || !isSame(period, reached[index - 1]));
  const hint = schedule.minChargingRate;
  const normal: ProfileSchedule = {
    ...schedule,
    ...(hint === undefined ? {} : { minChargingRate: floor10(hint) }),
    periods,
  };
  return { ...profile, schedule: normal };
}

/** What comes after a cycle's end never comes: the next begins before. */
function cycleSec({ kind, recurrencyKind }: ChargingProfile): number {
  return kind === "Recurring" && recurrencyKind !== undefined ? CYCLE_SEC[recurrencyKind] : Number.POSITIVE_INFINITY;
}

const inTenths = (period: SchedulePeriod): SchedulePeriod =>
  period.limit === undefined ? period : { ...period, limit: floor10(period.limit) };

/** Without numberPhases is not the same as with 3: it changes what others' phases mean (errata 2.36). */
const isSame = (a: SchedulePeriod, b: SchedulePeriod | undefined): boolean =>
  b !== undefined && a.limit === b.limit && a.numberPhases === b.numberPhases;
