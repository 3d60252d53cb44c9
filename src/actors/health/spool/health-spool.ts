/**
 * The health lane's messages on disk, in the worker: what a broker's outage, a killed worker or a killed gateway leaves is sent later.
 *
 *     <directory>/{event,feature,snapshot,metric}/0000000001.log …
 *
 * Each class has files and quotas of its own, so metrics never push events out, and the oldest file of a class is always the
 * first that can go. A message is written before it is sent; what is done with it is noted ten times a second. The disk is told to
 * have it once a second: a loss of power takes at most the last second and what the disk itself had not written, a kill takes
 * nothing. What was sent and not noted is sent again; readers tell repeats by boot and number.
 *
 * A disk that takes nothing turns the spool off, not the lane: the caller keeps messages in memory, and the disk is tried again. It
 * is left alone well before the value lane's spool is short of room.
 */
import { join } from "node:path";
import { DiskRoom } from "../../disk-room.ts";
import type { Gap, Lost } from "../gap-book.ts";
import { CHEAPEST_FIRST, CLASS_OF, type MessageClass, TTL_SEC } from "../message-class.ts";
import type { Outgoing } from "../outbox.ts";
import { encodeMessage, encodeNote, type MessageHead, type SpoolRecord } from "./record.ts";
import type { Place } from "./segment-log.ts";
import { type Entry, SpoolClass } from "./spool-class.ts";

/** What a message from the spool needs to be settled. */
export interface Kept {
  readonly entry: Entry;
  readonly className: MessageClass;
}

export interface HealthSpoolOptions {
  readonly directory: string;
  /** Of all classes together. */
  readonly maxBytes: number;
  readonly writeOff: (message: Lost) => void;
  /** Gaps that an earlier life has not told. */
  readonly onGaps: (gaps: readonly Gap[]) => void;
  readonly onState: (state: SpoolState, reason: string) => void;
  /** Called with each record that is read at the opening, which may take seconds. */
  readonly onProgress?: () => void;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** For tests. */
  readonly segmentBytes?: number;
  readonly hasRoom?: () => boolean;
}

export type SpoolState = "ok" | "impaired";

/** Parts of `maxBytes`. */
const SHARE: Readonly<Record<MessageClass, number>> = { event: 0.25, feature: 0.125, snapshot: 0.125, metric: 0.5 };
/** Of one class; what the worker remembers of each is about a hundred bytes. */
const MAX_MESSAGES = 100_000;
/** No version of the gaps. */
const UNNOTED = -1;
const SYNC_MS = 1_000;
const RETRY_MS = 10_000;
/** Of the room that the value lane leaves to others: this lane stops first. */
const RESERVES = 2;

export class HealthSpool {
  readonly #options: HealthSpoolOptions;
  #classes: ReadonlyMap<MessageClass, SpoolClass> = new Map();
  readonly #hasRoom: () => boolean;
  #state: SpoolState = "ok";
  #nextId = 1;
  #retryAt = 0;
  #syncAt = 0;
  #gapsNoted = 0;
  /** Writes and reads that failed. */
  failures = 0;

  constructor(options: HealthSpoolOptions) {
    this.#options = options;
    const room = new DiskRoom(options.directory, () => 0, RESERVES);
    this.#hasRoom = options.hasRoom ?? (() => room.level() === "enough");
    this.#open();
  }

  get isOk(): boolean {
    return this.#state === "ok";
  }

  /** Messages that wait. */
  get size(): number {
    let size = 0;
    for (const { size: waiting } of this.#classes.values()) size += waiting;
    return size;
  }

  /** Bytes of the files. */
  get bytes(): number {
    let bytes = 0;
    for (const { log } of this.#classes.values()) bytes += log.bytes;
    return bytes;
  }

  #open(): boolean {
    const { directory, maxBytes, segmentBytes, onGaps } = this.#options;
    const classes = new Map<MessageClass, SpoolClass>();
    let gaps: readonly Gap[] = [];
    try {
      for (const name of CHEAPEST_FIRST) {
        const limits = { messages: MAX_MESSAGES, bytes: maxBytes * SHARE[name], ageMs: TTL_SEC[name] * 1000 };
        const kept = new SpoolClass(join(directory, name), limits, segmentBytes);
        classes.set(name, kept);
        gaps = this.#load(kept) ?? gaps;
      }
      this.#classes = classes;
      onGaps(gaps);
      this.#dropSurplus();
      return true;
    } catch (error) {
      for (const { log } of classes.values()) ignoreFailure(() => log.close());
      this.#failed(error);
      return false;
    }
  }

  /** @returns the gaps that its last note speaks of */
  #load(kept: SpoolClass): readonly Gap[] | undefined {
    const found = new Map<number, { readonly head: MessageHead; readonly place: Place }>();
    let gaps: readonly Gap[] | undefined;
    kept.log.open((record, place) => {
      this.#options.onProgress?.();
      if (record.kind === "message") {
        found.set(record.head.id, { head: record.head, place });
        this.#nextId = Math.max(this.#nextId, record.head.id + 1);
        return;
      }
      for (const id of record.note.done ?? []) found.delete(id);
      gaps = record.note.gaps ?? gaps;
    });
    for (const { head, place } of found.values()) kept.add(head, place);
    if (kept.log.torn > 0) this.#options.onState(this.#state, "the end of a file was torn and is cut off");
    return gaps;
  }

