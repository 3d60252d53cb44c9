/**
 * The composition root: makes the parts, joins them, starts and stops them. No other file knows all of them.
 *
 *     start   validators ─▶ store ─▶ stations restored ─▶ lanes ─▶ health lane ─▶ listeners
 *     stop    listeners ─▶ connections, each when its calls are answered ─▶ health lane ─▶ snapshots ─▶ store
 */
import { AddressLimits } from "./actors/address-limits.ts";
import { systemClock } from "./actors/clock.ts";
import { GatewayBus, type GatewayEvents } from "./actors/gateway-bus.ts";
import { type Parts, stopParts } from "./actors/gateway-parts.ts";
import { openLanes } from "./actors/lanes.ts";
import { openLinks } from "./actors/link/open-links.ts";
import { type Listener, type ListenerOptions, listen, renewListeners } from "./actors/listener.actor.ts";
import { makeRoom } from "./actors/newcomer.ts";
import { certificatesOf, healthUplinkOf, revocationOf, syslogOf, translatorsOf } from "./actors/optional-parts.ts";
import { systemRandom } from "./actors/random.ts";
import type { DelayControl } from "./actors/regulatory/delay-desk.ts";
import { openDelays } from "./actors/regulatory/open-delays.ts";
import type { RelayOptions } from "./actors/relay.ts";
import { PasswordCheck } from "./actors/security/password-check.ts";
import { type QuarantineDesk, quarantineDesk } from "./actors/security/quarantine-desk.ts";
import { Refusals } from "./actors/security/refused.ts";
import { Sentinel } from "./actors/security/sentinel.ts";
import { sourceRights } from "./actors/security/source-rights.ts";
import { Surroundings } from "./actors/security/surroundings.ts";
import type { SyslogSender } from "./actors/security/syslog-sender.ts";
import { SecurityLog } from "./actors/security-log.ts";
import { Sessions } from "./actors/sessions.ts";
import { silentLogger } from "./actors/silent-logger.ts";
import { LaneWatch, type ValueLaneStatus } from "./actors/spool/lane-watch.ts";
import { type OpenedSpool, openSpool } from "./actors/spool/open-spool.ts";
import { Orphans } from "./actors/spool/orphans.ts";
import type { Queue } from "./actors/spool/queue-control.ts";
import { openStateStore } from "./actors/state-store.ts";
import { stationDiagnostics } from "./actors/station-diagnostics.ts";
import { type StationView, stationView } from "./actors/station-views.ts";
import { Supervisor } from "./actors/supervisor.ts";
import type { StationLimit } from "./actors/translation/translators.ts";
import { openUplink } from "./actors/uplink.ts";
import { validatorsOf } from "./actors/validators.ts";
import { stationRules } from "./config/station-rules.ts";
import type { GatewayConfig } from "./config/types.ts";
import { Counters } from "./domain/counters.ts";
import { GatewayError } from "./domain/error.ts";
import { stationId } from "./domain/ids.ts";
import { CATALOGUE } from "./domain/ocpp/catalogue.ts";
import { decoderTable, type HealthDecoder } from "./domain/telemetry/decoder.ts";
import { observeConnection } from "./domain/telemetry/extract.ts";
import type {
  Clock,
  HealthStats,
  HealthUplink,
  KeyStore,
  Logger,
  Random,
  SnapshotStore,
  SpoolStorage,
} from "./ports.ts";

export type { GatewayEvents } from "./actors/gateway-bus.ts";
export type { DelayControl, HeldView } from "./actors/regulatory/delay-desk.ts";
export type { QuarantineDesk } from "./actors/security/quarantine-desk.ts";
export type { ValueLaneStatus } from "./actors/spool/lane-watch.ts";
export type {
  LetterChoice,
  Queue,
  QueuedMessage,
  QueueOutcome,
  QueueSummary,
  ShowOptions,
} from "./actors/spool/queue-control.ts";
export type { StationView } from "./actors/station-views.ts";
export type { StationLimit } from "./actors/translation/translators.ts";

