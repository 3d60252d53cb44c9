/**
 * The live connections: opens them, ends them, replaces them, and looks after what only time can end.
 *
 * Keyed by the connection object; the table by station id only answers "who is connected under this name right now", and an old
 * connection that ends late finds a successor there and leaves it alone.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { BackoffConfig, CsmsConfig, LimitsConfig, StationRule } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import { epochMs, type StationId } from "../domain/ids.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Clock, HealthUplink, Logger, Random } from "../ports.ts";
import type { RawFrame } from "../streams/messages.ts";
import type { Admitted } from "./admission.ts";
import {
  CsmsLink,
  type CsmsLinkOptions,
  createLinkFamily,
  type LinkFamily,
  type OpenSocket,
} from "./csms-link.actor.ts";
import { expireCalls } from "./expire-calls.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import { northNow, resumeLegs } from "./legs.ts";
import { dialTarget } from "./link/link-csms.ts";
import type { NorthLink } from "./north-link.ts";
import { CLOSE, PeerSocket } from "./peer-socket.ts";
import type { Certificates } from "./pki/certificates.ts";
import type { RelayOptions } from "./relay.ts";
import { pumpToCsms } from "./relay-north.ts";
import { giveUp } from "./relay-south.ts";
import type { Sentinel } from "./security/sentinel.ts";
import { SendBatch } from "./send-batch.ts";
import { StationConnection } from "./station-connection.ts";
import type { StationHost } from "./station-host.ts";
import type { Supervisor } from "./supervisor.ts";
import { TranslatingLink } from "./translation/translating-link.ts";
import type { Translators } from "./translation/translators.ts";
import type { Uplink } from "./uplink.ts";

export interface SessionsOptions {
  readonly supervisor: Supervisor;
  readonly relay: RelayOptions;
  readonly limits: LimitsConfig;
  readonly backoff: BackoffConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly bus: GatewayBus;
  readonly health: HealthUplink | undefined;
  readonly uplink: Uplink;
  readonly sentinel?: Pick<Sentinel, "csmsSeen"> | undefined;
  /** Undefined: no station is translated. */
  readonly translators?: Translators | undefined;
  readonly certificates?: Certificates | undefined;
  readonly revocation?: CsmsLinkOptions["revocation"];
  /** Replaces the network towards the CSMS. */
  readonly openSocket?: OpenSocket;
  readonly onFrame: (frame: RawFrame<StationConnection>) => void;
  /** Works on what was read from a connection that ends. */
  readonly settle: (connection: StationConnection) => void;
  readonly onConnectionHealth: (connection: StationConnection, up: boolean) => void;
}

export interface Arrival extends Admitted {
  readonly version: OcppVersion;
  readonly remoteAddress: string;
}