  /** Writes a message. False: the disk does not take it, and the caller keeps it. */
  push(message: Outgoing): boolean {
    const kept = this.#classes.get(CLASS_OF[message.kind]);
    if (kept === undefined || !this.isOk) return false;
    const { payload, bytes: _, kept: __, ...rest } = message;
    const head: MessageHead = { ...rest, id: this.#nextId, isText: typeof payload === "string" };
    const record = encodeMessage(head, payload);
    if (record === undefined) return false;
    try {
      kept.add(head, kept.log.append(record));
    } catch (error) {
      this.#failed(error);
      return false;
    }
    this.#nextId += 1;
    this.#dropSurplus();
    return true;
  }

  /** The oldest message; one that cannot be read is lost, and said to be. */
  shift(): Outgoing | undefined {
    for (let next = this.#oldest(); next !== undefined; next = this.#oldest()) {
      const message = this.#read(next);
      if (message !== undefined) return message;
      this.#options.writeOff(next.entry);
      this.finish(next);
    }
    return undefined;
  }

  /** Takes the oldest entry of all classes out of its queue. */
  #oldest(): Kept | undefined {
    let className: MessageClass | undefined;
    let oldestId = Number.POSITIVE_INFINITY;
    for (const [name, { first }] of this.#classes) {
      if (first === undefined || first.id > oldestId) continue;
      className = name;
      oldestId = first.id;
    }
    const entry = className && this.#classes.get(className)?.shift();
    return className && entry && { entry, className };
  }

  #read(kept: Kept): Outgoing | undefined {
    try {
      const record = this.#classes.get(kept.className)?.log.read(kept.entry.place);
      return record?.kind === "message" ? outgoing(record, kept) : undefined;
    } catch (error) {
      this.failures += 1;
      this.#options.onState(this.#state, reasonOf(error));
      return undefined;
    }
  }

  putBack({ entry, className }: Kept): void {
    this.#classes.get(className)?.putBack(entry);
  }

  /** Delivered, refused, or written off. */
  finish({ entry, className }: Kept): void {
    this.#classes.get(className)?.finish(entry);
  }

  /** Called a few times a second. `gaps` are what is lost and untold, `version` changes with them. */
  tick(nowMs: number, gaps: readonly Gap[], version: number): void {
    if (!this.isOk) {
      if (nowMs >= this.#retryAt) this.#retry(nowMs);
      return;
    }
    this.#dropSurplus();
    try {
      this.#note(gaps, version);
      if (!this.#hasRoom()) throw new Error("room on the disk is short");
    } catch (error) {
      this.#failed(error, nowMs);
      return;
    }
    if (nowMs < this.#syncAt) return;
    this.#syncAt = nowMs + SYNC_MS;
    for (const { log } of this.#classes.values()) log.sync((error) => this.#failed(error, nowMs));
  }

  /** What is lost goes down before what is done: a crash between them tells of a loss too many, never too few. */
  #note(gaps: readonly Gap[], version: number): void {
    const events = this.#classes.get("event");
    if (version !== this.#gapsNoted || (events?.log.canTrim === true && gaps.length > 0)) {
      const note = encodeNote({ gaps });
      if (note !== undefined) events?.log.append(note);
      this.#gapsNoted = version;
    }
    for (const kept of this.#classes.values()) {
      const done = kept.takeDone();
      const note = done.length === 0 ? undefined : encodeNote({ done });
      if (note !== undefined) kept.log.append(note);
      // A note of what is untold must not go with the messages before it.
      kept.log.trim(kept === events && gaps.length > 0 ? "keep" : "empty");
    }
  }

  /** A disk that was full has room again only if what is done may go. */
  #retry(nowMs: number): void {
    this.#retryAt = nowMs + RETRY_MS;
    if (!(this.#classes.size === 0 ? this.#open() : this.#takesWrites())) return;
    this.#state = "ok";
    this.#options.onState("ok", "the disk takes writes again");
  }

  #takesWrites(): boolean {
    try {
      for (const { log } of this.#classes.values()) log.trim("empty at once");
      this.#gapsNoted = UNNOTED;
      const probe = encodeNote({});
      if (probe !== undefined) this.#classes.get("event")?.log.append(probe);
      return this.#hasRoom();
    } catch {
      return false;
    }
  }

  #dropSurplus(): void {
    const wallMs = this.#options.wallClock();
    for (const kept of this.#classes.values()) {
      for (let entry = kept.takeSurplus(wallMs); entry !== undefined; entry = kept.takeSurplus(wallMs)) {
        this.#options.writeOff(entry);
        kept.finish(entry);
      }
    }
  }

  #failed(error: unknown, nowMs?: number): void {
    this.failures += 1;
    if (nowMs !== undefined) this.#retryAt = nowMs + RETRY_MS;
    if (this.#state === "impaired") return;
    this.#state = "impaired";
    this.#options.onState("impaired", reasonOf(error));
  }

  close(gaps: readonly Gap[], version: number): void {
    ignoreFailure(() => this.#note(gaps, version));
    for (const { log } of this.#classes.values()) ignoreFailure(() => log.close());
    this.#classes = new Map();
  }
}

function outgoing({ head, payload }: SpoolRecord & { kind: "message" }, kept: Kept): Outgoing {
  const { id: _, isText, ...rest } = head;
  const bytes = payload.length;
  return { ...rest, bytes, kept, payload: isText ? Buffer.from(payload).toString("utf8") : payload };
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : error instanceof Error ? error.message : "unknown";

function ignoreFailure(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing is left to be done about it: the next start reads what the disk has.
  }
}
