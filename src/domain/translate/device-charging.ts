/**
 * What `SmartChargingCtrlr` publishes. The charging rules know it better than the station's keys (they reserve levels, and one profile
 * may cost several entries); `ChargingFacts` is where they say so.
 *
 * @see translation.md §5.6 (table "Limit"), §4.4
 */
import type { Env, TranslationState } from "./contract.ts";
import { deviceOf, keyNumber, keyValue } from "./device-state.ts";
import { rateUnitsOf } from "./device-values.ts";

/** Published so that whatever keeps to it is accepted. */
export interface ChargingFacts {
  /** ProfileStackLevel: highest stack level of a profile. */
  readonly maxStackLevel: number;
  /** PeriodsPerSchedule. */
  readonly periodsPerSchedule: number;
  /** Entries[ChargingProfiles].maxLimit. */
  readonly maxProfiles: number;
  /** Entries[ChargingProfiles]: installed now. */
  readonly profiles: number;
  /** RateUnit; at least one. */
  readonly rateUnits: readonly ("A" | "W")[];
}

export type ChargingFactsOf = (state: TranslationState, env: Env) => ChargingFacts;

/** The four keys are mandatory for the profile; a station that lacks them gets the smallest limits that make sense (§5.6). */
const WITHOUT_KEYS = { maxStackLevel: 1, periodsPerSchedule: 6, maxProfiles: 4 } as const;

/** As the keys and the quirks say, when nobody knows better. */
export const chargingFactsOfKeys: ChargingFactsOf = (state) => {
  const device = deviceOf(state);
  const { maxStackLevel = Number.POSITIVE_INFINITY, stackLevelOffset = 0, rateUnits } = device.tolerances;
  const levels = keyNumber(device, "ChargeProfileMaxStackLevel") ?? WITHOUT_KEYS.maxStackLevel;
  const units = rateUnits ?? rateUnitsOf(keyValue(device, "ChargingScheduleAllowedChargingRateUnit") ?? "");
  return {
    maxStackLevel: Math.max(0, Math.min(levels, maxStackLevel) - stackLevelOffset),
    periodsPerSchedule: keyNumber(device, "ChargingScheduleMaxPeriods") ?? WITHOUT_KEYS.periodsPerSchedule,
    maxProfiles: keyNumber(device, "MaxChargingProfilesInstalled") ?? WITHOUT_KEYS.maxProfiles,
    profiles: 0,
    // Every 1.6 station measures and limits current; power is an option.
    rateUnits: units.length === 0 ? ["A"] : units,
  };
};
