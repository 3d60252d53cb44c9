/** Quantiles of many durations in little memory: log-linear buckets, within 4 % of the true value. */

/** Buckets per doubling. */
const STEPS = 18;
const SMALLEST_MS = 0.01;
const DOUBLINGS = 24;

export interface LatencySummary {
  readonly count: number;
  /** Milliseconds; null when nothing was measured. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export class LatencyHistogram {
  readonly #buckets = new Float64Array(STEPS * DOUBLINGS + 1);
  #count = 0;
  #max = 0;

  add(ms: number): void {
    const position = Math.ceil(STEPS * Math.log2(Math.max(ms, SMALLEST_MS) / SMALLEST_MS));
    const index = Math.min(this.#buckets.length - 1, position);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, ms);
  }

  /** Upper edge of the bucket that holds the quantile `q` (0 to 1), in milliseconds; undefined when empty. */
  quantile(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(q * this.#count));
    for (const [index, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return Math.min(this.#max, SMALLEST_MS * 2 ** (index / STEPS));
    }
    return this.#max;
  }

  summary(): LatencySummary {
    const round = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 1000) / 1000);
    return {
      count: this.#count,
      p50: round(this.quantile(0.5)),
      p99: round(this.quantile(0.99)),
      max: round(this.#count === 0 ? undefined : this.#max),
    };
  }
}