/** Calls beyond the point where the socket is paused: what was already read from it still needs a place. */
const CAPACITY_FACTOR = 4;

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live = new Set<StationConnection>();
  readonly #byNo = new Map<number, StationConnection>();
  readonly #byStation = new Map<StationId, StationConnection>();
  readonly #links: LinkFamily;
  readonly #batch = new SendBatch();
  #lastNo = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#links = createLinkFamily(options.clock);
  }

  get size(): number {
    return this.#live.size;
  }

  get all(): Iterable<StationConnection> {
    return this.#live;
  }

  byNo(no: number): StationConnection | undefined {
    return this.#byNo.get(no);
  }

  of(station: StationId): StationConnection | undefined {
    return this.#byStation.get(station);
  }

  /** A station's WebSocket is open: from here on the connection is live. */
  open(ws: WebSocket, arrival: Arrival, raw: Duplex): StationConnection {
    const { supervisor, clock, counters, limits, health, bus, logger, relay } = this.#options;
    const { stationId, version, rule, certificate, remoteAddress, strength } = arrival;
    // Two newcomers may have been admitted side by side; the later one counts.
    const other = this.#byStation.get(stationId);
    if (other !== undefined) this.replace(other, true);
    const host = supervisor.host(stationId, version);
    if (host.ghost !== undefined) this.#ended(host.ghost, CLOSE.goingAway);
    this.#lastNo += 1;
    const connection = new StationConnection({
      no: this.#lastNo,
      host,
      rule,
      strength,
      certificate,
      remoteAddress,
      health: rule.health ? health?.source(stationId).sink : undefined,
      callCapacity: limits.callQueue * CAPACITY_FACTOR,
      openedAt: clock.monotonicMs(),
    });
    connection.lastFrameAt = clock.now();
    host.connection = connection;
    this.#live.add(connection);
    this.#byNo.set(connection.no, connection);
    this.#byStation.set(stationId, connection);
    counters.connectionsAccepted += 1;
    counters.stationsConnectedNow = this.#live.size;
    connection.socket = this.#socketFor(ws, connection, raw);
    host.send({
      type: "session.opened",
      connection: connection.no,
      securityProfile: strength,
      certificate,
      at: clock.now(),
    });
    relay.links?.settings.begins(connection);
    this.#connect(connection);
    this.#options.onConnectionHealth(connection, true);
    logger.info({ stationId, version, connection: connection.no, profile: strength }, "station connected");
    bus.emit("station.connected", { stationId, version });
    return connection;
  }

  /**
   * A link to the CSMS for a station that is away, so that what its spool holds is delivered; it ends when the spool is empty or
   * the station comes back.
   */
  openGhost(host: StationHost, rule: StationRule): void {
    const { limits, clock } = this.#options;
    this.#lastNo += 1;
    const ghost = new StationConnection({
      no: this.#lastNo,
      host,
      rule,
      strength: 0,
      certificate: {},
      remoteAddress: "",
      health: undefined,
      callCapacity: limits.callQueue,
      openedAt: clock.monotonicMs(),
    });
    host.ghost = ghost;
    this.#live.add(ghost);
    this.#byNo.set(ghost.no, ghost);
    this.#connect(ghost);
  }

  #connect(connection: StationConnection): void {
    const { relay, uplink, counters, limits } = this.#options;
    connection.uplink = uplink.shaper?.port({
      deliver: (frame, urgent) => void northNow(connection, frame, counters, urgent),
      onRoom: () => resumeLegs(connection, limits.callQueue),
    });
    connection.pump = () => pumpToCsms(connection, relay);
    const start = this.#options.certificates?.attach(connection);
    connection.link = this.#linkFor(connection);
    if (start === undefined) connection.link?.start();
    else start();
  }

  /** Pings, expires calls, opens gates whose hold is over. Called a few times a second. */
  sweep(): void {
    const now = this.#options.clock.monotonicMs();
    let mostBuffered = 0;
    for (const connection of this.#live) {
      this.#ping(connection, now);
      expireCalls(connection, now, this.#options);
      this.#options.relay.spool?.sweep(connection, now);
      if (connection === connection.host.ghost && this.#isDelivered(connection))
        this.close(connection, CLOSE.goingAway, "delivered");
      mostBuffered = Math.max(mostBuffered, connection.link?.socket?.buffered ?? 0);
    }
    this.#options.uplink.sense(mostBuffered);
  }

  #isDelivered({ host, stationId }: StationConnection): boolean {
    const { relay, translators } = this.#options;
    return relay.spool?.isDone(host) === true && (translators?.keptOf(stationId) ?? 0) === 0;
  }

  #ping({ socket, link }: StationConnection, now: number): void {
    const { counters } = this.#options;
    if (socket?.check(now)) counters.halfOpenClosed += 1;
    if (link?.socket?.check(now)) counters.halfOpenClosed += 1;
  }

  /** Ends a connection from our side. */
  close(connection: StationConnection, code: number, reason: string): void {
    if (connection.socket === undefined) this.#ended(connection, code);
    else connection.socket.close(code, reason);
  }

  /** Makes room for a successor: the connection is over at once, whatever its peer does. */
  replace(connection: StationConnection, peerIsAlive: boolean): void {
    this.#options.counters.connectionsReplaced += 1;
    if (peerIsAlive) connection.socket?.close(CLOSE.restart, "replaced by a new connection");
    else connection.socket?.terminate();
    this.#ended(connection, CLOSE.restart);
  }

  #socketFor(ws: WebSocket, connection: StationConnection, raw: Duplex): PeerSocket {
    const { limits, clock, onFrame } = this.#options;
    const socket = new PeerSocket(ws, {
      role: "server",
      maxPayloadBytes: limits.maxPayloadBytes,
      batch: this.#batch,
      pingIntervalMs: limits.pingIntervalSec * 1000,
      missedPongs: limits.missedPongs,
      now: clock.monotonicMs(),
      onFrame: (bytes) => {
        // What a replaced station still says before it hears of its end is nobody's state any more (field-lessons 2).
        if (connection.isClosed) return;
        connection.lastFrameAt = clock.now();
        onFrame({ connection, from: "south", bytes });
      },
      onDrain: () => resumeLegs(connection, limits.callQueue),
      onClosed: (code) => this.#ended(connection, code),
    });
    socket.takeOver(raw);
    return socket;
  }

  #linkFor(connection: StationConnection): NorthLink | undefined {
    const { csms, translate } = connection.rule;
    if (csms === undefined) return undefined;
    const link = this.#linkOptions(connection, csms);
    const { translators, counters, clock, limits, relay } = this.#options;
    if (csms.speaks === undefined || connection.version !== "ocpp1.6" || translators === undefined)
      return new CsmsLink(link);
    return new TranslatingLink({
      connection,
      translator: translators.of(connection.host),
      processId: translators.processId,
      speaks: csms.speaks,
      translate,
      link,
      relay,
      own: translators.ownValuesOf(csms),
      hasBacklog: () => (relay.spool?.waitingOf(connection.host) ?? 0) > 0,
      limits,
      counters,
      clock,
    });
  }

  #linkOptions(connection: StationConnection, csms: CsmsConfig): CsmsLinkOptions {
    const { limits, backoff, clock, random, counters, openSocket, onFrame, relay } = this.#options;
    const target = dialTarget(connection, csms, relay.links?.settings);
    return {
      family: this.#links,
      dials: this.#options.uplink.dials,
      batch: this.#batch,
      stationId: connection.stationId,
      version: connection.version,
      ...target,
      backoff,
      limits,
      clock,
      random,
      openSocket,
      identity: connection.certificates?.link,
      revocation: this.#options.revocation,
      onTls: (peer) => this.#options.sentinel?.csmsSeen(target.csms().url, peer) ?? true,
      onFrame: (bytes) => {
        if (!connection.isClosed) onFrame({ connection, from: "north", bytes });
      },
      onDrain: () => resumeLegs(connection, limits.callQueue),
      onUp: () => {
        counters.csmsConnects += 1;
        counters.csmsLinksUpNow += 1;
        connection.toCsms.setOpen(true);
        relay.spool?.linkUp(connection);
        this.#tellLink(connection, "up");
        this.#options.bus.emit("csms.up", { stationId: connection.stationId });
        pumpToCsms(connection, relay);
        relay.links?.settings.up(connection);
      },
      onDown: (reason, wasUp) => this.#linkLost(connection, reason, wasUp),
    };
  }

  #linkLost(connection: StationConnection, reason: string, wasUp: boolean): void {
    this.#options.relay.links?.settings.down(connection);
    const { counters, logger, bus } = this.#options;
    const { stationId } = connection;
    if (wasUp) {
      counters.csmsDisconnects += 1;
      counters.csmsLinksUpNow -= 1;
      // A dial that fails does not begin the outage anew.
      connection.downSince = this.#options.clock.monotonicMs();
    }
    connection.uplink?.clear();
    connection.toCsms.setOpen(false);
    const own = connection.toCsms.requeueInFlight();
    own?.settle?.({ kind: "lost" });
    counters.callsRefusedNotConnected += connection.toStation.forsakeRelayed();
    if (connection.isClosed) return;
    // Paused for a link that is gone, the station's socket would not even tell that the station hangs up.
    resumeLegs(connection, this.#options.limits.callQueue);
    this.#tellLink(connection, "down");
    logger.warn({ stationId, reason }, "CSMS link lost");
    bus.emit("csms.down", { stationId, reason });
    if (connection.rule.uplinkPolicy === "close") this.#closeSoon(connection);
  }

  /** A CSMS that goes takes all its links at once; its stations are let go one after the other (field-lessons 5). */
  #closeSoon(connection: StationConnection): void {
    const { clock, random, backoff } = this.#options;
    const at = epochMs(clock.now() + random.next() * backoff.jitterSec * 1000);
    clock.callAt(at, () => this.close(connection, CLOSE.tryLater, "CSMS not reachable"));
  }

  #tellLink(connection: StationConnection, state: "up" | "down"): void {
    connection.host.send({ type: "link.changed", connection: connection.no, state, at: this.#options.clock.now() });
  }

  #ended(connection: StationConnection, code: number): void {
    if (connection.isClosed) return;
    this.#options.settle(connection);
    connection.isClosed = true;
    const { counters, clock, relay, logger, bus, onConnectionHealth } = this.#options;
    const { stationId, host } = connection;
    this.#live.delete(connection);
    this.#byNo.delete(connection.no);
    if (this.#byStation.get(stationId) === connection) this.#byStation.delete(stationId);
    if (host.connection === connection) host.connection = undefined;
    if (host.ghost === connection) host.ghost = undefined;
    connection.uplink?.clear();
    counters.stationsConnectedNow = this.#live.size;
    giveUp(connection.toStation.drain(), connection, "closed", relay);
    relay.spool?.ended(connection);
    // Whoever still pumps here, because its turn has come or its call is lost, must not send into nothing.
    connection.toCsms.setOpen(false);
    for (const call of connection.toCsms.drain()) call.settle?.({ kind: "lost" });
    if (connection.link?.isUp) {
      counters.csmsLinksUpNow -= 1;
      counters.csmsDisconnects += 1;
    }
    connection.link?.stop(CLOSE.goingAway);
    host.send({ type: "session.closed", connection: connection.no, at: epochMs(clock.now()) });
    if (connection.socket === undefined) return;
    onConnectionHealth(connection, false);
    logger.info({ stationId, connection: connection.no, code }, "station disconnected");
    bus.emit("station.disconnected", { stationId, code });
  }
}
