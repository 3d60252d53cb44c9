/** A CSMS and stations that share one clock and no network. */
import { type CsmsBehaviour, CsmsCore } from "../../src/sim/csms-core.ts";
import { SimulatedStation } from "../../src/sim/station.ts";
import type { StationOptions } from "../../src/sim/station-options.ts";
import type { Dial, Transport } from "../../src/sim/transport.ts";
import { ManualClock } from "./manual-clock.ts";
import { transportPair } from "./memory-transport.ts";

export interface World {
  readonly clock: ManualClock;
  readonly csms: CsmsCore;
  /** Refuses connections while false. */
  reachable: boolean;
  station(options: Partial<StationOptions> & Pick<StationOptions, "id" | "version">): SimulatedStation;
  /** Stops a station while the clock goes on. */
  stop(station: SimulatedStation, drainMs?: number): Promise<number>;
}

export function simWorld(behaviour: CsmsBehaviour = {}, wrap: (transport: Transport) => Transport = (t) => t): World {
  const clock = new ManualClock();
  const csms = new CsmsCore({ clock, ...behaviour });
  const world: World = {
    clock,
    csms,
    reachable: true,
    station: (options) =>
      new SimulatedStation({
        url: "memory:",
        clock,
        network: clock,
        dial,
        idleSec: [2, 4],
        sessionSec: [8, 12],
        ...options,
      }),
    stop: async (station, drainMs) => {
      let left: number | undefined;
      const stopped = station.stop(drainMs).then((n) => {
        left = n;
      });
      while (left === undefined) await clock.advance(50);
      await stopped;
      return left;
    },
  };
  const dial: Dial = async ({ stationId, versions }) => {
    const [version = "ocpp1.6"] = versions;
    if (!world.reachable) throw new Error("unreachable");
    const [near, far] = transportPair();
    csms.accept(stationId, version, far);
    return { transport: wrap(near), version };
  };
  return world;
}
