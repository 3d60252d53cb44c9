/**
 * Does the energy register count what the power says? Over a session, by trapezoids:
 *
 *     error = |ΔE / ∫P dt − 1|        at most 1
 *
 * A register that stands still is wrong by 1. What the sampling period does to the integral is in the baseline. Which of the two is
 * wrong this cannot tell, and a meter that has both wrong by the same factor is not found.
 */

/** Longest hole between two samples of power; what flowed in a longer one is not known. */
const MAX_GAP_MS = 300_000;
/** Below, one count of a register and one sample at the edges are too much of it. */
const MIN_WH = 500;
const MS_PER_HOUR = 3_600_000;

export class MeterCheck {
  #powerAt = Number.NaN;
  #power = 0;
  #registerAt = Number.NaN;
  #register = 0;
  #isBroken = false;
  /** Integral since the first pair. */
  #wattHours = 0;
  #first = Number.NaN;
  #counted = 0;
  /** Integral at the last pair. */
  #until = 0;

  /** @param atMs of the station; samples that are not later than the one before are ignored */
  power(atMs: number, watt: number): void {
    if (atMs <= this.#powerAt) return;
    const gapMs = atMs - this.#powerAt;
    if (gapMs > MAX_GAP_MS) this.#isBroken = true;
    if (!Number.isNaN(this.#first)) this.#wattHours += (((watt + this.#power) / 2) * gapMs) / MS_PER_HOUR;
    this.#powerAt = atMs;
    this.#power = watt;
    this.#pair();
  }

  register(atMs: number, wattHours: number): void {
    if (atMs <= this.#registerAt) return;
    this.#registerAt = atMs;
    this.#register = wattHours;
    this.#pair();
  }

  /** Undefined where the session does not tell: too little energy, a hole, no samples of one time. */
  get error(): number | undefined {
    if (this.#isBroken || this.#until < MIN_WH) return undefined;
    return Math.min(1, Math.abs(this.#counted / this.#until - 1));
  }

  #pair(): void {
    if (this.#powerAt !== this.#registerAt) return;
    if (Number.isNaN(this.#first)) this.#first = this.#register;
    this.#counted = this.#register - this.#first;
    this.#until = this.#wattHours;
  }
}
