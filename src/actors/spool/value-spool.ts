/**
 * The durable value lane of all stations: who has messages waiting, what may go next on a connection, and when the gateway stops
 * waiting for a CSMS and answers in its place.
 *
 *     station ─▶ take ─▶ StationSpool ─▶ store          CSMS ◀─ nextCall ◀─ opening, deliveries, bulk
 *                  └──▶ Desk (what is no transaction message)
 *
 * The call gate of the connection asks here for its next call; nothing here sends by itself.
 */
import type { EpochMs, MessageId } from "../../domain/ids.ts";
import type { PendingCall } from "../../domain/ocpp/call-gate.ts";
import type { CallFrame } from "../../domain/ocpp/frame.ts";
import { decodeRecord, parseSpoolKey, type SpoolKey, seqText, spoolPrefix } from "../../domain/spool/record.ts";
import { type Spoolable, transactionNumber } from "../../domain/spool/spoolable.ts";
import type { SpoolNote } from "../../ports.ts";
import type { With } from "../../streams/value-lane.ts";
import { takeBack } from "../legs.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Delivery, oldestAllowed } from "./delivery.ts";
import { Desk } from "./desk.ts";
import { asSent } from "./frame-text.ts";
import { namedForStation } from "./name-south.ts";
import { bulkCall, openingCall } from "./opening.ts";
import type { SpoolContext } from "./spool-context.ts";
import { type QueueState, type QueueTotal, StationQueue } from "./station-queue.ts";
import { StationSpool } from "./station-spool.ts";
import { Thinning } from "./thinning.ts";

type Conn = StationConnection;

/** One station's part. */
export interface StationUnit {
  readonly spool: StationSpool;
  readonly desk: Desk;
}

/** A queue as the store has it. */
interface Found extends QueueState {
  /** When its oldest message was taken. */
  readonly oldestAt?: EpochMs;
}

const EMPTY: Found = { first: 0, next: 0, count: 0, bytes: 0 };
/** Calls of a 1.6 station that name its transaction. */
const NAMING: ReadonlySet<string> = new Set(["MeterValues", "StopTransaction"]);
/** A record's size where it was not read. */
const TYPICAL_BYTES = 900;

export class ValueSpool {
  /** What the CSMS did not take. */
  readonly dead: DeadLetters;
  readonly #context: SpoolContext;
  readonly #delivery: Delivery;
  readonly #thinning: Thinning;
  readonly #units = new Map<StationHost, StationUnit>();
  readonly #found = new Map<string, Found>();
  readonly #total: QueueTotal = { bytes: 0 };

  constructor(context: SpoolContext) {
    this.#context = context;
    this.dead = new DeadLetters(context.storage);
    this.#delivery = new Delivery(context, this.dead, (connection) => this.#bootAgain(connection));
    this.#thinning = new Thinning(context);
    const { trail } = context.storage;
    if (trail !== undefined) trail.underWay = () => this.#noted();
    this.#look();
  }

