/**
 * Do an EVSE's sessions fail more often than they should? Beta-binomial over the last {@link WINDOW} sessions: few sessions
 * prove little, and the prior says so.
 *
 *     rate ~ Beta(1 + failed, 19 + sound)        prior mean 5 %        alarm: P(rate > 10 %) > 0.95
 *
 * The reference rate of 5 % is an assumption, for want of a published one; it is not a limit of any standard.
 */
export const WINDOW = 50;
const PRIOR_FAILED = 1;
const PRIOR_SOUND = 19;
/** Twice the reference rate. */
const EXCESS_RATE = 0.1;
const ALARM_PROBABILITY = 0.95;

export class FailureRate {
  readonly #window: boolean[] = [];

  /** @param failed the outcomes of earlier sessions, oldest first */
  constructor(failed: readonly boolean[] = []) {
    for (const isFailed of failed) this.add(isFailed);
  }

  get outcomes(): readonly boolean[] {
    return this.#window;
  }

  add(isFailed: boolean): void {
    this.#window.push(isFailed);
    if (this.#window.length > WINDOW) this.#window.shift();
  }

  get sessions(): number {
    return this.#window.length;
  }

  get failed(): number {
    return this.#window.filter(Boolean).length;
  }

  /** P(rate > 10 %). */
  get excess(): number {
    return betaTail(PRIOR_FAILED + this.failed, PRIOR_SOUND + this.sessions - this.failed, EXCESS_RATE);
  }

  get isAlarm(): boolean {
    return this.excess > ALARM_PROBABILITY;
  }
}

/** P(X > x) for X ~ Beta(a, b) with whole a and b: the chance of fewer than a successes in a + b − 1 draws. */
export function betaTail(a: number, b: number, x: number): number {
  const draws = a + b - 1;
  let term = (1 - x) ** draws;
  let sum = term;
  for (let i = 1; i < a; i += 1) {
    term *= ((draws - i + 1) / i) * (x / (1 - x));
    sum += term;
  }
  return Math.min(1, sum);
}
