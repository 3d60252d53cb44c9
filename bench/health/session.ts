/**
 * A 45-minute DC session as its meter and sensors would tell it, and signals that reducers have failed on. The charging
 * model is the simulator's; here noise and the meter's last digit come on top.
 */
import type { Series } from "../../src/domain/reduce/replay.ts";
import { type ChargePoint, idleState, step, type Vehicle } from "../../src/sim/charging-model.ts";
import { createRandom, type SeededRandom } from "../../src/sim/random.ts";

export const SESSION_SEC = 2_700;
const START = Date.UTC(2026, 0, 15, 8);
/** A limit from the grid halves the power for five minutes. */
const CURTAILED = { fromSec: 900, toSec: 1_200, limitW: 60_000 } as const;
const POINT: ChargePoint = { maxPowerW: 150_000, voltageV: 390, phases: undefined };
const VEHICLE: Vehicle = { batteryWh: 77_000, maxPowerW: 130_000, taperFromSoc: 55 };
/** The contacts of the vehicle's inlet are warmer, and follow later. */
const INLET = { factor: 1.15, tauSec: 240 } as const;

/** Name, unit, standard deviation of the noise, last digit of the meter. */
const CHANNELS = [
  ["Voltage", "V", 0.2, 0.1],
  ["Current.Import", "A", 0.2, 0.1],
  ["Power.Active.Import", "W", 80, 10],
  ["Energy.Active.Import.Register", "Wh", 0, 1],
  ["SoC", "Percent", 0, 1],
  ["Temperature", "Celsius", 0.08, 0.1],
  ["Temperature", "Celsius", 0.08, 0.1],
] as const;

/** The seven channels, sampled every `periodSec`. */
export function sessionSeries(periodSec: number, seed = 1): readonly Series[] {
  const random = createRandom(seed);
  const columns: number[][] = CHANNELS.map(() => []);
  const times: number[] = [];
  let state = { ...idleState(POINT, 1_204_331), socPercent: 12 };
  let inletC = state.temperatureC;
  for (let sec = 0; sec < SESSION_SEC; sec += 1) {
    const limitW = sec >= CURTAILED.fromSec && sec < CURTAILED.toSec ? CURTAILED.limitW : Number.POSITIVE_INFINITY;
    state = step(state, POINT, { vehicle: VEHICLE, seconds: 1, limitW });
    inletC += (state.temperatureC * INLET.factor - inletC) / INLET.tauSec;
    const values = [
      state.voltageV,
      state.currentA,
      state.powerW,
      state.registerWh,
      state.socPercent,
      state.temperatureC,
      inletC,
    ];
    if (sec % periodSec > 0) continue;
    times.push(START + 1000 * sec);
    for (const [i, [, , sigma, digit]] of CHANNELS.entries())
      columns[i]?.push(measured(values[i] ?? 0, sigma, digit, random));
  }
  return CHANNELS.map(([name, unit], i) => ({ name, unit, t: times, v: columns[i] ?? [] }));
}

function measured(value: number, sigma: number, digit: number, random: SeededRandom): number {
  const scale = 1 / digit;
  return Math.round((value + sigma * gaussian(random)) * scale) / scale;
}

/** Box–Muller: two uniform numbers, one normal. */
export const gaussian = (random: SeededRandom): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Signals without end, one value a call. */
export const SIGNALS: { readonly [name: string]: (random: SeededRandom) => (i: number) => number } = {
  mains: (random) => (i) => 230 + 3 * Math.sin(i / 4_000) + 0.25 * gaussian(random),
  telegraph: (random) => () => (random.chance(0.5) ? 0 : 100),
  spikes: (random) => (i) => 20 + (random.chance(0.001) ? 1_000 : 0) + 0.1 * Math.sin(i / 50),
  walk: (random) => {
    let v = 0;
    return () => {
      v += gaussian(random);
      return v;
    };
  },
  "no numbers": (random) => (i) => (random.chance(0.01) ? Number.NaN : Math.sin(i / 300) * 40),
  ramps: () => (i) => i % 5_000,
};
