/**
 * The way to the supply, from one phase's voltage and current: terminals, cable and feed.
 *
 *     Z = −ΔV/ΔI over a step of the current          u = √(mean of ΔV² / 2) while the current is steady
 *
 * A loose terminal shows in Z: under load the voltage sags further than it did. `u` is how restless the voltage is from sample
 * to sample (von Neumann's estimate of the standard deviation: the mains' slow wander over a day is not in it). It is called
 * stability, not ripple: samples seconds apart know nothing of what happens between them.
 *
 * Only of alternating current: what a DC outlet's voltage does with the current is the vehicle's battery.
 */

/** Longest time between two pairs that are one step: in a longer one the mains moves for other reasons. */
const MAX_GAP_MS = 60_000;
/** Least step, in A: below, the mains' own noise is too much of it. */
const STEP_A = 5;
/** Most by which a steady current moves, in A. */
const STEADY_A = 1;
/** Steps of a session that count; later ones say the same. */
const MAX_STEPS = 16;
/** Differences below which their mean says nothing. */
const MIN_DIFFERENCES = 20;

/** V. */
export type VoltageRange = readonly [min: number, max: number];

export class SupplyPath {
  #voltageAt = Number.NaN;
  #voltage = 0;
  #currentAt = Number.NaN;
  #current = 0;
  /** Of the pair before. */
  #at = Number.NaN;
  #volt = 0;
  #ampere = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #differences = 0;
  #squares = 0;
  readonly #steps: number[] = [];

  /** @param atMs of the station; samples that are not later than the one before are ignored */
  voltage(atMs: number, volt: number): void {
    if (atMs <= this.#voltageAt) return;
    this.#voltageAt = atMs;
    this.#voltage = volt;
    this.#min = Math.min(this.#min, volt);
    this.#max = Math.max(this.#max, volt);
    if (atMs === this.#currentAt) this.#pair(atMs);
  }

  current(atMs: number, ampere: number): void {
    if (atMs <= this.#currentAt) return;
    this.#currentAt = atMs;
    this.#current = ampere;
    if (atMs === this.#voltageAt) this.#pair(atMs);
  }

  /** −ΔV/ΔI of each step, in Ω; noise may make a small one negative. */
  get steps(): readonly number[] {
    return this.#steps;
  }

  /** V; undefined where too few samples came while the current was steady. */
  get unrest(): number | undefined {
    return this.#differences < MIN_DIFFERENCES ? undefined : Math.sqrt(this.#squares / 2 / this.#differences);
  }

  /** Undefined without a sample. */
  get range(): VoltageRange | undefined {
    return this.#min > this.#max ? undefined : [this.#min, this.#max];
  }

  #pair(atMs: number): void {
    if (atMs - this.#at <= MAX_GAP_MS) this.#compare(this.#voltage - this.#volt, this.#current - this.#ampere);
    this.#at = atMs;
    this.#volt = this.#voltage;
    this.#ampere = this.#current;
  }

  #compare(volt: number, ampere: number): void {
    const step = Math.abs(ampere);
    if (step > STEP_A && this.#steps.length < MAX_STEPS) this.#steps.push(-volt / ampere);
    if (step > STEADY_A) return;
    this.#differences += 1;
    this.#squares += volt * volt;
  }
}
