/**
 * Has a figure that comes once a session moved up from where it was? The first {@link BASELINE_SESSIONS} sessions are the
 * baseline (median, and MAD for the spread), which is then frozen: a baseline that went along would follow the damage.
 *
 *     z = (x − median) / (1.4826 · MAD)        S = max(0, S + z − k)        alarm: S > h
 *
 * k = 1 and h = 8: on a baseline of 50 sessions about 2 % of steady channels alarm within 1000 sessions, and a shift of 2 σ
 * is found after 8 in the middle; 20 sessions with k = ½ would alarm on a quarter of them.
 */
import { median } from "../median.ts";

export const BASELINE_SESSIONS = 50;
/** Digits of a baseline's figures: what more there is does no work, and takes room on disk. */
const DIGITS = 6;
const ALLOWANCE = 1;
export const ALARM_SUM = 8;
/** Makes the MAD of a normal distribution its standard deviation. */
const MAD_SIGMA = 1.4826;
/** Least spread as a part of the median, so that a rounded figure that never moved does not alarm on its last digit. */
const MIN_RELATIVE_SPREAD = 0.01;
/** One reading may not be an alarm: a driver who sits on the cable is one session. */
const MAX_STEP = 4;

export interface DriftReading {
  /** Undefined while the baseline is learnt. */
  readonly z: number | undefined;
  readonly sum: number;
}

/** All there is to carry over a restart: numbers, so that any file can hold them. */
export interface DriftState {
  readonly learning: readonly number[];
  readonly sum: number;
  /** Null where there is none: JSON has no undefined. */
  readonly z: number | null;
  readonly sessions: number;
}

export class Drift {
  readonly #learning: number[] = [];
  #median = 0;
  #sigma = 0;
  #sum = 0;
  #z: number | undefined;
  #sessions = 0;
  readonly #minSpread: number;

  /**
   * @param minSpread least standard deviation of the figure, in its own unit: for figures whose median may be near zero
   * @param state of an earlier life; the baseline is computed again from its sessions, not trusted
   */
  constructor(minSpread = Number.MIN_VALUE, state?: DriftState) {
    this.#minSpread = minSpread;
    if (state === undefined) return;
    for (const value of state.learning) this.add(value);
    this.#sum = state.sum;
    this.#z = state.z ?? undefined;
    this.#sessions = state.sessions;
  }

  get state(): DriftState {
    return { learning: this.#learning, sum: this.#sum, z: this.#z ?? null, sessions: this.#sessions };
  }

  get last(): DriftReading {
    return { z: this.#z, sum: this.#sum };
  }

  /** Figures since the beginning, or since it was learnt anew. */
  get sessions(): number {
    return this.#sessions;
  }

  get isLearnt(): boolean {
    return this.#learning.length >= BASELINE_SESSIONS;
  }

  /** Median of the baseline; undefined while it is learnt. */
  get baseline(): number | undefined {
    return this.isLearnt ? this.#median : undefined;
  }

  get isAlarm(): boolean {
    return this.#sum > ALARM_SUM;
  }

  add(value: number): DriftReading {
    this.#sessions += 1;
    if (!this.isLearnt) {
      this.#learning.push(Number(value.toPrecision(DIGITS)));
      if (this.isLearnt) this.#freeze();
      return { z: undefined, sum: 0 };
    }
    const z = (value - this.#median) / this.#sigma;
    this.#z = z;
    this.#sum = Math.max(0, this.#sum + Math.min(z - ALLOWANCE, MAX_STEP));
    return { z, sum: this.#sum };
  }

  /** After maintenance or new firmware the station is another one. */
  relearn(): void {
    this.#learning.length = 0;
    this.#sum = 0;
    this.#z = undefined;
    this.#sessions = 0;
  }

  #freeze(): void {
    this.#median = median(this.#learning);
    const deviations = this.#learning.map((value) => Math.abs(value - this.#median));
    const floor = Math.abs(this.#median) * MIN_RELATIVE_SPREAD;
    this.#sigma = Math.max(MAD_SIGMA * median(deviations), floor, this.#minSpread);
  }
}
