/**
 * The supply path's impedance from day to day: the median of all steps of a UTC day, so that one step that fell together with the
 * neighbour's oven says little. Days with fewer than {@link MIN_STEPS} are joined with the next. Sessions alone differ too much for a
 * baseline: one has a large step, the other a small one in the same noise.
 */
import { median } from "../median.ts";
import { Drift, type DriftState } from "./drift.ts";

const DAY_MS = 86_400_000;
const MIN_STEPS = 4;
/** Of one day that count. */
const MAX_STEPS = 32;
/** Least standard deviation of a day's figure, in Ω: less is the last digit of a meter. */
const MIN_SPREAD_OHM = 0.001;
const DIGITS = 4;

export interface SupplyState {
  readonly drift: DriftState;
  /** Of the last session, since 1970. */
  readonly day: number;
  /** Since a day was last judged, in Ω. */
  readonly steps: readonly number[];
}

export class SupplyTrend {
  readonly #drift: Drift;
  #day: number;
  #steps: number[];

  constructor(state?: SupplyState) {
    this.#drift = new Drift(MIN_SPREAD_OHM, state?.drift);
    this.#day = state?.day ?? 0;
    this.#steps = [...(state?.steps ?? [])];
  }

  get state(): SupplyState {
    return { drift: this.#drift.state, day: this.#day, steps: [...this.#steps] };
  }

  /** By days. */
  get drift(): Pick<Drift, "last" | "isAlarm" | "sessions"> {
    return this.#drift;
  }

  /** @param atMs end of the session that the steps are of */
  add(steps: readonly number[], atMs: number): void {
    const day = Math.floor(atMs / DAY_MS);
    if (day !== this.#day && this.#steps.length >= MIN_STEPS) {
      this.#drift.add(median(this.#steps));
      this.#steps = [];
    }
    this.#day = day;
    const room = MAX_STEPS - this.#steps.length;
    this.#steps.push(...steps.slice(0, room).map((ohm) => Number(ohm.toPrecision(DIGITS))));
  }

  relearn(): void {
    this.#drift.relearn();
    this.#steps = [];
  }
}
