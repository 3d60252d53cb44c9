/**
 * The messages of one station that the CSMS has not taken yet, in the order in which they came. The store has all of them; in
 * memory is a window of the oldest.
 *
 *     append ─▶ [ store ………………………………………… ]
 *               [ window: the oldest, in memory ] ─▶ delivery
 *
 * The window holds every undelivered message up to `#windowEnd`; messages that came later are only in the store until there
 * is room. Memory therefore does not grow with the length of an outage.
 */
import type { EpochMs, StationId } from "../../domain/ids.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { decodeRecord, encodeRecord, type SpoolHead, seqText, spoolPrefix } from "../../domain/spool/record.ts";
import type { SpoolStorage } from "../../ports.ts";
import { type Entry, entryOf } from "./entry.ts";

/** Entries read ahead. Poisoned transactions may hold some of them while others pass. */
const WINDOW = 128;

export interface QueueState {
  readonly first: number;
  readonly next: number;
  readonly count: number;
  readonly bytes: number;
}

/** What all queues hold together, kept up by each of them. */
export interface QueueTotal {
  bytes: number;
}

export interface StationQueueOptions {
  readonly storage: SpoolStorage;
  readonly station: StationId;
  readonly version: OcppVersion;
  /** As the store was found at start. */
  readonly state: QueueState;
  /** Counts `state` already. */
  readonly total: QueueTotal;
  /** A record that cannot be read, taken out of the queue: its bytes are kept by the caller. */
  readonly onUnreadable: (seq: number, reason: string, bytes: Uint8Array) => void;
}

export class StationQueue {
  readonly prefix: string;
  /** Called before the store is told that messages are gone, in the same turn: what is written then is in the same commit. */
  beforeForgetting: (() => void) | undefined;
  readonly #options: StationQueueOptions;
  readonly #window: Entry[] = [];
  /** Entries whose latest head is not committed yet: the store would give an old one. */
  readonly #overlay = new Map<number, Entry>();
  /** Removed, and not yet committed. */
  readonly #gone = new Set<number>();
  /** Removed, and the store has yet to hear of it. */
  #unsettled: number[] = [];
  /** Every undelivered message up to here is in the window. */
  #windowEnd: number;
  #next: number;
  #count: number;
  #bytes: number;

  constructor(options: StationQueueOptions) {
    const { state, station, version } = options;
    this.#options = options;
    this.prefix = spoolPrefix(station, version);
    this.#windowEnd = state.first - 1;
    this.#next = state.next;
    this.#count = state.count;
    this.#bytes = state.bytes;
  }

  /** Undelivered messages. */
  get count(): number {
    return this.#count;
  }

  /** About the bytes they take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest message was taken, as far as it is in memory. */
  get oldestAt(): EpochMs | undefined {
    return this.#window[0]?.head.takenAt;
  }

