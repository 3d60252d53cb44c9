/** The link of a station's latest connection: waits until it is up, and has it dialled anew when nothing is under way on it. */
import type { EpochMs } from "../../domain/ids.ts";
import type { Clock } from "../../ports.ts";
import type { StationConnection } from "../station-connection.ts";

/** Time for what is under way on the old connection, before the new certificate is tried. */
const SWITCH_WITHIN_MS = 10_000;
/** Time for the answer that brought it to leave. */
const SWITCH_AFTER_MS = 200;
const LOOK_AGAIN_MS = 100;

export class LiveLink {
  connection: StationConnection | undefined;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called when the link has come up. */
  isUp(): void {
    for (const resume of [...this.#waiting]) resume();
  }

  /** Resolves when the link is up, or when nobody waits any more. */
  whenUp(signal: AbortSignal): Promise<void> {
    if (signal.aborted || (this.connection?.link?.isUp === true && !this.connection.isClosed)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  async redial(signal: AbortSignal): Promise<void> {
    const until = this.#clock.monotonicMs() + SWITCH_WITHIN_MS;
    await this.#pause(SWITCH_AFTER_MS);
    while (!signal.aborted && this.#isBusy && this.#clock.monotonicMs() < until) await this.#pause(LOOK_AGAIN_MS);
    if (!signal.aborted) this.connection?.link?.redial();
  }

  get #isBusy(): boolean {
    const { toCsms, toStation } = this.connection ?? {};
    return (toCsms?.load ?? 0) + (toStation?.load ?? 0) > 0;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.callAt((this.#clock.now() + ms) as EpochMs, resolve));
  }
}
