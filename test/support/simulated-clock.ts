/** A clock that stands still until it is told to go. */
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Clock } from "../../src/ports.ts";

export class SimulatedClock implements Clock {
  #now: number;
  readonly #waits = new Set<{ readonly at: number; readonly callback: () => void }>();

  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): EpochMs {
    return epochMs(this.#now);
  }

  monotonicMs(): number {
    return this.#now;
  }

  callAt(at: EpochMs, callback: () => void): () => void {
    const wait = { at, callback };
    this.#waits.add(wait);
    return () => this.#waits.delete(wait);
  }

  get waiting(): number {
    return this.#waits.size;
  }

  /** Lets `ms` pass; everything that is due is called in order, also what becomes due meanwhile. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#first();
      if (due === undefined || due.at > until) break;
      this.#waits.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
    }
    this.#now = until;
  }

  /** The earliest; of equals the one that was set first. A search, not a sort: thousands may wait. */
  #first() {
    let first: { readonly at: number; readonly callback: () => void } | undefined;
    for (const wait of this.#waits) if (first === undefined || wait.at < first.at) first = wait;
    return first;
  }
}
