/**
 * Amperes, watts and tenths. OCPP's `A` is per phase, `W` the total; 1.6 knows one decimal.
 *
 *     W → A   W / (V · n), n phases as declared: safe whatever the EV uses, for fewer phases mean less power
 *     A → W   A · V · n: safe only where exactly n phases are used. 6 A declared for 3 phases are 4140 W, and an EV on one
 *             phase may take them as 18 A
 *
 * Both cut, never round up, so there and back never gives more than there was.
 *
 * @see OCPP 2.0.1 Part 2 K01.FR.49, FR.50; OCPP 1.6 §7.13 (chargingRateUnit), errata 3.34; IEC 61851-1 (6 A at least)
 */
import type { RateUnit } from "./profile.ts";

/** What an EVSE is fed with. */
export interface Supply {
  readonly current: "AC" | "DC";
  /** Phase to neutral for AC, nominal for DC. */
  readonly voltageV: number;
  /** Phases that are wired, 1 to 3; DC: 1. */
  readonly phases: number;
  /** Every EV here uses exactly `phases`, e.g. behind a fixed cable of one phase: amperes may become watts. */
  readonly isFixedPhases?: boolean;
}

/** IEC 61851-1: a pilot signal cannot say less and not be nothing. */
export const LEAST_CURRENT_A = 6;

/**
 * The largest tenth that is not above `value`. What is within 1e-11 of a tenth, relatively, is that tenth: in binary, 0.7 + 0.1
 * is a little less than 0.8.
 */
export function floor10(value: number): number {
  if (!Number.isFinite(value)) return value;
  return Math.floor(Number((value * 10).toPrecision(12))) / 10;
}

/** Phases a limit is for: 3 when it does not say (K01.FR.49), never more than are wired. */
export function phasesOf(numberPhases: number | undefined, { current, phases }: Supply): number {
  return current === "DC" ? 1 : Math.max(1, Math.min(numberPhases ?? 3, phases));
}

/** A limit in amperes per phase, cut to tenths. */
export const ampereOfWatt = (limitW: number, numberPhases: number | undefined, supply: Supply): number =>
  floor10(limitW / (supply.voltageV * phasesOf(numberPhases, supply)));

/** A limit in watts, cut to tenths. Mind {@link isWattSafe}. */
export const wattOfAmpere = (limitA: number, numberPhases: number | undefined, supply: Supply): number =>
  floor10(limitA * supply.voltageV * phasesOf(numberPhases, supply));

/** Whether a limit in amperes may be given to a station as watts: only where no EV can put it on fewer phases. */
export const isWattSafe = (supply: Supply): boolean =>
  phasesOf(undefined, supply) === 1 || supply.isFixedPhases === true;

/** Units a CSMS may use towards a station that takes `offered`: those, and what can be safely made of them. */
export function publishedUnits(offered: readonly RateUnit[], supply: Supply): readonly RateUnit[] {
  const takesA = offered.includes("A");
  const takesW = offered.includes("W");
  const units: RateUnit[] = [];
  if (takesA || (takesW && isWattSafe(supply))) units.push("A");
  if (takesW || takesA) units.push("W");
  return units;
}

export interface UnitQuestion {
  readonly to: RateUnit;
  readonly supply: Supply;
  /** Phases that are really going to be used, where somebody else says fewer than this limit does. */
  readonly usedPhases: number | undefined;
}

/**
 * A limit in the unit asked for, not rounded. Watts become amperes by the phases the limit itself declares, amperes become watts
 * by the fewest anybody declares: both are the lower reading.
 */
export function inUnit(
  { limit, unit, numberPhases }: { readonly limit?: number; readonly unit: RateUnit; readonly numberPhases?: number },
  { to, supply, usedPhases }: UnitQuestion,
): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (unit === to) return limit;
  if (to === "A") return limit / (supply.voltageV * phasesOf(numberPhases, supply));
  return limit * supply.voltageV * phasesOf(usedPhases ?? numberPhases, supply);
}

/** What to do with a current an EV cannot be told: some stations make 6 A of it, which is more than was allowed. */
export type SubMinimum = "send" | "zero";

/** A limit as it is given to a station of this kind. */
export function signalled(limit: number, unit: RateUnit, supply: Supply, subMinimum: SubMinimum): number {
  const isBelow = unit === "A" && supply.current === "AC" && limit < LEAST_CURRENT_A;
  return subMinimum === "zero" && isBelow ? 0 : limit;
}
