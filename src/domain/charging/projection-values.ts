/**
 * Limits as a 1.6 station is given them: in a unit it takes, in tenths, and never higher than what the CSMS wrote.
 *
 * A station that cannot switch phases applies a limit to whatever phases there are (1.6 errata 3.34), so a limit for fewer of them
 * becomes smaller: of amperes the same share, of watts the whole, which is the total in any case.
 */
import { err, ok, type Result } from "../result.ts";
import type { ProjectionFault } from "./image.ts";
import type { ProfileSchedule, RateUnit, SchedulePeriod } from "./profile.ts";
import type { Feed, ProjectionCaps } from "./projection-input.ts";
import type { Value } from "./projection-steps.ts";
import { ampereOfWatt, floor10, isWattSafe, phasesOf, signalled, wattOfAmpere } from "./units.ts";

/** The unit a slot is written in that is made of these schedules. Amperes go before watts: W → A is safe everywhere. */
export function slotUnit(
  schedules: readonly Pick<ProfileSchedule, "unit">[],
  { units }: Pick<ProjectionCaps, "units">,
  { supply }: Feed,
): Result<RateUnit, ProjectionFault> {
  const first = schedules[0]?.unit;
  const isMixed = schedules.some(({ unit }) => unit !== first);
  if (first !== undefined && !isMixed && units.includes(first)) return ok(first);
  if (units.includes("A")) return ok("A");
  if (first === undefined || !schedules.some(({ unit }) => unit === "A") || isWattSafe(supply)) return ok("W");
  return err({ reasonCode: "UnsupportedRateUnit", text: "amperes cannot be made watts safely here" });
}

export function value16(
  { limit, numberPhases }: SchedulePeriod,
  { from, to }: { readonly from: RateUnit; readonly to: RateUnit },
  feed: Feed,
  { canSwitchPhases, quirks }: Pick<ProjectionCaps, "canSwitchPhases" | "quirks">,
): Value {
  if (limit === undefined) return physicalMax(feed, to);
  const { supply } = feed;
  // Most are like this, and there are many.
  if (from === to && numberPhases === undefined) {
    return { limit: signalled(tenths(limit), to, supply, quirks.subMinimum) };
  }
  const declared = supply.current === "AC" ? numberPhases : undefined;
  const isFewer = declared !== undefined && declared < supply.phases;
  const isScaled = isFewer && !canSwitchPhases;
  const phases = isScaled ? undefined : declared;
  const scaled = isScaled && from === "A" ? (limit * Math.max(1, declared)) / supply.phases : limit;
  const value = signalled(converted(scaled, { from, to }, phases, feed), to, supply, quirks.subMinimum);
  return phases === undefined ? { limit: value } : { limit: value, numberPhases: phases };
}

/** "No limit", where a schedule needs a number: the hardware allows no more anyway. */
export function physicalMax({ supply, physicalMaxA }: Feed, unit: RateUnit): Value {
  return { limit: unit === "A" ? floor10(physicalMaxA) : wattOfAmpere(physicalMaxA, undefined, supply) };
}

/** A limit in amperes that may be given in watts even where the EV might use one phase alone: it is told the watts of one. */
export function cautious(limitA: number, unit: RateUnit, { supply }: Feed): Value {
  return { limit: unit === "A" ? floor10(limitA) : wattOfAmpere(limitA, 1, supply) };
}

/**
 * The highest value that is below all of them: in total, and on each phase. Watts on fewer phases are more amperes, so with
 * different phases the lowest current goes with the fewest phases.
 */
export function lowestValue(values: readonly Value[], unit: RateUnit, { supply }: Feed): Value {
  const [first] = values;
  if (first === undefined) return { limit: Number.POSITIVE_INFINITY };
  if (values.length === 1) return first;
  const least = Math.min(...values.map(({ limit }) => limit));
  if (values.every(({ numberPhases }) => numberPhases === first.numberPhases)) return { ...first, limit: least };
  const phases = Math.min(...values.map(({ numberPhases }) => phasesOf(numberPhases, supply)));
  const numberPhases = values.every((value) => value.numberPhases === undefined) ? undefined : phases;
  if (unit === "A") return { limit: least, numberPhases };
  const perPhase = values.map((value) => value.limit / phasesOf(value.numberPhases, supply));
  return { limit: Math.min(least, floor10(Math.min(...perPhase) * phases)), numberPhases };
}

/** Nearly all limits are tenths already, and cutting costs a detour through text. */
const tenths = (limit: number): number => (Math.round(limit * 10) / 10 === limit ? limit : floor10(limit));

function converted(
  limit: number,
  { from, to }: { readonly from: RateUnit; readonly to: RateUnit },
  phases: number | undefined,
  { supply }: Feed,
): number {
  if (from === to) return tenths(limit);
  return to === "A" ? ampereOfWatt(limit, phases, supply) : wattOfAmpere(limit, phases, supply);
}
