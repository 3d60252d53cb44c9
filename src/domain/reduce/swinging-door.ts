/**
 * Swinging door, the strict variant: a sample is kept when the line from the last kept one to the *incoming* sample would
 * pass one of the samples between at more than ε. What is kept is the sample before the incoming one, as it was measured.
 *
 * The classic variant (doors past parallel, raw sample kept) holds only 2 ε: while its doors are open some line is within ε
 * of all samples, but not the one to the sample it keeps.
 *
 * The error bound holds at the samples, and between them where the raw signal is taken as linear between samples.
 *
 * @see E. H. Bristol, Swinging Door Trending, ISA 1990
 */
import type { Filter, Keep } from "./filter.ts";

export class SwingingDoor implements Filter {
  readonly #eps: number;
  readonly #compMaxMs: number;
  readonly #keep: Keep;
  #hasPivot = false;
  #hasHeld = false;
  #pivotT = 0;
  #pivotV = 0;
  #heldT = 0;
  #heldV = 0;
  /** Slopes from the pivot that pass every sample since at ε at most. */
  #high = Number.POSITIVE_INFINITY;
  #low = Number.NEGATIVE_INFINITY;

  constructor(eps: number, compMaxMs: number, keep: Keep) {
    this.#eps = eps;
    this.#compMaxMs = compMaxMs;
    this.#keep = keep;
  }

  push(t: number, v: number): void {
    if (!this.#hasPivot) {
      this.#hasPivot = true;
      this.#pivotT = t;
      this.#pivotV = v;
      this.#open();
      this.#keep(t, v);
      return;
    }
    if (this.#hasHeld && this.#isOutside(t, v)) this.flush();
    const elapsed = t - this.#pivotT;
    this.#high = Math.min(this.#high, (v + this.#eps - this.#pivotV) / elapsed);
    this.#low = Math.max(this.#low, (v - this.#eps - this.#pivotV) / elapsed);
    this.#hasHeld = true;
    this.#heldT = t;
    this.#heldV = v;
  }

  flush(): void {
    if (!this.#hasHeld) return;
    this.#hasHeld = false;
    this.#pivotT = this.#heldT;
    this.#pivotV = this.#heldV;
    this.#open();
    this.#keep(this.#heldT, this.#heldV);
  }

  end(): void {
    this.flush();
    this.#hasPivot = false;
  }

  #isOutside(t: number, v: number): boolean {
    const elapsed = t - this.#pivotT;
    if (elapsed > this.#compMaxMs) return true;
    const slope = (v - this.#pivotV) / elapsed;
    return slope > this.#high || slope < this.#low;
  }

  #open(): void {
    this.#high = Number.POSITIVE_INFINITY;
    this.#low = Number.NEGATIVE_INFINITY;
  }
}
