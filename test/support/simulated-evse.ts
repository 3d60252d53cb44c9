/**
 * Sessions of a simulated EVSE as observations, in simulated time: constant current with a taper, a contact and a housing that warm
 * with I² behind a first-order lag, sensors of whole degrees, a meter of whole watt-hours, a supply that sags and is restless. How it wears out is what the simulated
 * stations of the product show, too.
 */

import { eventChannel, meterChannel } from "../../src/domain/telemetry/channels.ts";
import { eventNo, eventValue } from "../../src/domain/telemetry/event-lists.ts";
import { locationNo, measurandNo, phaseNo } from "../../src/domain/telemetry/measurands.ts";
import { type BaseUnit, baseUnitNo } from "../../src/domain/telemetry/units.ts";
import { type Condition, SOUND } from "../../src/sim/degradation.ts";
import { seededRandom } from "./seeded-random.ts";

const meter = (measurand: string, unit: BaseUnit, location = "Outlet", phase = "") =>
  meterChannel(measurandNo(measurand), baseUnitNo(unit), phaseNo(phase), locationNo(location));

export const CURRENT = meter("Current.Import", "A");
export const TEMPERATURE = meter("Temperature", "Celsius");
const BODY = meter("Temperature", "Celsius", "Body");
const POWER = meter("Power.Active.Import", "W");
const OFFERED = meter("Power.Offered", "W");
const REGISTER = meter("Energy.Active.Import.Register", "Wh");
export const SUPPLY_VOLTAGE = meter("Voltage", "V", "Inlet", "L1-N");
export const SUPPLY_CURRENT = meter("Current.Import", "A", "Inlet", "L1");
const STOPPED = eventChannel("stoppedReason");
export const CONNECTION = eventChannel("connection");

export const stopReason = (reason: string): number => eventValue(eventNo("stoppedReason"), reason);

/** A sound contact: 32 K at 200 A. */
export const SOUND_THETA = 0.0008;
/** A sound housing: 20 K at 200 A. */
const SOUND_HOUSING = 0.0005;
const TAU_SEC = 600;
const SAMPLE_SEC = 30;
const VOLT = 400;
const RATED_A = 250;
/** Beyond, a station gives less: 2 % of its power for each degree. */
const DERATES_AT_C = 70;
const MAINS_V = 230;
/** Of a sound supply: 2.9 V at full load. */
const SUPPLY_OHM = 0.02;
/** Of the mains, from sample to sample. */
const UNREST_V = 0.4;
/** A station by itself. */
const IDLE_A = 1;
export const DAY_MS = 86_400_000;
const SESSIONS_PER_DAY = 3;

/** A standard normal variable (Box and Muller). */
const normalOf = (random: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export type Observe = (channel: number, atMs: number, value: number) => void;

export interface SimulatedSession {
  readonly startMs: number;
  readonly theta: number;
  readonly ambient: number;
  /** What the vehicle wants. */
  readonly ampere: number;
  readonly minutes: number;
  readonly reason: string;
  readonly condition?: Condition;
  /** Scatter of the housing's cooling. */
  readonly housing?: number;
  /** Of the mains' restlessness. */
  readonly seed?: number;
}

export function playSession(session: SimulatedSession, observe: Observe): void {
  const { startMs, theta, ambient, minutes, reason, condition = SOUND, housing = 1, seed = 1 } = session;
  const normal = normalOf(seededRandom(seed));
  const supply = (at: number, watt: number) => {
    const ampere = IDLE_A + watt / MAINS_V / 3;
    const volt = MAINS_V - SUPPLY_OHM * condition.supply * ampere + UNREST_V * condition.unrest * normal();
    observe(SUPPLY_VOLTAGE, at, Math.round(volt * 10) / 10);
    observe(SUPPLY_CURRENT, at, ampere);
  };
  const steps = (minutes * 60) / SAMPLE_SEC;
  let heat = 0;
  let wattHours = 0;
  let last = 0;
  supply(startMs - SAMPLE_SEC * 1000, 0);
  for (let i = 0; i <= steps; i += 1) {
    const at = startMs + i * SAMPLE_SEC * 1000;
    const taper = i < steps * 0.5 ? 1 : Math.exp(-(i / steps - 0.5) * 2);
    const body = ambient + SOUND_HOUSING * housing * condition.housing * heat;
    const derated = Math.min(1, Math.max(0.3, 1 - 0.02 * (body - DERATES_AT_C)));
    const current = Math.min(session.ampere * taper, RATED_A * condition.power * derated);
    if (i > 0) heat += -Math.expm1(-SAMPLE_SEC / TAU_SEC) * (current * current - heat);
    wattHours += ((((current + last) / 2) * VOLT * SAMPLE_SEC) / 3600) * condition.meter;
    last = current;
    observe(OFFERED, at, RATED_A * VOLT);
    observe(POWER, at, Math.round(current * VOLT));
    observe(CURRENT, at, current);
    observe(TEMPERATURE, at, Math.round(ambient + theta * condition.contact * heat));
    observe(BODY, at, Math.round(ambient + SOUND_HOUSING * housing * condition.housing * heat));
    observe(REGISTER, at, Math.round(wattHours));
    supply(at, current * VOLT);
  }
  supply(startMs + (steps + 1) * SAMPLE_SEC * 1000, 0);
  observe(STOPPED, startMs + steps * SAMPLE_SEC * 1000, stopReason(reason));
}

export interface Life {
  readonly seed: number;
  readonly days: number;
  /** Thermal resistance on a day, as a multiple of the sound one. */
  readonly thetaFactor?: (day: number) => number;
  /** Chance that a session fails. */
  readonly failureRate?: (day: number) => number;
  readonly condition?: (day: number) => Condition;
}

/**
 * Three sessions a day with scatter: contact and housing ±2 % from session to session, meter ±0.3 %, ambient by season, length, and what
 * vehicles want: two in five more than the EVSE has.
 */
export function* life({
  seed,
  days,
  thetaFactor = () => 1,
  failureRate = () => 0.02,
  condition = () => SOUND,
}: Life): Generator<SimulatedSession> {
  const random = seededRandom(seed);
  const normal = normalOf(random);
  for (let i = 0; i < days * SESSIONS_PER_DAY; i += 1) {
    const day = i / SESSIONS_PER_DAY;
    const isFailure = random() < failureRate(day);
    const now = condition(day);
    yield {
      startMs: day * DAY_MS,
      theta: SOUND_THETA * thetaFactor(day) * (1 + 0.02 * normal()),
      ambient: 12 - 10 * Math.cos((2 * Math.PI * day) / 365) + 4 * normal(),
      ampere: Math.min(RATED_A + 20, 120 + 220 * random()),
      minutes: isFailure ? 0 : 20 + 25 * random(),
      reason: isFailure ? "PowerLoss" : "EVDisconnected",
      condition: { ...now, meter: now.meter * (1 + 0.003 * normal()) },
      housing: 1 + 0.02 * normal(),
      seed: seed * 1_000_003 + i,
    };
  }
}

/** Instants of lost connections in `days` days: a Poisson process of the condition's rate. */
export function* drops({ seed, days, condition = () => SOUND }: Omit<Life, "thetaFactor" | "failureRate">) {
  const random = seededRandom(seed);
  for (let day = 0; day < days; day += 1) {
    // What is left of a wait at midnight is drawn again, at the rate of the day: such waits have no memory.
    const wait = () => -Math.log(1 - random()) / condition(day).dropsPerDay;
    for (let at = day + wait(); at < Math.min(day + 1, days); at += wait()) yield at * DAY_MS;
  }
}
