/**
 * Answers a station's calls that are no transaction messages while its CSMS cannot be asked, and remembers what the CSMS has to be
 * told when it is back: the boot it missed, the last value of each state, and a bounded number of bulk messages.
 *
 * Boot and states are durable; bulk messages are not (class V4), and its oldest go first.
 *
 * @see OCPP 2.0.1 Part 4 §6.3 errata 2025-02; docs/guarantees.md
 */
import { messageId } from "../../domain/ids.ts";
import { hasNumericId } from "../../domain/ocpp/decode-frame.ts";
import { encodeCallError, encodeCallResult, withMessageId } from "../../domain/ocpp/encode-frame.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import { localAnswer, localBoot, stateKey } from "../../domain/offline/local-answers.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { With } from "../../streams/value-lane.ts";
import { toStation } from "../legs.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import { cacheScope, type SpoolContext } from "./spool-context.ts";

/** Connectors, EVSEs and jobs of one station; beyond it the one that was told first goes. */
const MAX_STATES = 128;
/** Bulk messages of one station. */
const MAX_BULK = 50;

interface DeskNotes {
  /** Frame of the latest BootNotification. */
  boot?: string;
  /** True when that boot was answered here: the CSMS does not know of it. */
  bootOwed?: boolean;
  /** Frames by `stateKey`. */
  states: { [key: string]: string };
}

export class Desk {
  readonly #context: SpoolContext;
  readonly #host: StationHost;
  readonly #key: string;
  readonly #notes: DeskNotes;
  readonly #bulk: string[] = [];

  constructor(host: StationHost, context: SpoolContext) {
    this.#host = host;
    this.#context = context;
    this.#key = `desk/${spoolPrefix(host.stationId, host.version)}`;
    this.#notes = readNotes(context.storage.get("notes", this.#key));
  }

  get bootIsOwed(): boolean {
    return this.#notes.bootOwed === true && this.#notes.boot !== undefined;
  }

  /** The boot as a frame with a fresh id; undefined when the station has never booted here. */
  bootFrame(): string | undefined {
    const { boot } = this.#notes;
    return boot === undefined ? undefined : withMessageId(boot, messageId(this.#context.random.uuid()));
  }

  /** The store takes writes again. */
  resync(): void {
    if (this.#notes.boot !== undefined || this.states > 0) this.#save();
  }

  get states(): number {
    return Object.keys(this.#notes.states).length;
  }

  get bulk(): number {
    return this.#bulk.length;
  }

  /** A boot that the CSMS sees itself: kept for the case that it forgets it. */
  noteBoot(text: string): void {
    if (this.#notes.boot === text && this.#notes.bootOwed === undefined) return;
    this.#notes.boot = text;
    delete this.#notes.bootOwed;
    this.#save();
  }

  /** The CSMS does not know the station any more: it has to boot again (translation of SecurityError before a boot). */
  oweBoot(): void {
    if (this.#notes.boot === undefined || this.#notes.bootOwed) return;
    this.#notes.bootOwed = true;
    this.#save();
  }

  bootTaken(): void {
    delete this.#notes.bootOwed;
    this.#save();
  }

  /** The oldest state that the CSMS has to hear; `done` once it has. */
  nextState(): { readonly text: string; readonly done: () => void } | undefined {
    for (const [key, text] of Object.entries(this.#notes.states)) {
      const done = () => {
        if (this.#notes.states[key] !== text) return;
        delete this.#notes.states[key];
        this.#save();
      };
      return { text: withMessageId(text, messageId(this.#context.random.uuid())), done };
    }
    return undefined;
  }

  nextBulk(): string | undefined {
    const text = this.#bulk.shift();
    return text === undefined ? undefined : withMessageId(text, messageId(this.#context.random.uuid()));
  }

  /** True when the gateway can answer calls of this action without the CSMS. */
  canAnswer(action: string): boolean {
    return localAnswer(this.#host.version, action).kind !== "error";
  }

  /** Answers a call of the station on the gateway's own account. */
  answer(message: Pick<With<CallFrame, StationConnection>, "frame" | "text" | "connection">): void {
    const { connection, frame, text } = message;
    const { counters } = this.#context;
    counters.answeredLocally += 1;
    const payload = this.#payloadFor(frame, text, connection);
    const numericId = hasNumericId(text);
    const answer =
      payload === undefined
        ? encodeCallError(frame.id, "GenericError", "The CSMS cannot be reached", connection.version, {}, numericId)
        : encodeCallResult(frame.id, payload, numericId);
    toStation(connection, answer, counters, frame.action === "Authorize");
    this.#context.answered(connection);
  }

  #payloadFor(frame: CallFrame, text: string, connection: StationConnection): Payload | undefined {
    const { action, payload } = frame;
    const local = localAnswer(this.#host.version, action);
    switch (local.kind) {
      case "boot":
        return this.#boot(text, connection);
      case "time":
        return { currentTime: this.#time(connection) };
      case "authorise": {
        const info = this.#context.authority.decide(this.#host, cacheScope(connection), frame);
        return this.#host.version === "ocpp1.6" ? { idTagInfo: info } : { idTokenInfo: info };
      }
      case "state":
        this.#noteState(stateKey(action, payload), text);
        return {};
      case "bulk":
        this.#noteBulk(text);
        return {};
      case "refuse":
        return local.payload;
      case "error":
        return undefined;
    }
  }

  #boot(text: string, connection: StationConnection): Payload {
    this.#notes.boot = text;
    this.#notes.bootOwed = true;
    this.#save();
    const { registration, heartbeatIntervalSec } = this.#host.context;
    const { neverAccepted, heartbeatSec } = this.#context.offline;
    const wasAccepted = registration === "Accepted";
    const interval = wasAccepted ? Math.min(heartbeatIntervalSec, heartbeatSec) : heartbeatSec;
    const { status, intervalSec } = localBoot(wasAccepted, neverAccepted, Math.max(1, interval));
    return { status, currentTime: this.#time(connection), interval: intervalSec };
  }

  #noteState(key: string, text: string): void {
    const { states } = this.#notes;
    // The latest value of a key goes to the end: the order of replay is the order of the last changes.
    delete states[key];
    states[key] = text;
    const [oldest] = Object.keys(states);
    if (Object.keys(states).length > MAX_STATES && oldest !== undefined) delete states[oldest];
    this.#save();
  }

  #noteBulk(text: string): void {
    this.#bulk.push(text);
    if (this.#bulk.length <= MAX_BULK) return;
    this.#bulk.shift();
    this.#context.counters.bulkDropped += 1;
  }

  #time(connection: StationConnection): string {
    return new Date(this.#context.time.now(cacheScope(connection))).toISOString();
  }

  #save(): void {
    if (this.#context.isHealthy()) this.#context.storage.put("notes", this.#key, JSON.stringify(this.#notes));
  }
}

/** What cannot be read is as if nothing had been noted. */
function readNotes(value: Buffer | undefined): DeskNotes {
  try {
    const notes = JSON.parse(value?.toString("utf8") ?? "{}") as Partial<DeskNotes>;
    return { ...notes, states: Object.assign(Object.create(null), notes.states) };
  } catch {
    return { states: Object.create(null) };
  }
}
