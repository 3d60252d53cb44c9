/**
 * All station actors: brings them back from their snapshots, writes them down when they change, and keeps them apart. What one
 * station's actor throws stays its own: it is restored from its last snapshot, and given up after too many failures.
 *
 * Writes are coalesced: a changed station is on disk `snapshotLagMs` later, in one write whatever changed meanwhile, and all
 * stations of a turn share a commit. A write that failed is repeated with the next one.
 */
import { createActor, type EventObject, fromCallback, fromTransition } from "xstate";
import type { Counters } from "../domain/counters.ts";
import { epochMs, type StationId } from "../domain/ids.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import {
  type DeadlineInput,
  type StationActor,
  type StationEvent,
  stationMachine,
} from "../machines/station.machine.ts";
import { withoutSession } from "../machines/without-session.ts";
import type { Clock, Logger, SnapshotStore } from "../ports.ts";
import { type SnapshotEnvelope, unwrapSnapshot, wrapSnapshot } from "./snapshot-envelope.ts";
import type { StationConnection } from "./station-connection.ts";
import { hostKey, StationHost } from "./station-host.ts";

export interface SupervisorOptions {
  readonly store: SnapshotStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly counters: Counters;
  readonly snapshotLagMs: number;
  /** Stations remembered; beyond it strangers are forgotten, see `#forgetStranger`. */
  readonly maxStations: number;
  /** The live connection of this number. */
  readonly connectionOf: (no: number) => StationConnection | undefined;
  /** The actor failed too often: its connection has to go. */
  readonly onGivenUp: (host: StationHost) => void;
}

