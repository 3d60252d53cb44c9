/**
 * One life of the gateway: the real sessions, lanes, relay and spool, joined as `gateway.ts` joins them, on simulated time, disk
 * and sockets. What it has not committed dies with it.
 */
import { GatewayBus } from "../../src/actors/gateway-bus.ts";
import { openLanes } from "../../src/actors/lanes.ts";
import { openLinks } from "../../src/actors/link/open-links.ts";
import { makeRoom } from "../../src/actors/newcomer.ts";
import type { RelayOptions } from "../../src/actors/relay.ts";
import { Sessions } from "../../src/actors/sessions.ts";
import { type OpenedSpool, openSpool } from "../../src/actors/spool/open-spool.ts";
import { Orphans } from "../../src/actors/spool/orphans.ts";
import { Supervisor } from "../../src/actors/supervisor.ts";
import { openUplink } from "../../src/actors/uplink.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { stationRules } from "../../src/config/station-rules.ts";
import type { GatewayConfig } from "../../src/config/types.ts";
import { Counters } from "../../src/domain/counters.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { CATALOGUE } from "../../src/domain/ocpp/catalogue.ts";
import type { Validators } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { Clock, Logger, SpoolStorage } from "../../src/ports.ts";
import type { LedgerVersion } from "../support/ledger-books.ts";
import { quietSentinel } from "../support/quiet-sentinel.ts";
import type { MemoryStore } from "../support/supervised.ts";
import { Line, type Peer } from "./fake-socket.ts";
import type { Owner, VirtualTime } from "./virtual-time.ts";

export interface NodeOptions {
  readonly config: GatewayConfig;
  readonly time: VirtualTime;
  readonly owner: Owner;
  /** Milliseconds since 1970 at the beginning of time; it may be stepped. */
  readonly wallAt: () => number;
  readonly random: () => number;
  readonly storage: SpoolStorage;
  readonly snapshots: MemoryStore;
  readonly validators: (version: OcppVersion) => Validators;
  readonly sweepMs: number;
  readonly latencyMs: () => number;
  /** Takes a line towards the CSMS. */
  readonly dialCsms: (line: (peer: Peer) => Line, station: string, version: LedgerVersion) => void;
  readonly onError: (what: string) => void;
}

export function modelConfig(document: object = {}): GatewayConfig {
  return parseConfig({
    dataDir: "unused",
    listen: { host: "127.0.0.1", port: 0 },
    csms: { url: "ws://csms.example/ocpp" },
    stations: [{ match: "*", securityProfile: 0 }],
    backoff: { minSec: 1, maxSec: 20, jitterSec: 2 },
    admin: false,
    ...document,
  });
}

