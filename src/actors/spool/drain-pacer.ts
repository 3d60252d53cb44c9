/**
 * How fast all stations together drain: a steady pace instead of one burst, so that a driver's card, which does not wait here,
 * finds the event loop and the uplink free.
 *
 *     take() ─▶ true: send now · false: wait() ─▶ called back in turn, when the pace allows
 */

/** Often enough for a smooth flow, seldom enough to cost nothing. */
const TICK_MS = 5;
/** Messages that may go at once after a pause. */
const BURST = 16;

export class DrainPacer {
  readonly #perSec: number;
  readonly #now: () => number;
  readonly #waiting = new Set<() => void>();
  #tokens = BURST;
  #refilledAt: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param now monotonic milliseconds */
  constructor(perSec: number, now: () => number) {
    this.#perSec = perSec;
    this.#now = now;
    this.#refilledAt = now();
  }

  take(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Calls back once, in turn. The same callback waits only once. */
  wait(callback: () => void): void {
    this.#waiting.add(callback);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #tick(): void {
    this.#refill();
    let left = Math.floor(this.#tokens);
    for (const callback of this.#waiting) {
      if (left <= 0) return;
      left -= 1;
      this.#waiting.delete(callback);
      callback();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #refill(): void {
    const now = this.#now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) * this.#perSec) / 1000);
    this.#refilledAt = now;
  }
}
