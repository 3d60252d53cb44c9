/**
 * Has a figure that comes once a session moved up from where it was? The first {@link BASELINE_SESSIONS} sessions are the
 * baseline (median, and MAD for the spread), which is then frozen: a baseline that went along would follow the damage.
 *
 *     z = (x − median) / (1.4826 · MAD)        S = max(0, S + z − k)        alarm: S > h
 *
 * k = 1 and h = 8: on a baseline of 50 sessions about 2 % of steady channels alarm within 1000 sessions, and a shift of 2 σ
 * is found after 8 in the middle; 20 sessions with k = ½ would alarm on a quarter of them.
 */
export const BASELINE_SESSIONS = 50;
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
}

export class Drift {
  readonly #learning: number[] = [];
  #median = 0;
  #sigma = 0;
  #sum = 0;

  /** The baseline is computed again from its sessions, not trusted. */
  static restore({ learning, sum }: DriftState): Drift {
    const drift = new Drift();
    for (const value of learning) drift.add(value);
    drift.#sum = sum;
    return drift;
  }

  get state(): DriftState {
    return { learning: this.#learning, sum: this.#sum };
  }

  get isLearnt(): boolean {
    return this.#learning.length >= BASELINE_SESSIONS;
  }

  get isAlarm(): boolean {
    return this.#sum > ALARM_SUM;
  }

  add(value: number): DriftReading {
    if (!this.isLearnt) {
      this.#learning.push(value);
      if (this.isLearnt) this.#freeze();
      return { z: undefined, sum: 0 };
    }
    const z = (value - this.#median) / this.#sigma;
    this.#sum = Math.max(0, this.#sum + Math.min(z - ALLOWANCE, MAX_STEP));
    return { z, sum: this.#sum };
  }

  /** After maintenance or new firmware the station is another one. */
  relearn(): void {
    this.#learning.length = 0;
    this.#sum = 0;
  }

  #freeze(): void {
    this.#median = median(this.#learning);
    const deviations = this.#learning.map((value) => Math.abs(value - this.#median));
    const floor = Math.abs(this.#median) * MIN_RELATIVE_SPREAD;
    this.#sigma = Math.max(MAD_SIGMA * median(deviations), floor, Number.MIN_VALUE);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
