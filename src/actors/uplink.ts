/**
 * The way to the outside, as all connections share it: shaped to a bandwidth where one is configured, else watched for
 * congestion; and a budget for handshakes.
 */
import type { UplinkConfig } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import { Congestion } from "../domain/uplink/congestion.ts";
import type { Clock, HealthUplink } from "../ports.ts";
import { DialBudget } from "./dial-budget.ts";
import { UplinkShaper } from "./uplink-shaper.ts";

export interface Uplink {
  /** Undefined: no bandwidth is configured, and frames go straight to their sockets. */
  readonly shaper: UplinkShaper | undefined;
  readonly dials: DialBudget;
  /**
   * Told a few times a second how much waits unsent in the socket towards a CSMS in which most waits. On a line that is not shaped
   * the health lane publishes nothing while that does not drain.
   */
  sense(bufferedBytes: number): void;
  close(): void;
}

export interface UplinkOptions {
  readonly config: UplinkConfig;
  readonly health: HealthUplink | undefined;
  readonly clock: Clock;
  readonly counters: Counters;
}

export function openUplink({ config, health, clock, counters }: UplinkOptions): Uplink {
  const { bandwidthBps, overheadBytes, healthShare, handshakes } = config;
  const dials = new DialBudget(handshakes, counters);
  if (bandwidthBps !== undefined) {
    const shaper = new UplinkShaper({ bandwidthBps, overheadBytes, healthShare, health, clock, counters });
    return { shaper, dials, sense: () => undefined, close: () => shaper.close() };
  }
  const congestion = new Congestion();
  return {
    shaper: undefined,
    dials,
    sense: (bufferedBytes) => {
      if (!congestion.sample(bufferedBytes, clock.monotonicMs())) return;
      if (congestion.isCongested) counters.healthYields += 1;
      health?.throttle?.({ kind: congestion.isCongested ? "yield" : "free" });
    },
    close: () => undefined,
  };
}
