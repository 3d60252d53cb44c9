/** Time for the simulator: real timers, but a day may take an hour. */
import { type EpochMs, epochMs } from "../domain/ids.ts";
import type { Clock } from "../ports.ts";

/** Longest delay Node's timers take; longer waits are cut into pieces. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export interface ScaledClockOptions {
  /** Simulated milliseconds per real millisecond; 1 is real time. */
  readonly speed?: number;
  /** The simulated instant to begin at; now, where it is not given. */
  readonly startAt?: EpochMs;
  /** Milliseconds to begin earlier. */
  readonly behindMs?: number;
}

/** A clock that runs `speed` times as fast as the wall. Pending timers keep the process alive. */
export function createScaledClock(options: ScaledClockOptions = {}): Clock {
  const { speed = 1, behindMs = 0 } = options;
  const startAt = (options.startAt ?? Date.now()) - behindMs;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) * speed;
  const now = (): EpochMs => epochMs(Math.floor(startAt + elapsed()));
  const callAt = (at: EpochMs, callback: () => void): (() => void) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const wait = Math.min(MAX_DELAY_MS, Math.max(0, Math.ceil((at - startAt - elapsed()) / speed)));
      timer = setTimeout(() => (now() >= at ? callback() : arm()), wait);
    };
    arm();
    return () => clearTimeout(timer);
  };
  return { now, monotonicMs: elapsed, callAt };
}

/** Resolves after `ms` of the clock's time. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.callAt(epochMs(Math.round(clock.now() + ms)), resolve));
}

/** One waiter that may be woken before its time. A second `wait` begins only after the first has ended. */
export class Alarm {
  readonly #clock: Clock;
  #end: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms` of the clock's time or at `wake()`; `Infinity` waits for `wake()` alone. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel =
        ms === Number.POSITIVE_INFINITY
          ? () => undefined
          : this.#clock.callAt(epochMs(Math.round(this.#clock.now() + ms)), () => this.#end());
      this.#end = () => {
        this.#end = () => undefined;
        cancel();
        resolve();
      };
    });
  }

  /** Ends the wait under way; nothing when there is none. */
  wake(): void {
    this.#end();
  }
}

/** True when `work` settles within `ms` of the clock's time. Leaves no timer behind. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  let cancel: () => void = () => undefined;
  const late = new Promise<false>((resolve) => {
    cancel = clock.callAt(epochMs(clock.now() + ms), () => resolve(false));
  });
  const done = await Promise.race([work.then(() => true as const), late]);
  cancel();
  return done;
}