  /** Stations of which the store had messages at start. */
  get stationsFound(): readonly Pick<SpoolKey, "station" | "version">[] {
    const keys = [...this.#found.keys()].map((prefix) => parseSpoolKey(`${prefix}000000000000`));
    return keys.filter((key): key is SpoolKey => key !== undefined);
  }

  /** Messages that wait, of all stations. */
  get waiting(): number {
    let count = 0;
    for (const { spool } of this.#units.values()) count += spool.queue.count;
    for (const { count: found } of this.#found.values()) count += found;
    return count;
  }

  get bytes(): number {
    return this.#total.bytes;
  }

  /** When the oldest message of all was taken; undefined: none waits. */
  get oldestAt(): EpochMs | undefined {
    let oldest: EpochMs | undefined;
    const look = (at: EpochMs | undefined) => {
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at;
    };
    for (const { spool } of this.#units.values()) look(spool.queue.oldestAt);
    for (const { oldestAt } of this.#found.values()) look(oldestAt);
    return oldest;
  }

  of(host: StationHost): StationUnit {
    let unit = this.#units.get(host);
    if (unit === undefined) {
      unit = this.#open(host);
      this.#units.set(host, unit);
    }
    return unit;
  }

  /** What waits of a station; does not read anything. */
  stateOf(host: StationHost): { readonly count: number; readonly bytes: number } {
    const unit = this.#units.get(host);
    if (unit !== undefined) return unit.spool.queue;
    return (this.#found.size === 0 ? undefined : this.#found.get(spoolPrefix(host.stationId, host.version))) ?? EMPTY;
  }

  /** True when a message of this station that waits has this id. */
  usesId(host: StationHost, id: MessageId): boolean {
    return this.#units.get(host)?.spool.usesId(id) === true;
  }

  /** Messages of a station that wait; does not read anything. */
  waitingOf(host: StationHost): number {
    return this.stateOf(host).count;
  }

  /**
   * Takes a transaction message.
   *
   * @returns false when it was not taken and has to be relayed as it is
   */
  take(message: With<CallFrame, Conn>, kind: Spoolable): boolean {
    const { spool } = this.of(message.connection.host);
    if (!this.#context.isHealthy() && !canRelay(spool, message, kind)) {
      this.#context.refuse(message.connection, message.frame.id, "The gateway cannot keep this message now", false);
      return true;
    }
    return this.#thinning.refuses(spool, message, kind, this) || spool.take(message, kind);
  }

  /**
   * True when the gateway answers this call itself: the CSMS is away, or busy with what it missed and the call can be answered
   * without it. Then it has been answered.
   */
  answersHere(message: With<CallFrame, Conn>): boolean {
    const { connection, frame } = message;
    const unit = this.of(connection.host);
    if (frame.action === "BootNotification" && !connection.isAway) unit.desk.noteBoot(message.text);
    const isBusy = () =>
      message.messageClass === 3 && frame.action !== "BootNotification" && this.#isOpening(unit, connection);
    if (!connection.isAway && !(unit.desk.canAnswer(frame.action) && isBusy())) return false;
    unit.desk.answer(message);
    return true;
  }

  /** Class of what the spool wants to send next on this connection; undefined: nothing. */
  wants(connection: Conn): number | undefined {
    const unit = this.#units.get(connection.host);
    if (unit === undefined) return undefined;
    if (this.#isOpening(unit, connection)) return 1;
    return unit.desk.bulk > 0 && !connection.isAway ? 4 : undefined;
  }

  /** The call to put in flight now; undefined: none, or not yet, and then `pump` comes back to it. */
  nextCall(connection: Conn): PendingCall | undefined {
    const { spool, desk } = this.of(connection.host);
    if (desk.bootIsOwed || desk.hasStates) return openingCall(desk, connection, this.#context);
    const entry = this.#delivery.nextDue(spool, connection);
    if (entry === undefined) return bulkCall(desk, connection, this.#context);
    const { pacer } = this.#context;
    if (pacer.take()) return this.#delivery.callFor(spool, entry, connection);
    pacer.wait(connection.pump);
    return undefined;
  }

  /** Its link is up: what it missed goes first. */
  linkUp(connection: Conn): void {
    const { spool, desk } = this.of(connection.host);
    connection.linkWasUp = true;
    connection.bootHeldUntil = 0;
    connection.isAway = desk.bootIsOwed;
    for (const named of spool.ids.all()) {
      if (named.stopOwed) this.#delivery.stop(spool, String(named.provisional), connection);
    }
  }

  /** A call of the spool's own was in flight on a link that broke. */
  lost(call: PendingCall): void {
    call.settle?.({ kind: "lost" });
  }

  /** Looks after what only time can end. Called a few times a second for each connection. */
  sweep(connection: Conn, now: number): void {
    const { offline } = this.#context;
    const linkIsUp = connection.link?.isUp === true;
    const graceSec = connection.linkWasUp ? offline.graceSec : offline.takeOverSec;
    if (!linkIsUp && !connection.isAway && now >= connection.downSince + graceSec * 1000) this.goAway(connection);
    const unit = this.#units.get(connection.host);
    if (unit?.spool.isOverdue(now)) unit.spool.takeOver(connection);
    if (connection.toCsms.load > 0) this.#answerOverdue(connection, now - offline.takeOverSec * 1000);
    if (linkIsUp && this.wants(connection) !== undefined) this.#context.pump(connection);
  }

  /** From now on the gateway answers in the CSMS's place. */
  goAway(connection: Conn): void {
    connection.isAway = true;
    this.#units.get(connection.host)?.spool.takeOver(connection);
    this.#answerOverdue(connection, Number.POSITIVE_INFINITY);
  }

  /** The connection has ended. To be called before its gate is emptied. */
  ended(connection: Conn): void {
    this.#units.get(connection.host)?.spool.forgetConnection(connection);
  }

  /** A message that is relayed without the spool, because it takes none now, with the CSMS's name for its transaction. */
  namedForCsms(message: With<CallFrame, Conn>): With<CallFrame, Conn> {
    const { frame, text, connection } = message;
    if (this.#context.isHealthy() || !NAMING.has(frame.action)) return message;
    const transactionId = transactionNumber(frame.payload["transactionId"]);
    if (transactionId === undefined) return message;
    const named = this.of(connection.host).spool.translateNorth(text, String(transactionId)) ?? text;
    if (named === text) return message;
    return { ...message, frame: asSent(frame, named), text: named, bytes: Buffer.from(named) };
  }

  /** A CALL of the CSMS as the station has to see it: with the station's name for its transaction. */
  namedForStation(message: With<CallFrame, Conn>): With<CallFrame, Conn> {
    const unit = this.#units.get(message.connection.host);
    return unit === undefined || unit.spool.ids.isEmpty ? message : namedForStation(message, unit.spool.ids);
  }

  /** True when messages wait that nobody delivers while this station has no connection. */
  isOrphaned(host: StationHost): boolean {
    return host.connection === undefined && host.ghost === undefined && this.waitingOf(host) > 0;
  }

  /** True when nothing is left to tell the CSMS for this station. */
  isDone(host: StationHost): boolean {
    const unit = this.#units.get(host);
    return unit === undefined || (unit.spool.queue.count === 0 && unit.desk.bulk === 0);
  }

  /** Ages, forgotten names. Called every minute or so. */
  tidy(): void {
    const { clock, spool: settings } = this.#context;
    const now = clock.now();
    for (const { spool } of this.#units.values()) {
      if (settings.maxAgeDays > 0) this.#delivery.expire(spool, oldestAllowed(now, settings.maxAgeDays));
      spool.ids.forgetOld(now);
      if (this.#context.isHealthy()) spool.receipts.saved();
    }
  }

  /** The store takes writes again. */
  resync(): void {
    this.dead.resync();
    for (const { spool, desk } of this.#units.values()) {
      for (const part of [spool.queue, spool.ids, spool.receipts, desk]) part.resync();
    }
  }

  /** The CSMS wants a boot first: the one that is known, or else one that the station is asked for. */
  #bootAgain(connection: Conn): void {
    const { callStation, logger, pump } = this.#context;
    const { desk } = this.of(connection.host);
    desk.oweBoot();
    connection.isAway = desk.bootIsOwed;
    if (!desk.bootIsOwed && connection.socket !== undefined) {
      callStation(connection, "TriggerMessage", { requestedMessage: "BootNotification" }).catch((error) =>
        logger.warn({ stationId: connection.stationId, reason: String(error) }, "boot not repeated"),
      );
    }
    pump(connection);
  }

  /** The opening, or a message that is due. */
  #isOpening({ desk, spool }: StationUnit, connection: Conn): boolean {
    if (desk.bootIsOwed) return this.#context.clock.monotonicMs() >= connection.bootHeldUntil;
    return desk.hasStates || (spool.hasBacklog && this.#delivery.nextDue(spool, connection) !== undefined);
  }

  /** Calls that are no transaction messages and have waited since before `offeredBefore`. */
  #answerOverdue(connection: Conn, offeredBefore: number): void {
    const { desk } = this.of(connection.host);
    const { toCsms } = connection;
    for (const call of toCsms.calls()) {
      if (call.offeredAt > offeredBefore || call.settle !== undefined || call.origin !== "relay") continue;
      if (!connection.isAway && !desk.canAnswer(call.frame.action)) continue;
      // In flight: its late answer is nobody's any more.
      if (!takeBack(connection, call)) {
        call.origin = "spool";
        call.settle = () => undefined;
      }
      desk.answer({ connection, frame: { ...call.frame, id: call.originalId ?? call.id }, text: call.text });
    }
    if (toCsms.isFree && toCsms.waiting > 0) this.#context.pump(connection);
  }

  #open(host: StationHost): StationUnit {
    const { storage } = this.#context;
    const spool: StationSpool = new StationSpool(
      host,
      new StationQueue({
        storage,
        station: host.stationId,
        version: host.version,
        state: this.#takeFound(host),
        total: this.#total,
        onUnreadable: (seq, reason, bytes) => this.#unreadable(host, seq, reason, bytes),
      }),
      this.#context,
      (entry, answer, connection) => this.#delivery.settled(spool, entry, answer, connection),
    );
    return { spool, desk: new Desk(host, this.#context) };
  }

  #takeFound({ stationId, version }: StationHost): QueueState {
    const prefix = spoolPrefix(stationId, version);
    const state = this.#found.get(prefix);
    this.#found.delete(prefix);
    return state ?? EMPTY;
  }

  *#noted(): Iterable<SpoolNote> {
    for (const { spool } of this.#units.values()) yield* spool.noted();
  }

  /** A record that cannot be read is damage: it is kept for whoever can, and counted. */
  #unreadable(host: StationHost, seq: number, reason: string, bytes: Uint8Array): void {
    const { logger, counters } = this.#context;
    counters.spoolUnreadable += 1;
    this.dead.putBytes(spoolPrefix(host.stationId, host.version), seq, bytes);
    logger.error({ code: "ERR_STORE", stationId: host.stationId, seq, reason }, "spooled message unreadable");
  }

  /** What the store holds: keys alone, so that a long outage does not mean a long start. */
  #look(): void {
    const { storage } = this.#context;
    for (const key of storage.keys("records")) this.#count(key, 1);
    // Numbers of dead letters are not given again.
    for (const key of storage.keys("dead")) this.#count(key, 0);
    for (const [prefix, state] of this.#found) {
      const value = state.count === 0 ? undefined : storage.get("records", prefix + seqText(state.first));
      const record = value === undefined ? undefined : decodeRecord(value);
      if (record?.ok) this.#found.set(prefix, { ...state, oldestAt: record.value.head.takenAt });
    }
  }

  #count(key: string, records: 0 | 1): void {
    const at = parseSpoolKey(key);
    if (at === undefined) return;
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    const known = this.#found.get(prefix) ?? EMPTY;
    const count = known.count + records;
    const next = Math.max(known.next, at.seq + 1);
    const first = records === 1 && known.count === 0 ? at.seq : known.first;
    this.#found.set(prefix, { first, next, count, bytes: count * TYPICAL_BYTES });
    this.#total.bytes += records * TYPICAL_BYTES;
  }
}

/**
 * May a message go past a store that takes none? Not past older ones that are durable, which it would overtake, and not under a name
 * for its transaction that the CSMS does not know.
 */
const canRelay = (spool: StationSpool, { text }: With<CallFrame, Conn>, { transaction }: Spoolable): boolean =>
  !spool.hasBacklog && spool.translateNorth(text, transaction) !== undefined;
