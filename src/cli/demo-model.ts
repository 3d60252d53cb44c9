/** One moment of a demonstration, as the terminal shows it and the report sums it up. */
import type { Gateway } from "../index.ts";
import type { Fleet } from "../sim/fleet.ts";
import type { StationState } from "../sim/station-options.ts";
import type { DemoObserver, Happening } from "./demo-observer.ts";
import type { ForkPair } from "./fork-pair.ts";
import { RateMeter } from "./rate-meter.ts";

export interface LaneFigures {
  readonly messages: number;
  readonly perSecond: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface DemoModel {
  readonly elapsedSec: number;
  readonly url: string;
  readonly stations: readonly (StationState & { readonly uplink: string })[];
  readonly value: LaneFigures;
  readonly health: LaneFigures & {
    readonly observed: number;
    readonly dropped: number;
    readonly protocol: string | undefined;
    readonly connected: boolean;
  };
  /** Milliseconds; undefined before the first. */
  readonly latency: { readonly authorize: Quantiles; readonly calls: Quantiles };
  readonly transactions: number;
  /** Of ended and running transactions. */
  readonly energyWh: number;
  readonly commands: number;
  readonly faults: number;
  readonly happenings: readonly Happening[];
  readonly pair: ForkPair | undefined;
}

export interface Quantiles {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** Takes the figures of the running parts; each call is one sample of the rates. */
export class DemoGauge {
  readonly #parts: { readonly gateway: Gateway; readonly fleet: Fleet; readonly observer: DemoObserver };
  readonly #rates = new RateMeter<"value" | "health">();

  constructor(parts: { readonly gateway: Gateway; readonly fleet: Fleet; readonly observer: DemoObserver }) {
    this.#parts = parts;
  }

  read(): DemoModel {
    const { gateway, fleet, observer } = this.#parts;
    const { counters } = gateway;
    const messages = { value: counters.framesSouthIn + counters.framesNorthIn, health: observer.healthMessages };
    const perSecond = this.#rates.rates(observer.elapsedSec * 1000, messages);
    const uplinks = new Map(gateway.stations().map(({ id, csms }) => [id, csms]));
    const stats = gateway.healthStats();
    const ledgers = fleet.ledger();
    const views = fleet.stations.map((station) => ({ ...station.view(), uplink: uplinks.get(station.id) ?? "–" }));
    const running = views.flatMap(({ connectors }) => connectors).map(({ sessionWh = 0 }) => Math.floor(sessionWh));
    return {
      elapsedSec: observer.elapsedSec,
      url: gateway.urls[0] ?? "",
      stations: views,
      value: {
        messages: messages.value,
        perSecond: perSecond.value,
        bytesIn: counters.bytesSouthIn + counters.bytesNorthIn,
        bytesOut: counters.bytesSouthOut + counters.bytesNorthOut,
      },
      health: {
        messages: messages.health,
        perSecond: perSecond.health,
        // What the lane reads is what the stations sent.
        bytesIn: counters.bytesSouthIn,
        bytesOut: observer.healthBytes,
        observed: stats?.observed ?? 0,
        dropped: (stats?.droppedInRing ?? 0) + (stats?.droppedInWorker ?? 0),
        protocol: stats?.protocol,
        connected: stats?.connected ?? false,
      },
      latency: {
        authorize: { p50: observer.authorize.quantile(0.5), p99: observer.authorize.quantile(0.99) },
        calls: { p50: observer.calls.quantile(0.5), p99: observer.calls.quantile(0.99) },
      },
      transactions: ledgers.reduce((sum, { transactions }) => sum + transactions.length, 0),
      energyWh: [...ledgers.map(({ energyWh }) => energyWh), ...running].reduce((sum, wh) => sum + wh, 0),
      commands: observer.commands,
      faults: observer.faults,
      happenings: observer.happenings,
      pair: observer.fork.latest,
    };
  }
}
