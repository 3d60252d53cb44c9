/** How the value lane is, for gauges and health checks. */
import type { Counters } from "../../domain/counters.ts";
import type { EpochMs } from "../../domain/ids.ts";
import type { ValueSpool } from "./value-spool.ts";

export interface ValueLaneStatus {
  /**
   * `ok`: messages leave as they come · `degraded`: messages wait, because a CSMS is away, slow or catching up · `impaired`: the spool
   * takes no writes, the gateway acknowledges nothing that a CSMS has not answered.
   */
  readonly state: "ok" | "degraded" | "impaired";
  /** Messages that wait for a CSMS. */
  readonly queued: number;
  /** Age of the oldest of them; 0: none waits. */
  readonly oldestSec: number;
  /** Dead letters. */
  readonly dead: number;
  /** Since when it is so. */
  readonly since: EpochMs;
}

/** A message on its way to a CSMS that answers is no sign of anything. */
const WAITS_LONG_SEC = 5;

export class LaneWatch {
  readonly #counters: Counters;
  readonly #now: () => EpochMs;
  #state: ValueLaneStatus["state"] = "ok";
  #since: EpochMs;

  constructor(counters: Counters, now: () => EpochMs) {
    this.#counters = counters;
    this.#now = now;
    this.#since = now();
  }

  /** Called a few times a second. */
  look(spool: ValueSpool | undefined): void {
    const counters = this.#counters;
    const now = this.#now();
    if (spool !== undefined) {
      const { oldestAt } = spool;
      counters.spoolWaitingNow = spool.waiting;
      counters.spoolBytesNow = spool.bytes;
      counters.spoolOldestSecNow = oldestAt === undefined ? 0 : Math.max(0, Math.round((now - oldestAt) / 1000));
      counters.spoolDeadNow = spool.dead.count;
    }
    const state = this.#judge();
    if (state === this.#state) return;
    this.#state = state;
    this.#since = now;
  }

  get status(): ValueLaneStatus {
    const { spoolWaitingNow, spoolOldestSecNow, spoolDeadNow } = this.#counters;
    return {
      state: this.#state,
      queued: spoolWaitingNow,
      oldestSec: spoolOldestSecNow,
      dead: spoolDeadNow,
      since: this.#since,
    };
  }

  #judge(): ValueLaneStatus["state"] {
    if (this.#counters.spoolImpairedNow > 0) return "impaired";
    return this.#counters.spoolOldestSecNow >= WAITS_LONG_SEC ? "degraded" : "ok";
  }
}
