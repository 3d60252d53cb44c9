/**
 * What the CSMS has answered, on its way out of the store: removals and receipts of meter values are written a moment later and
 * together, because the store copies a page for each place that a commit touches, whether one message lies there or ten.
 *
 *     answered ─▶ gone from memory, receipt in memory ─▶ at most SETTLE_MS later: removal and receipt, one commit for each station
 *
 * What ends within that moment knows those messages as undelivered and sends them once more, under the same ids, as it would if it
 * had ended just before the answer. Starts, stops and events, where a repetition may cost money, are written at once, and
 * with them whatever is left of that station.
 */

/** A station's part. */
export interface Unsettled {
  /** Stations whose keys lie side by side share pages. */
  readonly prefix: string;
  /** Writes everything that was left for later, in one turn. */
  settle(): void;
}

const SETTLE_MS = 250;
/** Stations whose writes go in one turn of the event loop: well below a millisecond of work. */
const PER_TURN = 16;

export class Settlements {
  readonly #later: (step: () => void) => void;
  #unsettled = new Set<Unsettled>();
  #timer: NodeJS.Timeout | undefined;

  /** @param later calls back in a later turn of the event loop */
  constructor(later: (step: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** The station has something to settle. At most one place for each station. */
  add(station: Unsettled): void {
    this.#unsettled.add(station);
    this.#timer ??= setTimeout(() => this.#begin(), SETTLE_MS);
  }

  /** Writes everything now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const all = this.#unsettled;
    this.#unsettled = new Set();
    for (const station of all) station.settle();
  }

  #begin(): void {
    this.#timer = undefined;
    const all = [...this.#unsettled].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
    const step = (from: number) => {
      for (const station of all.slice(from, from + PER_TURN)) {
        // Settled already by who could not wait.
        if (this.#unsettled.delete(station)) station.settle();
      }
      if (from + PER_TURN < all.length) this.#later(() => step(from + PER_TURN));
    };
    step(0);
  }
}
