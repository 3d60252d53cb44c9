/**
 * What the shaped uplink has left for the health lane: the lane asks, and gets a little at a time while no value message waits.
 *
 *     lane: credit spent, a message waits ──▶ wanted ──no value message waits, level covers it──▶ budget ──▶ lane
 *                                                └── they have waited long, and a share is configured ──▶ budget
 *
 * One grant is small, so that a value message that comes right after it meets little of the other lane on the line: at most the
 * grant and the one message that overdrew the credit before.
 */
import type { Counters } from "../domain/counters.ts";
import { TokenBucket } from "../domain/uplink/token-bucket.ts";
import type { HealthUplink } from "../ports.ts";

export interface HealthGrantsOptions {
  readonly health: HealthUplink;
  readonly bucket: TokenBucket;
  readonly grantBytes: number;
  /** Of the guaranteed share; 0: there is none. */
  readonly shareBytesPerSec: number;
  readonly overheadBytes: number;
  readonly counters: Counters;
  /** The lane wants something: offer it when there is something. */
  readonly onWant: () => void;
  /** Milliseconds of the monotonic clock. */
  readonly now: () => number;
}

/** After this long without a grant the guaranteed share begins. */
const STARVED_MS = 5_000;

export class HealthGrants {
  readonly #options: HealthGrantsOptions;
  readonly #share: TokenBucket | undefined;
  #wantedSince: number | undefined;
  /** The wish that is open has been counted as one that had to wait. */
  #isCounted = false;
  /** Lives on its guaranteed share until the line is free again. */
  #isStarved = false;

  constructor(options: HealthGrantsOptions) {
    const { shareBytesPerSec, grantBytes, now } = options;
    this.#options = options;
    if (shareBytesPerSec > 0) {
      const size = { bytesPerSec: shareBytesPerSec, burstBytes: grantBytes, reserveBytes: 0 };
      this.#share = new TokenBucket(size, now());
    }
    this.#give(0);
  }

  /**
   * No value message waits: gives what is wanted, if the line has it.
   *
   * @returns milliseconds until it is worth while to come again; undefined when nothing is wanted
   */
  offerLeftover(nowMs: number): number | undefined {
    const { bucket, grantBytes } = this.#options;
    // A lane may want more before it has said thanks.
    while (this.#wantedSince !== undefined) {
      if (!bucket.take(grantBytes, nowMs)) return bucket.waitMs(grantBytes, nowMs);
      this.#isStarved = false;
      this.#give(grantBytes);
    }
    return undefined;
  }

  /** Value messages wait, and go first. As {@link offerLeftover}. */
  holdBack(nowMs: number): number | undefined {
    if (this.#wantedSince === undefined) return undefined;
    const { bucket, counters, grantBytes } = this.#options;
    if (!this.#isCounted) counters.healthYields += 1;
    this.#isCounted = true;
    if (this.#share === undefined) return undefined;
    const hungryMs = nowMs - this.#wantedSince;
    if (!this.#isStarved && hungryMs < STARVED_MS) return STARVED_MS - hungryMs;
    this.#isStarved = true;
    if (!this.#share.take(grantBytes, nowMs)) return this.#share.waitMs(grantBytes, nowMs);
    bucket.charge(grantBytes);
    this.#give(grantBytes);
    return undefined;
  }

  #give(bytes: number): void {
    const { health, overheadBytes, now, onWant } = this.#options;
    this.#wantedSince = undefined;
    this.#isCounted = false;
    const onSpent = () => {
      this.#wantedSince ??= now();
      onWant();
    };
    health.throttle?.({ kind: "budget", bytes, overheadBytes, onSpent });
  }
}
