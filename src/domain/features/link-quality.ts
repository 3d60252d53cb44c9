/**
 * Does a station lose its connection more often than it did? Drops are counted by UTC day; the first {@link BASELINE_DAYS} days are the
 * baseline, which is then frozen. A day alarms as soon as so many drops in one day are not to be expected from the baseline:
 *
 *     K ~ negative binomial (c + 1 drops in n days + one day)        alarm: P(K ≥ k) < 10⁻⁵ and k ≥ 5
 *
 * (Poisson with a gamma posterior, flat prior.) Drops come in bunches, e.g. when a network is rebuilt, which the model does not know;
 * so a day with fewer than {@link MIN_DROPS} never alarms. A day of which nothing is heard counts as one without drops.
 */
export const BASELINE_DAYS = 14;
const MIN_DROPS = 5;
const ALARM_DIGITS = 5;
const DAY_MS = 86_400_000;

export interface LinkState {
  /** Whole days learnt, and their drops. */
  readonly days: number;
  readonly drops: number;
  /** Day under way, from the epoch, and its drops. −1: none yet. */
  readonly today: number;
  readonly count: number;
}

const NOTHING: LinkState = { days: 0, drops: 0, today: -1, count: 0 };

export class LinkQuality {
  #state: LinkState;

  constructor(state: LinkState = NOTHING) {
    this.#state = state;
  }

  get state(): LinkState {
    return this.#state;
  }

  get days(): number {
    return this.#state.days;
  }

  get dropsToday(): number {
    return this.#state.count;
  }

  /** −log₁₀ P(so many drops today); undefined while the baseline is learnt. */
  get digits(): number | undefined {
    const { days, drops, count } = this.#state;
    return days < BASELINE_DAYS ? undefined : -Math.log10(tail(count, drops + 1, days));
  }

  get isAlarm(): boolean {
    return this.#state.count >= MIN_DROPS && (this.digits ?? 0) > ALARM_DIGITS;
  }

  /** Something was heard of the station. True: the first of a day, so that yesterday is judged for good. */
  heard(atMs: number): boolean {
    const day = Math.floor(atMs / DAY_MS);
    const { days, drops, today, count } = this.#state;
    if (day <= today) return false;
    const isLearning = today >= 0 && days < BASELINE_DAYS;
    const learnt = isLearning ? Math.min(BASELINE_DAYS, days + day - today) : days;
    this.#state = { days: learnt, drops: isLearning ? drops + count : drops, today: day, count: 0 };
    return true;
  }

  drop(atMs: number): void {
    this.heard(atMs);
    this.#state = { ...this.#state, count: this.#state.count + 1 };
  }
}

/** P(K ≥ k), K drops in a day after `shape − 1` drops in `days` days: never exactly 0. */
export function tail(k: number, shape: number, days: number): number {
  const p = 1 / (days + 1);
  let term = (1 - p) ** shape;
  let below = 0;
  for (let i = 0; i < k; i += 1) {
    below += term;
    term *= ((shape + i) / (i + 1)) * p;
  }
  // What is left after so many digits is summed from above, where a difference to 1 would be nothing but rounding.
  let above = term;
  for (let i = k; i < k + 1000 && term > above * 1e-12; i += 1) {
    term *= ((shape + i) / (i + 1)) * p;
    above += term;
  }
  return Math.max(Number.MIN_VALUE, k === 0 ? 1 : below < 0.5 ? 1 - below : above);
}
