/**
 * Swing filter: as long as one line from the pivot is within ε of every sample, nothing is kept; then the end of such a line
 * is. Its points are synthetic. On noise it keeps fewer than the swinging door, at the same bound.
 *
 * @see H. Elmeleegy et al., Online Piece-wise Linear Approximation of Numerical Streams, VLDB 2009, §3
 */
import type { Filter, Keep } from "./filter.ts";

export class SwingFilter implements Filter {
  readonly #eps: number;
  readonly #compMaxMs: number;
  readonly #keep: Keep;
  #hasPivot = false;
  #hasHeld = false;
  #pivotT = 0;
  #pivotV = 0;
  #heldT = 0;
  #heldV = 0;
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
      this.#pivotAt(t, v);
      return;
    }
    if (this.#hasHeld && !this.#narrow(t, v)) {
      this.flush();
      this.#narrow(t, v);
    } else if (!this.#hasHeld) this.#narrow(t, v);
    this.#hasHeld = true;
    this.#heldT = t;
    this.#heldV = v;
  }

  /** The slope to the last sample itself, if it is among those that fit all; else the nearest that does. */
  flush(): void {
    if (!this.#hasHeld) return;
    this.#hasHeld = false;
    const elapsed = this.#heldT - this.#pivotT;
    const slope = (this.#heldV - this.#pivotV) / elapsed;
    // A lone sample is its own line: no detour over the slope, which would cost the last digit.
    const isFree = slope <= this.#high && slope >= this.#low;
    const fitting = Math.min(this.#high, Math.max(this.#low, slope));
    this.#pivotAt(this.#heldT, isFree ? this.#heldV : this.#pivotV + fitting * elapsed);
  }

  end(): void {
    this.flush();
    this.#hasPivot = false;
  }

  /** Leaves the slopes that also fit `v`; false, and nothing changed, where there are none or it is time for a point. */
  #narrow(t: number, v: number): boolean {
    const elapsed = t - this.#pivotT;
    const high = Math.min(this.#high, (v + this.#eps - this.#pivotV) / elapsed);
    const low = Math.max(this.#low, (v - this.#eps - this.#pivotV) / elapsed);
    if (this.#hasHeld && (low > high || elapsed > this.#compMaxMs)) return false;
    this.#high = high;
    this.#low = low;
    return true;
  }

  #pivotAt(t: number, v: number): void {
    this.#pivotT = t;
    this.#pivotV = v;
    this.#high = Number.POSITIVE_INFINITY;
    this.#low = Number.NEGATIVE_INFINITY;
    this.#keep(t, v);
  }
}
