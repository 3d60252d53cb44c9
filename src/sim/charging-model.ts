/**
 * What happens in a cable: constant current until the battery is nearly full, constant voltage (an exponential taper)
 * after that, and contacts that warm up with the square of the current. Pure.
 */
import { type Condition, SOUND } from "./degradation.ts";

export interface ChargePoint {
  /** Watts the EVSE can give. */
  readonly maxPowerW: number;
  /** Line-to-neutral volts of an AC EVSE; pack volts at 0 % of a DC one. */
  readonly voltageV: number;
  /** 1 or 3 for AC; undefined for DC. */
  readonly phases: 1 | 3 | undefined;
}

export interface Vehicle {
  readonly batteryWh: number;
  readonly maxPowerW: number;
  /** State of charge, in percent, from which the taper begins. */
  readonly taperFromSoc: number;
}

export interface ChargeState {
  readonly socPercent: number;
  readonly powerW: number;
  readonly voltageV: number;
  /** Amperes per phase. */
  readonly currentA: number;
  /** Contact temperature at the outlet. */
  readonly temperatureC: number;
  /** Temperature of the housing. */
  readonly housingC: number;
  /** What the EVSE says it would give. */
  readonly offeredW: number;
  /** Meter register of the EVSE, Wh with a fraction; never goes back. */
  readonly registerWh: number;
}

const AMBIENT_C = 21;
/** Contacts of a sound connector reach this much over ambient at full load. */
const RISE_AT_FULL_LOAD_C = 34;
/** A sound housing reaches this much. */
const HOUSING_RISE_C = 25;
/** Beyond, an EVSE gives less: 2 % of its power for each degree. */
const DERATES_AT_C = 60;
const DERATES_PER_C = 0.02;
const THERMAL_TAU_SEC = 600;
const RAMP_W_PER_SEC = 9_000;
/** Percent of state of charge in which the tapering power falls to 1/e. */
const TAPER_PERCENT = 18;
/** Part of the voltage that a sound supply loses at full load. */
const MAINS_SAG = 0.012;
const UNREST_V = 0.6;
/** Below this a vehicle ends the charge. */
const CUT_OFF_W = 150;

export function idleState(point: ChargePoint, registerWh: number): ChargeState {
  return {
    socPercent: 0,
    powerW: 0,
    voltageV: point.voltageV,
    currentA: 0,
    temperatureC: AMBIENT_C,
    housingC: AMBIENT_C,
    offeredW: point.maxPowerW,
    registerWh,
  };
}

/**
 * The state `seconds` later.
 *
 * @param limitW what charging profiles allow; `Infinity` where there are none
 * @param condition how worn the EVSE is
 * @param vehicle undefined while none is charging: power is 0 and the contacts cool down
 */
export function step(
  state: ChargeState,
  point: ChargePoint,
  {
    vehicle,
    limitW,
    seconds,
    condition = SOUND,
  }: {
    readonly vehicle: Vehicle | undefined;
    readonly limitW: number;
    readonly seconds: number;
    readonly condition?: Condition;
  },
): ChargeState {
  const offeredW = Math.min(point.maxPowerW, limitW);
  const derated = Math.max(0, Math.min(1, 1 - DERATES_PER_C * (state.housingC - DERATES_AT_C)));
  const mostW = Math.min(point.maxPowerW * condition.power * derated, limitW);
  const wanted = vehicle === undefined ? 0 : Math.min(mostW, acceptedPower(vehicle, state.socPercent));
  const ceiling = Math.min(wanted, state.powerW + RAMP_W_PER_SEC * seconds);
  const powerW = ceiling < CUT_OFF_W ? 0 : ceiling;
  const energyWh = (powerW * seconds) / 3600;
  const socPercent = Math.min(
    100,
    state.socPercent + (vehicle === undefined ? 0 : (100 * energyWh) / vehicle.batteryWh),
  );
  const voltageV = voltage(point, { socPercent, powerW, condition }) + restlessness(point, state.registerWh, condition);
  const load = powerW / point.maxPowerW;
  const towards = (from: number, rise: number): number => {
    const target = AMBIENT_C + rise * load * load;
    return target + (from - target) * Math.exp(-seconds / THERMAL_TAU_SEC);
  };
  return {
    socPercent,
    powerW,
    voltageV,
    currentA: powerW / voltageV / (point.phases ?? 1),
    temperatureC: towards(state.temperatureC, RISE_AT_FULL_LOAD_C * condition.contact),
    housingC: towards(state.housingC, HOUSING_RISE_C * condition.housing),
    offeredW,
    registerWh: state.registerWh + energyWh * condition.meter,
  };
}

function acceptedPower({ maxPowerW, taperFromSoc }: Vehicle, socPercent: number): number {
  if (socPercent >= 100) return 0;
  return maxPowerW * Math.exp(-Math.max(0, socPercent - taperFromSoc) / TAPER_PERCENT);
}

/** Mains sag a little under load, through the cable and its terminals; a battery's voltage rises with its charge. */
function voltage(
  { voltageV, phases, maxPowerW }: ChargePoint,
  { socPercent, powerW, condition }: { socPercent: number; powerW: number; condition: Condition },
): number {
  const load = powerW / maxPowerW;
  return phases === undefined
    ? voltageV * (1 + 0.0018 * socPercent + 0.01 * load)
    : voltageV * (1 - MAINS_SAG * condition.supply * load);
}

/** What a worn supply adds, in V: of no period, and the same whenever it is asked for at one count of the register. */
const restlessness = ({ phases }: ChargePoint, registerWh: number, { unrest }: Condition): number =>
  phases === undefined ? 0 : UNREST_V * (unrest - 1) * Math.sin(registerWh * registerWh);
