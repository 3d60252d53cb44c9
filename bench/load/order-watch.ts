/**
 * The CSMS double's account of each station's transaction messages: did all of them come, once each, in the order in which the
 * station sent them? It goes by the count in each meter message, across connections.
 */
import { countAt, FIRST_SEQ_NO } from "./messages.ts";

export interface WatchCounts {
  /** Meter messages seen. */
  readonly received: number;
  /** Messages that had come before, and came again. */
  readonly repeated: number;
  /** Messages that came after a younger one. */
  readonly reordered: number;
  /** Messages that were skipped and have not come since. */
  readonly missing: number;
  /** `performance.now()` of the first and of the latest, in the load process. */
  readonly firstAt: number;
  readonly latestAt: number;
}

const DIGITS = 7;

export class OrderWatch {
  readonly #latest = new Map<string, number>();
  readonly #skipped = new Set<string>();
  #received = 0;
  #repeated = 0;
  #reordered = 0;
  #firstAt = 0;
  #latestAt = 0;

  /** A call of a station's, unmasked. */
  see(identity: string, action: string, text: Buffer, now: number): void {
    const at = countAt(text, action);
    const count = at < 0 ? Number.NaN : Number(text.toString("latin1", at, at + DIGITS));
    // The start of a transaction, and what does not count.
    if (!(count > FIRST_SEQ_NO)) return;
    const latest = this.#latest.get(identity) ?? FIRST_SEQ_NO;
    if (this.#received === 0) this.#firstAt = now;
    this.#latestAt = now;
    this.#received += 1;
    for (let skipped = latest + 1; skipped < count; skipped += 1) this.#skipped.add(`${identity} ${skipped}`);
    if (count > latest) this.#latest.set(identity, count);
    else if (this.#skipped.delete(`${identity} ${count}`)) this.#reordered += 1;
    else this.#repeated += 1;
  }

  counts(): WatchCounts {
    return {
      received: this.#received,
      repeated: this.#repeated,
      reordered: this.#reordered,
      missing: this.#skipped.size,
      firstAt: this.#firstAt,
      latestAt: this.#latestAt,
    };
  }
}
