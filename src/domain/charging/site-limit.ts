/**
 * What a site lets an EVSE or a station have, in the unit a profile is written in. A site may limit amperes per phase (a fuse), watts
 * (a contract), or both. Whatever phases an EV uses, a limit that comes out of here stays within all of them.
 *
 * | profile in | from A per phase                                  | from W          |
 * | ---------- | ------------------------------------------------- | --------------- |
 * | A          | as it is                                          | W / (V · wired phases) |
 * | W          | A · V, for one phase may carry it all; · wired phases where exactly these are used | as it is |
 *
 * @see OCPP 1.6 errata 3.34: a limit is used as given, on whatever phases there are
 */
import type { RateUnit } from "./profile.ts";
import { floor10, isWattSafe, phasesOf, type Supply } from "./units.ts";

export interface SiteLimit {
  /** Per phase. */
  readonly limitA?: number;
  /** All phases together. */
  readonly limitW?: number;
  readonly supply: Supply;
}

/** The most a profile in `unit` may say, in tenths; `Infinity`: nothing limits. */
export function mostIn(unit: RateUnit, { limitA, limitW, supply }: SiteLimit): number {
  const ampere = limitA ?? Number.POSITIVE_INFINITY;
  const watt = limitW ?? Number.POSITIVE_INFINITY;
  const wired = phasesOf(undefined, supply);
  const most =
    unit === "A"
      ? Math.min(ampere, watt / (supply.voltageV * wired))
      : Math.min(watt, ampere * supply.voltageV * (isWattSafe(supply) ? wired : 1));
  return Math.max(0, floor10(most));
}
