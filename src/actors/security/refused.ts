/**
 * What is told of connections that were not let in. Each is counted; log lines and events are bounded, for each costs the turn in which
 * a station waits, and a disk and a log that somebody outside can fill are no defence.
 *
 *     refused ─▶ count ─▶ sentinel (its own patterns and throttle)
 *                  └──── event, log line: so many a minute, then counted; the next one says how many
 */
import type { Counters } from "../../domain/counters.ts";
import { SlidingWindow } from "../../domain/intrusion/sliding-window.ts";
import type { Clock, Logger } from "../../ports.ts";
import type { Refused } from "../admission.ts";
import type { GatewayBus } from "../gateway-bus.ts";
import type { Sentinel } from "./sentinel.ts";

export interface RefusedOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly bus: GatewayBus;
  readonly logger: Logger;
  readonly sentinel: Sentinel;
}

/** Of one kind, whoever it was: an attack from a thousand addresses tells no more than one. */
const TOLD_PER_MIN = 20;
const MINUTE_MS = 60_000;

type Reason = Refused | { readonly status: number; readonly reason: string };

export class Refusals {
  readonly #options: RefusedOptions;
  readonly #events = new Budget();
  readonly #lines = new Budget();

  constructor(options: RefusedOptions) {
    this.#options = options;
  }

  /** Called for each connection that is refused. */
  add({ status, reason, ...refused }: Reason, address: string): void {
    const { clock, counters, bus, logger, sentinel } = this.#options;
    counters.connectionsRefused += 1;
    const stationId = "stationId" in refused ? refused.stationId : undefined;
    // Whoever floods, or is locked out, must not fill the log: the counters and the throttled event of the sentinel speak.
    if (status === 429) return;
    const count = (status === 401 ? this.#events : this.#lines).tell(clock.now());
    if (status === 401) {
      const often = count > 1 ? `;n=${count}` : "";
      if (count > 0)
        bus.emit("security", { type: "LanAuthFailure", stationId, detail: `${reason}, ${address}${often}` });
      sentinel.loginFailed(stationId, address);
      return;
    }
    if (status === 404) sentinel.nameUnknown(address);
    if (count > 0) logger.warn({ status, reason, address, stationId, count }, "connection refused");
  }
}

class Budget {
  readonly #window = new SlidingWindow(TOLD_PER_MIN, MINUTE_MS);
  #untold = 0;

  /** How many there were since the last one that was told, this one included; 0: not to be told now. */
  tell(now: number): number {
    this.#untold += 1;
    if (this.#window.isOver(now)) return 0;
    const count = this.#untold;
    this.#untold = 0;
    return count;
  }
}
