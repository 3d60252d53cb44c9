/** A clock that stands still until it is told to go on. */
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Clock } from "../../src/ports.ts";

interface Timer {
  readonly at: number;
  readonly no: number;
  readonly callback: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  readonly #began: number;
  #count = 0;
  #timers: Timer[] = [];

  constructor(now = Date.UTC(2026, 5, 1, 8)) {
    this.#now = now;
    this.#began = now;
  }

  now(): EpochMs {
    return epochMs(this.#now);
  }

  monotonicMs(): number {
    return this.#now - this.#began;
  }

  callAt(at: EpochMs, callback: () => void): () => void {
    this.#count += 1;
    const timer: Timer = { at, no: this.#count, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Goes on by `ms`, timer by timer; what each sets off by promises has settled before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let timer = this.#due(end); timer !== undefined; timer = this.#due(end)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
      await settle();
    }
    this.#now = end;
  }

  #due(end: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at || a.no - b.no)[0];
  }
}

/** Lets every promise that can settle do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
