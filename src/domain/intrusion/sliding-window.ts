/**
 * At most so many in such a time, exactly, in bounded memory: only the instants of the latest `limit` hits matter.
 *
 * A hit that is one too many is not taken in: whoever keeps trying is not locked out for ever, and gets `limit` in each window.
 */
export class SlidingWindow {
  readonly #windowMs: number;
  readonly #instants: Float64Array;
  #next = 0;

  /** @param limit at least 1 */
  constructor(limit: number, windowMs: number) {
    this.#windowMs = windowMs;
    this.#instants = new Float64Array(Math.max(1, limit)).fill(Number.NEGATIVE_INFINITY);
  }

  /** True when this hit is one more than allowed within the window. */
  isOver(now: number): boolean {
    const oldest = this.#instants[this.#next] ?? Number.NEGATIVE_INFINITY;
    // A clock that was set back must not keep the window full.
    if (now - oldest < this.#windowMs && now >= oldest) return true;
    this.#instants[this.#next] = now;
    this.#next = (this.#next + 1) % this.#instants.length;
    return false;
  }

  /** Hits within the window that ends now. */
  count(now: number): number {
    let count = 0;
    for (const at of this.#instants) if (now - at < this.#windowMs) count += 1;
    return count;
  }
}
