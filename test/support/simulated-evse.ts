/**
 * Sessions of a simulated EVSE as observations, in simulated time: constant current with a taper, a contact that warms with
 * I² behind a first-order lag, a sensor of whole degrees.
 */
import { eventChannel, meterChannel } from "../../src/domain/telemetry/channels.ts";
import { eventNo, eventValue } from "../../src/domain/telemetry/event-lists.ts";
import { measurandNo } from "../../src/domain/telemetry/measurands.ts";
import { baseUnitNo } from "../../src/domain/telemetry/units.ts";
import { seededRandom } from "./seeded-random.ts";

export const CURRENT = meterChannel(measurandNo("Current.Import"), baseUnitNo("A"), 0, 0);
export const TEMPERATURE = meterChannel(measurandNo("Temperature"), baseUnitNo("Celsius"), 0, 0);
const REGISTER = meterChannel(measurandNo("Energy.Active.Import.Register"), baseUnitNo("Wh"), 0, 0);
const STOPPED = eventChannel("stoppedReason");

export const stopReason = (reason: string): number => eventValue(eventNo("stoppedReason"), reason);

/** A sound contact: 32 K at 200 A. */
export const SOUND_THETA = 0.0008;
const TAU_SEC = 600;
const SAMPLE_SEC = 30;
export const DAY_MS = 86_400_000;
const SESSIONS_PER_DAY = 3;

export type Observe = (channel: number, atMs: number, value: number) => void;

export interface SimulatedSession {
  readonly startMs: number;
  readonly theta: number;
  readonly ambient: number;
  readonly ampere: number;
  readonly minutes: number;
  readonly reason: string;
}

export function playSession(session: SimulatedSession, observe: Observe): void {
  const { startMs, theta, ambient, ampere, minutes, reason } = session;
  const steps = (minutes * 60) / SAMPLE_SEC;
  let heat = 0;
  let wattHours = 0;
  for (let i = 0; i <= steps; i += 1) {
    const at = startMs + i * SAMPLE_SEC * 1000;
    const taper = i < steps * 0.5 ? 1 : Math.exp(-(i / steps - 0.5) * 2);
    const current = ampere * taper;
    if (i > 0) heat += -Math.expm1(-SAMPLE_SEC / TAU_SEC) * (current * current - heat);
    wattHours += (current * 400 * SAMPLE_SEC) / 3600;
    observe(CURRENT, at, current);
    observe(TEMPERATURE, at, Math.round(ambient + theta * heat));
    observe(REGISTER, at, wattHours);
  }
  observe(STOPPED, startMs + steps * SAMPLE_SEC * 1000, stopReason(reason));
}

export interface Life {
  readonly seed: number;
  readonly days: number;
  /** Thermal resistance on a day, as a multiple of the sound one. */
  readonly thetaFactor?: (day: number) => number;
  /** Chance that a session fails. */
  readonly failureRate?: (day: number) => number;
}

/** Three sessions a day with scatter: contact ±2 % from plug to plug, ambient by season, current, length. */
export function* life({
  seed,
  days,
  thetaFactor = () => 1,
  failureRate = () => 0.02,
}: Life): Generator<SimulatedSession> {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  for (let i = 0; i < days * SESSIONS_PER_DAY; i += 1) {
    const day = i / SESSIONS_PER_DAY;
    const isFailure = random() < failureRate(day);
    yield {
      startMs: day * DAY_MS,
      theta: SOUND_THETA * thetaFactor(day) * (1 + 0.02 * normal()),
      ambient: 12 - 10 * Math.cos((2 * Math.PI * day) / 365) + 4 * normal(),
      ampere: 120 + 130 * random(),
      minutes: isFailure ? 0 : 20 + 25 * random(),
      reason: isFailure ? "PowerLoss" : "EVDisconnected",
    };
  }
}
