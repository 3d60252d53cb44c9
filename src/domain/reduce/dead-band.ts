/**
 * Report by exception: a sample is kept when it is further than ε from the last kept one, which a reader holds until the
 * next. With ε = 0 it is "on change".
 */
import type { Filter, Keep } from "./filter.ts";

export class DeadBand implements Filter {
  readonly #eps: number;
  readonly #compMaxMs: number;
  readonly #keep: Keep;
  #hasKept = false;
  #hasHeld = false;
  #keptT = 0;
  #keptV = 0;
  #heldT = 0;
  #heldV = 0;

  constructor(eps: number, compMaxMs: number, keep: Keep) {
    this.#eps = eps;
    this.#compMaxMs = compMaxMs;
    this.#keep = keep;
  }

  push(t: number, v: number): void {
    const isDue = !this.#hasKept || Math.abs(v - this.#keptV) > this.#eps || t - this.#keptT >= this.#compMaxMs;
    if (isDue) this.#keepSample(t, v);
    else {
      this.#hasHeld = true;
      this.#heldT = t;
      this.#heldV = v;
    }
  }

  /** Nothing to let go: the reader holds a value that is within ε. */
  flush(): void {}

  /** The last sample says how long the value stood. */
  end(): void {
    if (this.#hasHeld) this.#keepSample(this.#heldT, this.#heldV);
    this.#hasKept = false;
  }

  #keepSample(t: number, v: number): void {
    this.#hasKept = true;
    this.#hasHeld = false;
    this.#keptT = t;
    this.#keptV = v;
    this.#keep(t, v);
  }
}
