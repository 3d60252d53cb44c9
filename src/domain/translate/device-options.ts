/** What the device model is told by the composition root and by the other blocks. */
import type { Env, TranslationState } from "./contract.ts";
import { type ChargingFactsOf, chargingFactsOfKeys } from "./device-charging.ts";
import type { OwnValues } from "./device-own.ts";

export interface DeviceOptions {
  /** What the charging rules publish; default: what the station's keys say. */
  readonly charging?: ChargingFactsOf;
  /** Entries of the local list's shadow copy; default 0. */
  readonly localListEntries?: (state: TranslationState) => number;
  /** The gateway's own variables, e.g. `"SecurityCtrlr.SecurityProfile": "2"`. */
  readonly own?: OwnValues;
  /** Phases that supply the station; default those of the site, else 3. */
  readonly supplyPhases?: number;
  /** Most power of an EVSE, W, by evseId; EVSE.Power.maxLimit. Default what the site allows, else `DEFAULT_POWER_W`. */
  readonly maxPowerW?: { readonly [evseId: string]: number };
  /** Contract certificates go through (translation.md §4.5); default as the settings say. */
  readonly hasPlugAndCharge?: boolean;
  /** A value younger than this is served without asking the station. */
  readonly freshMs?: number;
}

/** One request's view of a station. */
export interface World {
  readonly state: TranslationState;
  readonly env: Env;
  readonly options: DeviceOptions;
}

/** EVSE.Power.maxLimit is required; 22 kW is the largest usual AC connection. */
export const DEFAULT_POWER_W = 22_000;
export const DEFAULT_SUPPLY_PHASES = 3;
/** Long enough for a CSMS that reads its variables one by one, short against what an installer changes on the spot. */
export const DEFAULT_FRESH_MS = 30_000;

export const chargingFactsOf = ({ state, env, options }: World): ReturnType<ChargingFactsOf> =>
  (options.charging ?? chargingFactsOfKeys)(state, env);

export const freshMsOf = ({ freshMs }: DeviceOptions): number => freshMs ?? DEFAULT_FRESH_MS;