/** Parts that an OEM or a test replaces; each has a real default. */
export interface GatewayPorts {
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default: none. The daemon brings pino. */
  readonly logger?: Logger;
  /** Default: LMDB in `dataDir`. */
  readonly snapshots?: SnapshotStore;
  /** Default: LMDB in `dataDir`. */
  readonly spool?: SpoolStorage;
  /** Default: files in `dataDir`, or the token of the configuration. */
  readonly keys?: KeyStore;
  /** Default: MQTT in a worker thread, when the configuration has a health lane. */
  readonly health?: HealthUplink;
  /** Read what vendors put into DataTransfer, for the health lane. Default: nobody does. */
  readonly decoders?: readonly HealthDecoder[];
}

export interface GatewayStatus {
  /** The event loop and the store answer. */
  readonly live: boolean;
  /** Stations are accepted; also while the CSMS is away. */
  readonly ready: boolean;
  readonly reason?: string;
}

export interface Gateway {
  /**
   * Opens the store, restores the stations, listens. A start that fails leaves nothing open.
   *
   * A disk that takes no writes does not keep it from starting: see the events `spool.impaired` and `state.unavailable`.
   *
   * @throws GatewayError `ERR_LISTEN`, `ERR_SECRET_UNREADABLE`; `ERR_STOPPED` after `stop()`
   */
  start(): Promise<void>;
  /** Stops accepting, drains, persists, closes; takes at most `shutdownSec` and a little. Idempotent. */
  stop(): Promise<void>;
  /** New connections of stations get the listeners' certificates, keys and client authorities of `config`. @returns how many took them */
  renewTls(config: GatewayConfig): number;
  stations(): readonly StationView[];
  /** @returns what ends the subscription */
  on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void): () => void;
  /** Where it listens, e.g. `ws://127.0.0.1:9000/ocpp`; empty before `start()`. */
  readonly urls: readonly string[];
  readonly counters: Counters;
  healthStats(): HealthStats | undefined;
  status(): GatewayStatus;
  /** How the value lane is. */
  valueLane(): ValueLaneStatus;
  /** What waits for the CSMS and what was put aside; undefined before the start, and without a spool. */
  queue(): Queue | undefined;
  /**
   * Limits a translated station, for a site's energy management: its profiles are lowered, and the CSMS is told (K11–K14). It holds until
   * it is replaced or released, over restarts too.
   *
   * @returns false: not taken, for the station is not translated, its CSMS has not been connected since the start, or `firewall.rights.ems`
   *   does not allow SetChargingProfile
   */
  limitStation(stationId: string, limit: StationLimit): boolean;
  /** The dashcam seals what it remembers of a station. @returns false: it remembers nothing of it */
  captureScene(stationId: string): boolean;
  /** Commands that Great Britain's rule holds back, and the owner's override; undefined where no station has the rule. */
  readonly delays: DelayControl | undefined;
  /** Who is kept out, and letting them in again. */
  readonly quarantine: QuarantineDesk;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How often the connections are looked after: pings, timeouts. */
const SWEEP_MS = 250;
/** A station may have two actors (one for each version it has spoken), and some are away. */
const STATIONS_PER_CONNECTION = 2;

