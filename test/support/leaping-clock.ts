/** The time of the machine, until it is told to leap: waits go by the new time, as they do when a real clock is set. */
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Clock } from "../../src/ports.ts";

interface Wait {
  readonly at: number;
  readonly callback: () => void;
  timer: NodeJS.Timeout | undefined;
}

export class LeapingClock implements Clock {
  #ahead = 0;
  readonly #waits = new Set<Wait>();

  now(): EpochMs {
    return epochMs(Date.now() + this.#ahead);
  }

  monotonicMs(): number {
    return performance.now();
  }

  callAt(at: EpochMs, callback: () => void): () => void {
    const wait: Wait = { at, callback, timer: undefined };
    this.#waits.add(wait);
    this.#arm(wait);
    return () => {
      clearTimeout(wait.timer);
      this.#waits.delete(wait);
    };
  }

  /** Forward, or back where it is negative. */
  leap(ms: number): void {
    this.#ahead += ms;
    for (const wait of this.#waits) this.#arm(wait);
  }

  #arm(wait: Wait): void {
    clearTimeout(wait.timer);
    const ms = Math.min(Math.max(wait.at - this.now(), 0), 2 ** 31 - 1);
    wait.timer = setTimeout(() => {
      this.#waits.delete(wait);
      wait.callback();
    }, ms);
  }
}
