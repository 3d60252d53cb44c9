/** Many simulated stations at once, against any CSMS or gateway. */
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Clock } from "../ports.ts";
import { createScaledClock, sleep } from "./clock.ts";
import type { StationLedger } from "./ledger.ts";
import { createRandom } from "./random.ts";
import { SimulatedStation } from "./station.ts";
import type { StationOptions } from "./station-options.ts";

export interface FleetOptions extends Omit<StationOptions, "id" | "version" | "password" | "seed"> {
  readonly count: number;
  /** One for all, or one per station in turn. Default 1.6 and 2.0.1 in turn. */
  readonly versions?: readonly OcppVersion[];
  /** Station n is called `${idPrefix}${n}`, from 1, with leading zeros; default `SIM-`. */
  readonly idPrefix?: string;
  readonly password?: string | ((stationId: string) => string | undefined);
  /** Default 1. */
  readonly seed?: number | string;
  /** Milliseconds between two stations' first connects; default 10. */
  readonly staggerMs?: number;
  /** Last word on one station's options. */
  readonly customise?: (options: StationOptions, index: number) => StationOptions;
}

export interface Fleet {
  readonly stations: readonly SimulatedStation[];
  /** One per station, in the same order. */
  ledger(): readonly StationLedger[];
  /**
   * Ends the transactions, delivers what waits within `drainMs`, closes. Resolves with the number of messages that were
   * not delivered. Idempotent.
   */
  stop(drainMs?: number): Promise<number>;
}

const DEFAULT_VERSIONS: readonly OcppVersion[] = ["ocpp1.6", "ocpp2.0.1"];
const DEFAULT_STAGGER_MS = 10;

/** Starts the stations one after the other and returns at once. */
export function startFleet(options: FleetOptions): Fleet {
  const stations = fleetOf(options);
  const network = options.network ?? createScaledClock();
  let stopping = false;
  const started = startInTurn(stations, {
    network,
    staggerMs: options.staggerMs ?? DEFAULT_STAGGER_MS,
    goesOn: () => !stopping,
  });
  const stop = async (drainMs?: number): Promise<number> => {
    stopping = true;
    await started;
    const left = await Promise.all(stations.map((station) => station.stop(drainMs)));
    return left.reduce((sum, n) => sum + n, 0);
  };
  return { stations, ledger: () => stations.map(({ ledger }) => ledger), stop };
}

/** The stations of a fleet, not started. */
export function fleetOf(options: FleetOptions): readonly SimulatedStation[] {
  const { count, versions = DEFAULT_VERSIONS, idPrefix = "SIM-", password, seed = 1, customise, ...shared } = options;
  const random = createRandom(seed);
  const digits = Math.max(2, String(count).length);
  return Array.from({ length: count }, (_, i) => {
    const id = `${idPrefix}${String(i + 1).padStart(digits, "0")}`;
    const station: StationOptions = {
      ...shared,
      id,
      version: versions[i % versions.length] ?? "ocpp1.6",
      password: typeof password === "function" ? password(id) : password,
      seed: random.fork(id).uuid(),
    };
    return new SimulatedStation(customise?.(station, i) ?? station);
  });
}

interface Turn {
  readonly network: Clock;
  readonly staggerMs: number;
  readonly goesOn: () => boolean;
}

async function startInTurn(stations: readonly SimulatedStation[], { network, staggerMs, goesOn }: Turn): Promise<void> {
  for (const station of stations) {
    if (!goesOn()) return;
    station.start();
    if (staggerMs > 0) await sleep(network, staggerMs);
  }
}