export class GatewayNode {
  readonly counters = new Counters(CATALOGUE.length);
  readonly #options: NodeOptions;
  readonly #lines = new Set<Line>();
  #sessions: Sessions | undefined;
  #opened: OpenedSpool | undefined;
  #onKilled: (isThere: false) => void = () => undefined;
  readonly #killed = new Promise<false>((resolve) => {
    this.#onKilled = resolve;
  });

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** Messages that wait for the CSMS. */
  get waiting(): number {
    return this.#opened?.spool.waiting ?? 0;
  }

  async start(): Promise<void> {
    const { config, time, owner, storage, snapshots, validators, sweepMs } = this.#options;
    const { counters } = this;
    time.owner = owner;
    const clock = this.#clock();
    const logger = this.#logger();
    const bus = new GatewayBus(logger);
    const random = { next: this.#options.random, uuid: () => uuid(this.#options.random) };
    const relay: { -readonly [K in keyof RelayOptions]: RelayOptions[K] } = {
      clock,
      random,
      counters,
      logger,
      spool: undefined,
      links: undefined,
      limits: config.limits,
    };
    const supervisor = new Supervisor({
      store: snapshots,
      clock,
      logger,
      counters,
      snapshotLagMs: config.snapshotLagMs,
      maxStations: 1000,
      connectionOf: (no) => this.#sessions?.byNo(no),
      onGivenUp: (host) => host.connection?.socket?.close(1011, "station actor failed"),
    });
    supervisor.restoreAll();
    const opened = await openSpool({
      config,
      clock,
      random,
      logger,
      counters,
      bus,
      relay: () => relay,
      storage,
      hosts: () => supervisor.hosts,
    });
    if (opened === undefined) throw new Error("no spool");
    this.#opened = opened;
    relay.spool = opened.spool;
    relay.links = openLinks(opened, {
      dataDir: config.dataDir,
      written: () => Promise.resolve(),
      clock,
      counters,
      logger,
      bus,
      relay: () => relay,
    });
    for (const { station, version } of opened.stationsFound) supervisor.host(station, version);
    const { limits } = config;
    const lanes = openLanes({
      clock,
      logger,
      counters,
      sentinel: quietSentinel(counters, clock, bus),
      limits,
      relay,
      validators,
      learn: opened.learn,
    });
    const sessions = new Sessions({
      supervisor,
      relay,
      limits,
      backoff: config.backoff,
      clock,
      random,
      counters,
      logger,
      bus,
      health: undefined,
      uplink: openUplink({ config: config.uplink, health: undefined, clock, counters }),
      openSocket: (url, [version]) => this.#dial(url, version as LedgerVersion),
      onFrame: lanes.push,
      settle: lanes.settle,
      onConnectionHealth: () => undefined,
    });
    this.#sessions = sessions;
    const rules = stationRules(config.stations);
    const orphans = new Orphans({
      spool: opened.spool,
      orphanSec: config.spool.orphanSec,
      hosts: () => supervisor.hosts,
      ruleFor: (station) => rules.find(station),
      openGhost: (host, rule) => sessions.openGhost(host, rule),
    });
    setInterval(() => {
      sessions.sweep();
      orphans.check(clock.monotonicMs());
    }, sweepMs);
  }

  /** A station dials. Resolves with its line; undefined: refused. */
  async accept(id: string, version: LedgerVersion, peer: Peer): Promise<Line | undefined> {
    const sessions = this.#sessions;
    if (sessions === undefined) return undefined;
    const rule = stationRules(this.#options.config.stations).find(stationId(id));
    if (rule === undefined) throw new Error("no rule");
    const admitted = {
      ok: true,
      stationId: stationId(id),
      rule,
      strength: 0,
      certificate: {},
      version,
      assumed: false,
    } as const;
    const bus = new GatewayBus(this.#logger());
    const room = makeRoom(admitted, { sessions, bus, probeMs: 2000 });
    const hasRoom = await Promise.race([room, this.#killed]);
    if (!hasRoom) return undefined;
    const line = this.#line(peer, "open");
    sessions.open(line.socket, { ...admitted, version, remoteAddress: "127.0.0.1" }, undefined as never);
    return line;
  }

  /** The process is gone; its system tells everybody at the other ends. */
  kill(): void {
    const { time, owner } = this.#options;
    time.drop(owner);
    for (const line of this.#lines) line.killed();
    this.#lines.clear();
    this.#sessions = undefined;
    this.#onKilled(false);
  }

  #line(peer: Peer, state: "open" | "connecting"): Line {
    const { time, owner, latencyMs } = this.#options;
    const line = new Line({ time, owner, latencyMs, peer, state });
    this.#lines.add(line);
    line.on("close", () => this.#lines.delete(line));
    line.on("error", () => undefined);
    return line;
  }

  #dial(url: string, version: LedgerVersion): Line["socket"] {
    const station = decodeURIComponent(url.split("/").at(-1) ?? "");
    let dialled: Line | undefined;
    this.#options.dialCsms(
      (peer) => {
        dialled = this.#line(peer, "connecting");
        return dialled;
      },
      station,
      version,
    );
    if (dialled === undefined) throw new Error("no line");
    return dialled.socket;
  }

  #clock(): Clock {
    const { time, wallAt, owner } = this.#options;
    const now = () => epochMs(Math.floor(wallAt() + time.now));
    return {
      now,
      monotonicMs: () => time.now,
      callAt: (at, callback) => time.after(at - now(), callback, owner),
    };
  }

  /** A lane that failed is a defect, whatever it did to the books. */
  #logger(): Logger {
    const nothing = () => undefined;
    const { onError } = this.#options;
    const error: Logger["error"] = ({ reason }, message) => onError(`${message}: ${reason}`);
    return { debug: nothing, info: nothing, warn: nothing, error };
  }
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
