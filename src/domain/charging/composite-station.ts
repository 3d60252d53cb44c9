/**
 * What a 1.6 station answers to GetCompositeSchedule, as a composite schedule of 2.x, and the lower one of two such schedules.
 *
 * | the station's answer                       | here                                                    |
 * | ------------------------------------------ | ------------------------------------------------------- |
 * | Accepted, in the unit asked for            | as it is                                                |
 * | in the other unit                          | watts become amperes; amperes watts where that is safe, else none |
 * | without scheduleStart, or duration         | from now, as long as was asked                          |
 * | Rejected, without schedule, without period | none                                                    |
 *
 * @see OCPP 1.6 §5.7, §6.23; OCPP 2.0.1 Part 2 K08
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { list, number, object, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Composite, CompositePeriod } from "./composite.ts";
import { MAX_COMPOSITE_PERIODS } from "./composite.ts";
import { type RateUnit, SEC } from "./profile.ts";
import { ampereOfWatt, floor10, isWattSafe, type Supply, wattOfAmpere } from "./units.ts";

export interface StationQuestion {
  readonly now: EpochMs;
  readonly durationSec: number;
  readonly unit: RateUnit;
  readonly supply: Supply;
}

/** Undefined: the station has not said a schedule that means something here. */
export function compositeOfStation(answer: Payload, question: StationQuestion): Composite | undefined {
  const schedule = object(answer["chargingSchedule"]);
  if (answer["status"] !== "Accepted" || schedule === undefined) return undefined;
  const from = text(schedule["chargingRateUnit"]);
  if (from !== "A" && from !== "W") return undefined;
  if (from === "A" && question.unit === "W" && !isWattSafe(question.supply)) return undefined;
  const periods = list(schedule["chargingSchedulePeriod"]).flatMap((value) => periodOf(value, from, question) ?? []);
  if (periods[0]?.startPeriod !== 0) return undefined;
  const at = Date.parse(text(answer["scheduleStart"]) ?? "");
  const start = Number.isNaN(at) ? question.now : at;
  return {
    start: epochMs(Math.floor(start / SEC) * SEC),
    durationSec: number(schedule["duration"]) ?? question.durationSec,
    unit: question.unit,
    periods: merged(periods.slice(0, MAX_COMPOSITE_PERIODS)),
  };
}

function periodOf(value: unknown, from: RateUnit, { unit, supply }: StationQuestion): CompositePeriod | undefined {
  const period = object(value) ?? {};
  const startPeriod = number(period["startPeriod"]);
  const said = number(period["limit"]);
  if (startPeriod === undefined || said === undefined) return undefined;
  const numberPhases = number(period["numberPhases"]);
  const limit =
    from === unit
      ? said
      : unit === "A"
        ? ampereOfWatt(said, numberPhases, supply)
        : wattOfAmpere(said, numberPhases, supply);
  return { startPeriod, limit: floor10(limit), ...(numberPhases === undefined ? {} : { numberPhases }) };
}

/** The lower of both at each second of the first; where the second says nothing, the first. Both in one unit. */
export function lowerOf(first: Composite, second: Composite): Composite {
  const shift = (second.start - first.start) / SEC;
  const starts = [
    ...first.periods.map(({ startPeriod }) => startPeriod),
    ...second.periods.map(({ startPeriod }) => startPeriod + shift),
    shift + second.durationSec,
  ];
  const seconds = [...new Set([0, ...starts])].filter((at) => at >= 0 && at < first.durationSec).sort((a, b) => a - b);
  const periods = seconds.map((startPeriod): CompositePeriod => {
    const here = at(first, startPeriod);
    const there = startPeriod - shift < second.durationSec ? at(second, startPeriod - shift) : undefined;
    const lower = here === undefined || (there !== undefined && there.limit < here.limit) ? there : here;
    return { limit: 0, ...lower, startPeriod };
  });
  const kept = merged(periods);
  const cut = kept[MAX_COMPOSITE_PERIODS];
  return {
    ...first,
    durationSec: cut === undefined ? first.durationSec : cut.startPeriod,
    periods: kept.slice(0, MAX_COMPOSITE_PERIODS),
  };
}

const at = ({ periods }: Composite, second: number): CompositePeriod | undefined =>
  periods.findLast(({ startPeriod }) => startPeriod <= second);

const merged = (periods: readonly CompositePeriod[]): readonly CompositePeriod[] =>
  periods.filter((period, i) => {
    const before = periods[i - 1];
    return before === undefined || before.limit !== period.limit || before.numberPhases !== period.numberPhases;
  });