/** Failures within the window after which an actor is given up. */
const MAX_FAILURES = 3;
const FAILURE_WINDOW_MS = 5 * 60_000;
/** A snapshot costs 20 to 40 µs. */
const WRITES_PER_TURN = 8;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #hosts = new Map<string, StationHost>();
  readonly #dirty = new Set<StationHost>();
  readonly #logic: typeof stationMachine;
  /** Parent of all: actors with a parent share its system, which would cost each two kilobytes. It ignores what they report. */
  readonly #root = createActor(fromTransition(() => null, null)).start();
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The latest write failed. */
  #isFailing = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { clock } = options;
    this.#logic = stationMachine.provide({
      actors: {
        deadline: fromCallback<EventObject, DeadlineInput>(({ input, sendBack }) =>
          clock.callAt(input.at, () => sendBack(this.#verdictOnSilence(input))),
        ),
      },
    });
  }

  get hosts(): Iterable<StationHost> {
    return this.#hosts.values();
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** Brings every station back. What cannot be read starts cold and is counted; nothing here throws for one station. */
  restoreAll(): void {
    const { store, counters, logger } = this.#options;
    const cold = (key: string, reason: string) => {
      counters.coldStarts += 1;
      logger.warn({ stationId: key.split("\u0000")[1], reason }, "snapshot unusable, station starts cold");
    };
    for (const { key, record } of store.readAll(cold)) {
      const envelope = unwrapSnapshot(record);
      if (!envelope.ok) cold(key, envelope.error);
      else if (hostKey(envelope.value.station, envelope.value.version) !== key) cold(key, "stored under another key");
      else this.#restore(key, envelope.value, cold);
    }
  }

  /** The host of a station, created when it is new. */
  host(stationId: StationId, version: OcppVersion): StationHost {
    const key = hostKey(stationId, version);
    let host = this.#hosts.get(key);
    if (host === undefined) {
      if (this.#hosts.size >= this.#options.maxStations) this.#forgetStranger();
      const input = { stationId, version, at: this.#options.clock.now() };
      host = this.#adopt(key, stationId, version, createActor(this.#logic, { input, parent: this.#root }));
    }
    return host;
  }

  /**
   * A rule that lets everybody in lets anybody invent names. Beyond the bound the oldest station goes that is not connected, that
   * no CSMS ever accepted and that has no transaction: there is nothing to lose with it.
   */
  #forgetStranger(): void {
    const { store, counters, clock, logger } = this.#options;
    for (const host of this.#hosts.values()) {
      const { registration, transactions } = host.context;
      if (host.connection !== undefined || registration === "Accepted" || Object.keys(transactions).length > 0)
        continue;
      this.#hosts.delete(host.key);
      host.send({ type: "actor.retired", at: clock.now() });
      this.#dirty.delete(host);
      counters.strangersForgotten += 1;
      store
        .remove(host.key)
        .catch((error) => logger.error({ code: "ERR_STORE", reason: String(error) }, "not removed"));
      return;
    }
  }

  /** Resolves when everything that changed is on disk, or was tried once more and could not be written. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#flushing;
    if (this.#dirty.size > 0) await this.#write();
  }

  async stop(): Promise<void> {
    await this.flush();
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const host of this.#hosts.values()) host.send({ type: "actor.retired", at: this.#options.clock.now() });
  }

  /** The wait is over: was the station heard meanwhile? */
  #verdictOnSilence({ connection: no, silenceMs }: DeadlineInput): StationEvent {
    const now = this.#options.clock.now();
    const connection = this.#options.connectionOf(no);
    if (connection !== undefined && connection.lastFrameAt + silenceMs > now) {
      return { type: "frame.seen", at: epochMs(connection.lastFrameAt) };
    }
    if (connection !== undefined) connection.isSuspect = true;
    return { type: "silence.elapsed", at: now };
  }

  #restore(key: string, envelope: SnapshotEnvelope, cold: (key: string, reason: string) => void): void {
    const { station, version, snapshot } = envelope;
    try {
      const at = this.#options.clock.now();
      const input = { stationId: station, version, at };
      const rest = withoutSession(snapshot, at) as never;
      const actor = createActor(this.#logic, { input, snapshot: rest, parent: this.#root });
      const host = this.#adopt(key, station, version, actor);
      // Whoever restores this snapshot again will find the same; it need not be written for that.
      this.#dirty.delete(host);
    } catch (error) {
      this.#hosts.delete(key);
      cold(key, error instanceof Error ? error.message : "restore failed");
    }
  }

  #adopt(key: string, stationId: StationId, version: OcppVersion, actor: StationActor): StationHost {
    const host = new StationHost(key, stationId, version, actor);
    this.#watch(host, actor);
    this.#hosts.set(key, host);
    actor.start();
    this.#options.counters.actorsNow = this.#hosts.size;
    return host;
  }

  #watch(host: StationHost, actor: StationActor): void {
    actor.subscribe({ next: () => this.#markDirty(host), error: (error) => this.#failed(host, error) });
  }

  #markDirty(host: StationHost): void {
    if (this.#stopped) return;
    this.#dirty.add(host);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushing = this.#write();
    }, this.#options.snapshotLagMs).unref();
  }

  /** A few stations a turn of the event loop: a fleet that changed at once must not hold up a driver's card. */
  async #write(): Promise<void> {
    const hosts = [...this.#dirty];
    this.#dirty.clear();
    const writes: Promise<void>[] = [];
    for (const [i, host] of hosts.entries()) {
      if (i > 0 && i % WRITES_PER_TURN === 0) await nextTurn();
      writes.push(this.#writeOne(host));
    }
    await Promise.all(writes);
  }

  async #writeOne(host: StationHost): Promise<void> {
    const { store, counters, logger } = this.#options;
    try {
      await store.write(host.key, wrapSnapshot(host.stationId, host.version, host.actor.getPersistedSnapshot()));
      counters.snapshotWrites += 1;
      this.#isFailing = false;
    } catch (error) {
      // Not lost: it goes with the next write, whichever station that is for.
      this.#dirty.add(host);
      counters.snapshotWriteFailures += 1;
      // One line for a disk that fails, not one for each station and change.
      if (!this.#isFailing)
        logger.error({ stationId: host.stationId, code: "ERR_STORE", reason: String(error) }, "snapshot not written");
      this.#isFailing = true;
    }
  }

  #failed(host: StationHost, error: unknown): void {
    const { clock, counters, logger } = this.#options;
    const now = clock.now();
    host.failures = [...(host.failures ?? []).filter((at) => at > now - FAILURE_WINDOW_MS), now];
    counters.actorRestarts += 1;
    logger.error(
      { stationId: host.stationId, failures: host.failures.length, reason: error instanceof Error ? error.name : "?" },
      "station actor failed, restarting it from its last snapshot",
    );
    const givenUp = host.failures.length >= MAX_FAILURES;
    this.#replaceActor(host, givenUp);
    if (!givenUp) return;
    host.failures = undefined;
    counters.actorsGivenUp += 1;
    this.#options.onGivenUp(host);
  }

  /** A fresh actor for the host: from its last snapshot, or cold when that one keeps failing. Never throws. */
  #replaceActor(host: StationHost, cold: boolean): void {
    const { clock } = this.#options;
    const actor = (cold ? undefined : this.#lastSaved(host)) ?? this.#coldStart(host);
    host.actor = actor;
    this.#watch(host, actor);
    actor.start();
    const { connection } = host;
    const at = clock.now();
    if (connection === undefined) {
      host.send({ type: "session.closed", connection: host.context.connection, at });
      return;
    }
    const { no, strength, certificate, link } = connection;
    host.send({ type: "session.opened", connection: no, securityProfile: strength, certificate, at });
    if (link !== undefined) host.send({ type: "link.changed", connection: no, state: link.state, at });
  }

  /** An actor as the store has it; undefined when the store has none that is good, or cannot be read. */
  #lastSaved(host: StationHost): StationActor | undefined {
    const { store, clock, logger } = this.#options;
    const { stationId, version } = host;
    try {
      const record = store.read(host.key);
      const envelope = record === undefined ? undefined : unwrapSnapshot(record);
      if (!envelope?.ok) return undefined;
      const input = { stationId, version, at: clock.now() };
      return createActor(this.#logic, { input, snapshot: envelope.value.snapshot as never, parent: this.#root });
    } catch (error) {
      logger.error({ stationId, code: "ERR_STORE", reason: String(error) }, "snapshot not readable");
      return undefined;
    }
  }

  #coldStart({ stationId, version }: StationHost): StationActor {
    this.#options.counters.coldStarts += 1;
    const input = { stationId, version, at: this.#options.clock.now() };
    return createActor(this.#logic, { input, parent: this.#root });
  }
}
