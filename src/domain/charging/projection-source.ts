/** A profile as a source of steps (`projection-steps.ts`): its limits in the unit of the slot, its instants in seconds. */
import type { EpochMs } from "../ids.ts";
import { type ChargingProfile, CYCLE_SEC, type RateUnit, SEC } from "./profile.ts";
import type { Feed, ProjectionCaps } from "./projection-input.ts";
import type { Source, Value } from "./projection-steps.ts";
import { lowestValue, value16 } from "./projection-values.ts";
import { floor10 } from "./units.ts";

export interface SlotRules {
  readonly unit: RateUnit;
  readonly feed: Feed;
  readonly caps: ProjectionCaps;
  /** What Relative schedules count from; undefined: a transaction may begin at any instant. */
  readonly anchorAt?: EpochMs | undefined;
}

/** Sources in the order in which they lead, as one chain or several; the lowest chain holds. */
export function chainsOf(ordered: readonly ChargingProfile[], rules: SlotRules): readonly (readonly Source[])[] {
  const isOfOwn = (profile: ChargingProfile) => rules.anchorAt === undefined && hasOpenEnd(profile);
  const chain = ordered.filter((profile) => !isOfOwn(profile)).map((profile) => sourceOf(profile, rules));
  return [chain, ...ordered.filter(isOfOwn).map((profile) => [sourceOf(profile, rules)])];
}

/** One n-th of every limit. */
export function divided(source: Source, parts: number): Source {
  if (parts === 1) return source;
  return { ...source, values: source.values.map((value) => ({ ...value, limit: floor10(value.limit / parts) })) };
}

/**
 * Where nobody knows when the transaction begins, a Relative schedule with a duration may be over at any instant, and what is below
 * it speaks; so it can hide nothing.
 */
const hasOpenEnd = ({ kind, schedule }: ChargingProfile): boolean =>
  kind === "Relative" && schedule.duration !== undefined;

function sourceOf(profile: ChargingProfile, { unit, feed, caps, anchorAt }: SlotRules): Source {
  const { schedule, kind, recurrencyKind, validFrom, validTo } = profile;
  const units = { from: schedule.unit, to: unit };
  const values = schedule.periods.map((period) => value16(period, units, feed, caps));
  const start = kind === "Relative" ? anchorAt : (schedule.startSchedule ?? anchorAt);
  const validFromSec = secondOf(validFrom, Number.NEGATIVE_INFINITY);
  const validToSec = secondOf(validTo, Number.POSITIVE_INFINITY);
  if (start === undefined) return always(values, { validFromSec, validToSec }, unit, feed);
  return {
    validFromSec,
    validToSec,
    startSec: secondOf(start, 0),
    cycleSec: kind === "Recurring" && recurrencyKind !== undefined ? CYCLE_SEC[recurrencyKind] : undefined,
    durationSec: schedule.duration ?? Number.POSITIVE_INFINITY,
    offsetsSec: schedule.periods.map(({ startPeriod }) => startPeriod),
    values,
  };
}

/** A transaction that may have begun at any time may be in any of the periods: the lowest is safe. */
function always(
  values: readonly Value[],
  validity: Pick<Source, "validFromSec" | "validToSec">,
  unit: RateUnit,
  feed: Feed,
): Source {
  const durationSec = Number.POSITIVE_INFINITY;
  return { ...validity, startSec: 0, durationSec, offsetsSec: [0], values: [lowestValue(values, unit, feed)] };
}

const secondOf = (at: EpochMs | undefined, otherwise: number): number =>
  at === undefined ? otherwise : Math.floor(at / SEC);