/** Does nothing before `start()`. */
export function createGateway(config: GatewayConfig, ports: GatewayPorts = {}): Gateway {
  const clock = ports.clock ?? systemClock;
  const random = ports.random ?? systemRandom;
  const logger = ports.logger ?? silentLogger;
  const counters = new Counters(CATALOGUE.length);
  const bus = new GatewayBus(logger);
  const relay: Mutable<RelayOptions> = {
    clock,
    random,
    counters,
    logger,
    spool: undefined,
    links: undefined,
    limits: config.limits,
  };
  const watch = new LaneWatch(counters, () => clock.now());
  const rules = stationRules(config.stations);
  const addresses = new AddressLimits({
    open: config.limits.connectionsPerAddress,
    perMinute: config.limits.connectRatePerAddress,
  });
  const passwords = new PasswordCheck({ counters, remembered: config.limits.maxConnections });
  const sentinel = new Sentinel({ settings: config.intrusion, clock, counters, bus, logger });
  const refusals = new Refusals({ clock, counters, bus, logger, sentinel });
  const may = sourceRights((station) => rules.find(station), sentinel);
  const securityLog = new SecurityLog({ dataDir: config.dataDir, clock, logger, counters, bus });

  let parts: Parts | undefined;
  let syslog: SyslogSender | undefined;
  let state: "new" | "starting" | "ready" | "stopping" | "stopped" = "new";
  let opened: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function start(): Promise<void> {
    if (state !== "new") throw new GatewayError("ERR_STOPPED", "A gateway starts once; create another one");
    state = "starting";
    opened = open();
    try {
      await opened;
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async function open(): Promise<void> {
    syslog = await syslogOf(config, { clock, random, counters, logger, bus, written: () => securityLog.flush() });
    const health = ports.health ?? (await healthUplinkOf(config, clock, logger));
    const validators = await validatorsOf(config);
    const { dataDir } = config;
    const store = ports.snapshots ?? openStateStore({ dataDir, logger, counters, bus, now: () => clock.now() });
    const supervisor = new Supervisor({
      store,
      clock,
      logger,
      counters,
      snapshotLagMs: config.snapshotLagMs,
      maxStations: config.limits.maxConnections * STATIONS_PER_CONNECTION,
      connectionOf: (no) => sessions.byNo(no),
      onGivenUp: (host) => host.connection?.socket?.close(1011, "station actor failed"),
    });
    supervisor.restoreAll();
    const spool = await openSpool({
      config,
      clock,
      random,
      logger,
      counters,
      bus,
      relay: () => relay,
      storage: ports.spool,
      hosts: () => supervisor.hosts,
      deliverTranslated: (...letters) => parts?.translators?.deliverAgain(...letters) === true,
    });
    relay.spool = spool?.spool;
    const written = () => securityLog.flush();
    relay.links = openLinks(spool, { dataDir, written, clock, counters, logger, bus, relay: () => relay });
    relay.spoolIsLost = spool === undefined && config.spool.enabled;
    for (const { station, version } of spool?.stationsFound ?? []) supervisor.host(station, version);
    const hosts = () => supervisor.hosts;
    const delays = openDelays(config, { storage: spool?.sealed, clock, random, counters, logger, bus, relay, hosts });
    relay.delays = delays?.desk;
    const lanes = openLanes({
      clock,
      logger,
      counters,
      sentinel,
      limits: config.limits,
      relay,
      validators,
      learn: spool?.learn,
      decoders: decoderTable(ports.decoders ?? []),
      onToken: health?.noteToken && ((token) => health.noteToken?.(token)),
    });
    const translators = await translatorsOf(config, {
      validators,
      limits: config.limits,
      retry: config.spool,
      spool: spool?.spool,
      storage: spool?.sealed,
      clock,
      random,
      counters,
      logger,
    });
    const certificates = await certificatesOf(config, ports.keys, { clock, logger, counters, bus, relay });
    const revocation = await revocationOf(config, { clock, counters, logger, bus });
    const uplink = openUplink({ config: config.uplink, health, clock, counters });
    const sessions: Sessions = new Sessions({
      supervisor,
      relay,
      limits: config.limits,
      backoff: config.backoff,
      clock,
      random,
      counters,
      logger,
      bus,
      health,
      uplink,
      sentinel,
      translators,
      certificates,
      revocation,
      onFrame: lanes.push,
      settle: lanes.settle,
      onConnectionHealth: ({ health: sink }, up) => sink && observeConnection(sink, up ? "up" : "down", clock.now()),
    });
    health?.diagnoseWith?.(stationDiagnostics({ connectionOf: (id) => sessions.of(id), relay, clock, bus }));
    watch.look(spool?.spool);
    const surroundings = new Surroundings({
      sentinel,
      clock,
      config,
      addresses: () => new Set([...sessions.all].map(({ remoteAddress }) => remoteAddress)),
    });
    surroundings.start();
    const orphans = spool && orphansOf(spool, supervisor, sessions);
    const sweep = setInterval(() => {
      sessions.sweep();
      orphans?.check(clock.monotonicMs());
      watch.look(spool?.spool);
    }, SWEEP_MS);
    parts = {
      store,
      health,
      uplink,
      supervisor,
      lanes,
      sessions,
      spool,
      translators,
      certificates,
      delays,
      sweep,
      surroundings,
      listeners: [],
    };
    for (const listener of config.listeners) {
      parts.listeners.push(await openListener(listener, sessions, revocation));
    }
    // The lane that may be lost does not hold up the one that may not: its thread comes when stations are listened to.
    health?.start().catch((error) => logger.error({ reason: String(error) }, "health lane not started"));
    if (state === "starting") state = "ready";
    logger.info({ stations: supervisor.size, coldStarts: counters.coldStarts }, "gateway started");
  }

  function orphansOf({ spool }: OpenedSpool, supervisor: Supervisor, sessions: Sessions): Orphans {
    return new Orphans({
      spool,
      orphanSec: config.spool.orphanSec,
      hosts: () => supervisor.hosts,
      ruleFor: (station) => rules.find(station),
      openGhost: (host, rule) => sessions.openGhost(host, rule),
    });
  }

  function openListener(
    listener: GatewayConfig["listeners"][number],
    sessions: Sessions,
    revocation: ListenerOptions["revocation"],
  ): Promise<Listener> {
    return listen({
      listener,
      revocation,
      limits: config.limits,
      path: config.path,
      ruleFor: (station) => rules.find(station),
      passwords,
      addresses,
      clock,
      logger,
      sentinel,
      hasRoomFor: (station) => sessions.size < config.limits.maxConnections || sessions.of(station) !== undefined,
      makeRoom: (admitted) => makeRoom(admitted, { sessions, bus, probeMs: config.limits.probeMs }),
      onConnection: (ws, arrival, raw) => sessions.open(ws, arrival, raw),
      onRefused: (refused, address) => refusals.add(refused, address),
    });
  }

  async function shutDown(): Promise<void> {
    state = "stopping";
    // A start that is under way is waited for, and then undone.
    await opened?.catch(() => undefined);
    if (parts !== undefined) await stopParts(parts, config, clock, logger);
    relay.links?.logs.stop();
    await securityLog.flush();
    await syslog?.stop();
    state = "stopped";
  }

  function stop(): Promise<void> {
    stopped ??= shutDown();
    return stopped;
  }

  return {
    start,
    stop,
    renewTls: ({ listeners }) => renewListeners(parts?.listeners ?? [], listeners),
    stations: () => [...(parts?.supervisor.hosts ?? [])].map((host) => stationView(host, relay)),
    on: (event, listener) => bus.on(event, listener),
    get urls() {
      return parts?.listeners.map(({ url }) => url) ?? [];
    },
    counters,
    captureScene: (id) => parts?.health?.capture?.(stationId(id)) === true,
    healthStats: () => parts?.health?.stats(),
    status: () => ({
      live: state !== "stopped",
      ready: state === "ready",
      ...(state === "ready" ? {} : { reason: state }),
    }),
    valueLane: () => {
      watch.look(parts?.spool?.spool);
      return watch.status;
    },
    queue: () => parts?.spool?.queue,
    limitStation: (id, limit) =>
      may("ems", "SetChargingProfile", stationId(id)) && parts?.translators?.limit(stationId(id), limit) === true,
    get delays() {
      return parts?.delays?.desk;
    },
    quarantine: quarantineDesk(sentinel, clock, () => parts?.sessions),
    [Symbol.asyncDispose]() {
      return this.stop();
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
