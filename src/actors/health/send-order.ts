/**
 * Which message goes next: what is new, then the events of an outage, the newest first, then the rest of the outage, oldest first and
 * at a limited rate.
 *
 * A reader that comes back wants to know what is broken now; yesterday's voltages can come slowly, and leave the line to others.
 */
import { TokenBucket } from "../../domain/uplink/token-bucket.ts";
import type { Backlog } from "./backlog.ts";
import type { Turn } from "./split-queue.ts";

export interface SendOrderOptions {
  readonly backlog: Pick<Backlog, "has">;
  /** Of the rest of an outage; 0: no limit. */
  readonly bytesPerSec: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export class SendOrder {
  readonly #options: SendOrderOptions;
  readonly #bucket: TokenBucket | undefined;

  constructor(options: SendOrderOptions) {
    const { bytesPerSec, now } = options;
    this.#options = options;
    if (bytesPerSec > 0)
      this.#bucket = new TokenBucket({ bytesPerSec, burstBytes: bytesPerSec, reserveBytes: 0 }, now());
  }

  /** Undefined: nothing may go now. */
  next(): Turn | undefined {
    const { backlog, now } = this.#options;
    if (backlog.has("fresh")) return "fresh";
    if (backlog.has("newest")) return "newest";
    if (!backlog.has("oldest")) return undefined;
    // One message may overdraw, which the time after it makes good: a large one must not wait for ever.
    return this.#bucket?.take(0, now()) === false ? undefined : "oldest";
  }

  /** @param bytes of the PUBLISH that went by `turn` */
  sent(turn: Turn, bytes: number): void {
    if (turn === "oldest") this.#bucket?.charge(bytes);
  }
}
