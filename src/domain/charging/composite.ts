/**
 * The schedule that results of all profiles together, for one EVSE or, as EVSE 0, for what the station takes from the grid.
 *
 *     EVSE e    min(L(e, t), what the EVSE can do)
 *     EVSE 0    min(Lsta(t), Σ over EVSEs of the above), in watts
 *
 * Exact: it changes where a profile changes, to the second; of a second in which it changes the lower limit counts. Limits are cut to
 * tenths. A schedule that has more than a station would send is cut, and its duration says so.
 *
 * @see OCPP 2.0.1 Part 2 K08; OCPP 1.6 §5.7 (GetCompositeSchedule)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { nextChange } from "./breakpoints.ts";
import { type ChargingProfile, type RateUnit, SEC } from "./profile.ts";
import { concerns, type Limit, type LimitTransaction, limitAt, stationLimitAt } from "./reference.ts";
import { floor10, inUnit, type Supply } from "./units.ts";

/** An EVSE as far as limits are concerned. */
export interface ChargingEvse {
  readonly evseId: number;
  readonly supply: Supply;
  /** What it can deliver, A per phase; undefined: unknown, and then nothing limits where no profile does. */
  readonly physicalMaxA?: number;
  /** The transaction that runs there. */
  readonly transaction?: LimitTransaction & { readonly id: string };
}

export interface CompositeQuestion {
  /** 0: the station as a whole. */
  readonly evseId: number;
  /** Cut to the second. */
  readonly from: EpochMs;
  readonly durationSec: number;
  readonly unit: RateUnit;
  /** All of the station. */
  readonly evses: readonly ChargingEvse[];
  /** Of the station's grid connection. */
  readonly stationSupply: Supply;
}

export interface CompositePeriod {
  /** Seconds from the start. */
  readonly startPeriod: number;
  /** In tenths; `Infinity` where nothing limits. */
  readonly limit: number;
  readonly numberPhases?: number;
}

export interface Composite {
  readonly start: EpochMs;
  /** Shorter than asked for when there would be more periods than {@link MAX_COMPOSITE_PERIODS}. */
  readonly durationSec: number;
  readonly unit: RateUnit;
  /** At least one; neighbours differ. */
  readonly periods: readonly CompositePeriod[];
}

/** More than a station can take in one profile (schemas: 1024). */
export const MAX_COMPOSITE_PERIODS = 1024;
/** Instants that are looked at: profiles that change often without changing anything must not take for ever. */
const MAX_INSTANTS = 8192;

/** What is allowed at which second; undefined when there is no such EVSE. */
export function compositeOf(profiles: readonly ChargingProfile[], question: CompositeQuestion): Composite | undefined {
  const { evseId, unit } = question;
  const start = epochMs(Math.floor(question.from / SEC) * SEC);
  const end = epochMs(start + Math.max(1, Math.floor(question.durationSec)) * SEC);
  const curve = evseId === 0 ? stationCurve(profiles, question, start) : evseCurve(profiles, question, start);
  if (curve === undefined) return undefined;
  const periods: CompositePeriod[] = [];
  let second = start;
  for (let instants = 0; second < end && instants < MAX_INSTANTS; instants += 1) {
    const { limit, next, changes } = withinSecond(curve, second);
    instants += changes;
    if (!add(periods, inTenths((second - start) / SEC, limit))) break;
    second = epochMs(changes > 0 ? second + SEC : Math.floor((next ?? end) / SEC) * SEC);
  }
  return { start, durationSec: (Math.min(second, end) - start) / SEC, unit, periods };
}

/** A limit over time: its value at an instant, and the first instant afterwards at which it may be another. */
interface Curve {
  readonly limit: (at: EpochMs) => Limit;
  readonly next: (at: EpochMs) => EpochMs | undefined;
}

/** The lowest limit within one second, and when the next change comes after it. */
function withinSecond(curve: Curve, second: EpochMs) {
  let limit = curve.limit(second);
  let next = curve.next(second);
  let changes = 0;
  while (next !== undefined && next < second + SEC && changes < SEC) {
    const other = curve.limit(next);
    if (other.limit < limit.limit) limit = other;
    next = curve.next(next);
    changes += 1;
  }
  return { limit, next, changes };
}

function evseCurve(
  profiles: readonly ChargingProfile[],
  { evseId, evses, unit }: CompositeQuestion,
  start: EpochMs,
): Curve | undefined {
  const evse = evses.find((known) => known.evseId === evseId);
  if (evse === undefined) return undefined;
  const { supply, physicalMaxA } = evse;
  const transaction = evse.transaction ?? { powerPathClosedAt: start };
  const question = { evseId, unit, supply, transaction };
  const own = profiles.filter((profile) => concerns(profile, question));
  return {
    limit: (at) => {
      const limit = limitAt(own, at, question);
      const most = inPhases(physicalMaxA, limit.numberPhases, { unit, supply });
      return { ...limit, limit: Math.min(limit.limit, most) };
    },
    next: (at) => nextChange(own, at, transaction.powerPathClosedAt),
  };
}

function inPhases(
  limitA: number | undefined,
  numberPhases: number | undefined,
  { unit, supply }: { readonly unit: RateUnit; readonly supply: Supply },
): number {
  if (limitA === undefined) return Number.POSITIVE_INFINITY;
  return inUnit({ limit: limitA, unit: "A" }, { to: unit, supply, usedPhases: numberPhases });
}

/** What the station takes from the grid: watts add up, amperes of different phases do not. */
function stationCurve(profiles: readonly ChargingProfile[], question: CompositeQuestion, start: EpochMs): Curve {
  const { evses, stationSupply: supply, unit } = question;
  const curves = evses.flatMap(({ evseId }) => evseCurve(profiles, { ...question, evseId, unit: "W" }, start) ?? []);
  const stationWide = profiles.filter(({ evseId }) => evseId === 0);
  return {
    limit: (at) => {
      const sum =
        curves.length === 0
          ? Number.POSITIVE_INFINITY
          : curves.reduce((total, curve) => total + curve.limit(at).limit, 0);
      const limit = Math.min(sum, stationLimitAt(stationWide, at, { unit: "W", supply }).limit);
      return { limit: inUnit({ limit, unit: "W" }, { to: unit, supply, usedPhases: undefined }) };
    },
    next: (at) => firstOf([nextChange(stationWide, at, start), ...curves.map((curve) => curve.next(at))]),
  };
}

function firstOf(instants: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 ? undefined : epochMs(Math.min(...known));
}

const inTenths = (startPeriod: number, { limit, numberPhases }: Limit): CompositePeriod => ({
  startPeriod,
  limit: floor10(limit),
  ...(numberPhases === undefined ? {} : { numberPhases }),
});

/** False: there is no room for it. */
function add(periods: CompositePeriod[], period: CompositePeriod): boolean {
  const last = periods.at(-1);
  if (last !== undefined && last.limit === period.limit && last.numberPhases === period.numberPhases) return true;
  if (periods.length === MAX_COMPOSITE_PERIODS) return false;
  periods.push(period);
  return true;
}
