/**
 * Statistics of all samples of a window. The mean of the kept points is none of the signal: reducers keep corners, so
 * peaks weigh too much.
 */

export interface WindowSummary {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of the population; 0 for one sample. */
  readonly std: number;
}

export class Window {
  #n = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  /** Sum of squared distances from the mean (Welford: no cancellation on a large mean). */
  #squares = 0;

  add(v: number): void {
    this.#n += 1;
    if (v < this.#min) this.#min = v;
    if (v > this.#max) this.#max = v;
    const distance = v - this.#mean;
    this.#mean += distance / this.#n;
    this.#squares += distance * (v - this.#mean);
  }

  /** The window so far, and begins the next; undefined where nothing came. */
  take(): WindowSummary | undefined {
    if (this.#n === 0) return undefined;
    const summary = {
      n: this.#n,
      min: this.#min,
      max: this.#max,
      mean: this.#mean,
      std: Math.sqrt(this.#squares / this.#n),
    };
    this.#n = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    this.#mean = 0;
    this.#squares = 0;
    return summary;
  }
}
