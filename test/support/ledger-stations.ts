/** A fleet of stations that keep the truth, of every kind that a gateway meets. */
import { LedgerStation, type LedgerStationOptions, type StationTimes } from "./ledger-station.ts";
import { seededRandom } from "./seeded-random.ts";

export interface LedgerFleetOptions {
  readonly url: string;
  readonly count: number;
  /** How many of them are run by somebody else's client. */
  readonly ocppRpc?: number;
  readonly seed: number;
  readonly times?: Partial<StationTimes>;
  /** Last word on one station's options. */
  readonly customise?: (options: LedgerStationOptions, nth: number) => LedgerStationOptions;
}

const TIMES: StationTimes = {
  thinkMs: 150,
  idleMs: 400,
  callTimeoutMs: 2_500,
  retryMs: 300,
  reconnectMs: 250,
  pingMs: 800,
};

/** The stations, not started: versions, message ids, connectors and habits take turns. */
export function ledgerFleet({ url, count, ocppRpc = 0, seed, times, customise }: LedgerFleetOptions): LedgerStation[] {
  return Array.from({ length: count }, (_, i) => {
    const options: LedgerStationOptions = {
      url,
      identity: `CP-${String(i + 1).padStart(3, "0")}`,
      version: i % 2 === 0 ? "ocpp1.6" : "ocpp2.0.1",
      connectors: i % 3 === 0 ? 2 : 1,
      client: i < ocppRpc ? "ocpp-rpc" : "plain",
      repeatIds: "alternate",
      ids: i % 4 < 2 ? "random" : "counter",
      bootsOnReconnect: i % 5 === 0,
      readings: 6,
      times: { ...TIMES, ...times },
      random: seededRandom(seed * 1009 + i),
    };
    return new LedgerStation(customise?.(options, i) ?? options);
  });
}
