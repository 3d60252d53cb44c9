/** Real time, but for jumps ahead: what a test of minutes needs between real sockets. */
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { Clock } from "../../src/ports.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  handle: NodeJS.Timeout | undefined;
}

export class JumpingClock implements Clock {
  #ahead = 0;
  readonly #timers = new Set<Timer>();

  now(): EpochMs {
    return epochMs(Date.now() + this.#ahead);
  }

  /** Does not jump: pings and timeouts of calls keep their pace. */
  monotonicMs(): number {
    return performance.now();
  }

  callAt(at: EpochMs, callback: () => void): () => void {
    const timer: Timer = { at, callback, handle: undefined };
    this.#arm(timer);
    return () => this.#end(timer);
  }

  /** What is due by then happens now. */
  jump(ms: number): void {
    this.#ahead += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      clearTimeout(timer.handle);
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    this.#timers.add(timer);
    const wait = Math.min(Math.max(0, timer.at - this.now()), 2 ** 31 - 1);
    const handle = setTimeout(() => {
      if (!this.#timers.delete(timer)) return;
      timer.callback();
    }, wait);
    handle.unref();
    timer.handle = handle;
  }

  #end(timer: Timer): void {
    this.#timers.delete(timer);
    clearTimeout(timer.handle);
  }
}