  /**
   * Adds a message at the end; durable with the commit after it is written.
   *
   * @param bytes of `text`, where they are known
   * @param writes false when the caller goes on to change the head, and writes it then, or when a note of it is kept
   */
  append(head: SpoolHead, text: string, bytes?: Uint8Array, writes = true): Entry {
    const seq = this.#next;
    // With nothing undelivered the window has everything there is.
    if (this.#count === 0) this.#windowEnd = seq - 1;
    this.#next += 1;
    this.#count += 1;
    this.#bytes += text.length;
    this.#options.total.bytes += text.length;
    const entry = entryOf(seq, head, text);
    if (this.#windowEnd === seq - 1 && this.#window.length < WINDOW) {
      this.#window.push(entry);
      this.#windowEnd = seq;
    }
    if (writes) this.write(entry, bytes);
    return entry;
  }

  /** True when the next message will be in memory until it is delivered. */
  get hasPlace(): boolean {
    return this.#count === 0 || (this.#windowEnd === this.#next - 1 && this.#window.length < WINDOW);
  }

  /** Writes the entry's present head and text. */
  write(entry: Entry, bytes?: Uint8Array): void {
    if (entry.isGone) return;
    entry.isNoted = false;
    const { storage } = this.#options;
    storage.put("records", this.#keyOf(entry.seq), encodeRecord(entry, bytes));
    // Entries of the window are what the queue goes by.
    if (entry.seq <= this.#windowEnd) return;
    this.#overlay.set(entry.seq, entry);
    const { head } = entry;
    storage.whenCommitted((error) => {
      if (error === undefined && entry.head === head && this.#overlay.get(entry.seq) === entry)
        this.#overlay.delete(entry.seq);
    });
  }

  /**
   * The CSMS has it, or it was moved away.
   *
   * @param later true: the store is told by the next `settle`
   */
  remove(entry: Entry, later = false): void {
    if (entry.isGone) return;
    entry.isGone = true;
    if (entry.isNoted) this.#uncount(entry.text.length);
    else this.#drop(entry.seq, entry.text.length, later);
    const at = this.#window.indexOf(entry);
    if (at !== -1) this.#window.splice(at, 1);
  }

  /** Tells the store what it was not told yet. */
  settle(): void {
    const { storage } = this.#options;
    const seqs = this.#unsettled;
    if (seqs.length === 0) return;
    this.beforeForgetting?.();
    this.#unsettled = [];
    for (const seq of seqs) storage.remove("records", this.#keyOf(seq));
    storage.whenCommitted((error) => {
      if (error === undefined) for (const seq of seqs) this.#gone.delete(seq);
    });
  }

  /** Removes records that are only named. */
  removeAll(seqs: readonly number[]): void {
    for (const seq of seqs) {
      const entry = this.#window.find((known) => known.seq === seq) ?? this.#overlay.get(seq);
      if (entry !== undefined) this.remove(entry);
      else this.#drop(seq, 0);
    }
  }

  /** The oldest entries, in order; at most a window of them. */
  window(): readonly Entry[] {
    if (this.#window.length < WINDOW / 2 && this.#windowEnd < this.#next - 1) this.#refill();
    return this.#window;
  }

  /** One entry by number, wherever it is. */
  find(seq: number): Entry | undefined {
    const known = this.#window.find((entry) => entry.seq === seq) ?? this.#overlay.get(seq);
    if (known !== undefined || this.#gone.has(seq)) return known;
    const value = this.#options.storage.get("records", this.#keyOf(seq));
    return value === undefined ? undefined : this.#decode(seq, value);
  }

  /**
   * Undelivered messages from number `from` on, as the store has them, without touching the window; for whoever looks through a
   * long queue a piece at a time.
   */
  scan(from: number, limit: number): readonly Entry[] {
    const found: Entry[] = [];
    for (const { key, value } of this.#options.storage.range("records", this.#keyOf(from), `${this.prefix}~`)) {
      const seq = seqOf(key);
      const entry = this.#gone.has(seq) ? undefined : this.#decode(seq, value);
      if (entry !== undefined) found.push(entry);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** The youngest messages in the store, oldest first. */
  latest(limit: number): readonly Entry[] {
    return this.#count === 0 ? [] : this.scan(Math.max(0, this.#next - limit), limit);
  }

  /** The store takes writes again: says once more what it may have missed. */
  resync(): void {
    for (const seq of this.#gone) this.#removeStored(seq);
    for (const entry of [...this.#window, ...this.#overlay.values()]) if (!entry.isNoted) this.write(entry);
  }

  #uncount(bytes: number): void {
    this.#count -= 1;
    // What was found at start is an estimate.
    const counted = Math.min(bytes, this.#bytes);
    this.#bytes -= counted;
    this.#options.total.bytes -= counted;
  }

  #drop(seq: number, bytes: number, later = false): void {
    this.#uncount(bytes);
    this.#gone.add(seq);
    this.#overlay.delete(seq);
    if (later) this.#unsettled.push(seq);
    else this.#removeStored(seq);
  }

  #removeStored(seq: number): void {
    const { storage } = this.#options;
    this.beforeForgetting?.();
    storage.remove("records", this.#keyOf(seq));
    storage.whenCommitted((error) => {
      if (error === undefined) this.#gone.delete(seq);
    });
  }

  #refill(): void {
    const { storage } = this.#options;
    const from = this.#keyOf(this.#windowEnd + 1);
    for (const { key, value } of storage.range("records", from, `${this.prefix}~`)) {
      const seq = seqOf(key);
      const entry = this.#gone.has(seq) ? undefined : (this.#overlay.get(seq) ?? this.#decode(seq, value));
      this.#windowEnd = seq;
      if (entry !== undefined) this.#window.push(entry);
      if (this.#window.length >= WINDOW) break;
    }
  }

  #decode(seq: number, value: Uint8Array): Entry | undefined {
    const record = decodeRecord(value);
    if (record.ok) return entryOf(seq, record.value.head, record.value.text);
    if (this.#gone.has(seq)) return undefined;
    this.#drop(seq, 0);
    this.#options.onUnreadable(seq, record.error, value);
    return undefined;
  }

  #keyOf(seq: number): string {
    return this.prefix + seqText(seq);
  }
}

const seqOf = (key: string): number => Number.parseInt(key.slice(key.lastIndexOf("/") + 1), 16);
