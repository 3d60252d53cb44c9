/**
 * What a station's latest transaction messages were answered, by content key: a station that lost an answer, or that restarted,
 * or whose gateway restarted, gets the same answer again and the message takes effect once.
 *
 * A ring of fixed size per station, in memory and in the store (`receipts`), written in the same commit as the message itself or
 * its removal.
 */

import type { StationId } from "../../domain/ids.ts";
import type { OcppVersion } from "../../domain/ocpp/version.ts";
import { spoolPrefix } from "../../domain/spool/record.ts";
import type { SpoolStorage } from "../../ports.ts";

/** A station has one call outstanding, so a repetition is about one of the latest; the rest is room for bursts. */
const SLOTS = 64;

interface Receipt {
  readonly key: string;
  /** Payload of the CALLRESULT as JSON; undefined while the message waits. */
  answer: string | undefined;
  /** Number of the record. */
  readonly seq: number;
  /** Counts receipts up, over restarts too: numbers of records begin anew when none is left. */
  readonly no: number;
}

export type Known =
  | { readonly kind: "answered"; readonly payload: string; readonly seq: number }
  | { readonly kind: "waiting"; readonly seq: number };

export class Receipts {
  readonly #storage: SpoolStorage;
  readonly #prefix: string;
  readonly #ring: (Receipt | undefined)[] = new Array<Receipt | undefined>(SLOTS).fill(undefined);
  /** Where the latest receipt of a key is: on the hot path, where nearly every key is a new one. */
  readonly #slots = new Map<string, number>();
  /** Keys in the store, by slot; made when first needed. */
  readonly #names: string[] = [];
  #next = 0;
  #count = 0;
  /** Slots written since the store was last known to be good. */
  readonly #recent = new Set<number>();

  constructor(storage: SpoolStorage, station: StationId, version: OcppVersion) {
    this.#storage = storage;
    this.#prefix = spoolPrefix(station, version);
    for (const { key, value } of storage.range("receipts", this.#prefix, `${this.#prefix}~`)) {
      const slot = Number.parseInt(key.slice(this.#prefix.length), 16);
      const no = slot < SLOTS ? this.#load(slot, value) : 0;
      if (no <= this.#count) continue;
      this.#count = no;
      this.#next = (slot + 1) % SLOTS;
    }
  }

  /** A message that came; it has no answer yet. */
  note(key: string, seq: number): void {
    this.#set(this.#take(), { key, seq, answer: undefined, no: this.#count });
  }

  /** The message was answered: durable with the next commit. */
  answered(key: string, seq: number, payload: string): void {
    const slot = this.#slots.get(key) ?? this.#take();
    const known = this.#ring[slot];
    this.#set(slot, { key, seq, answer: payload, no: known?.key === key ? known.no : this.#count });
    this.#save(slot);
  }

  /** The message was not kept after all. */
  forget(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#set(slot, undefined);
    this.#save(slot);
  }

  /** The store has taken everything so far. */
  saved(): void {
    this.#recent.clear();
  }

  /** The store takes writes again: what it may have missed. */
  resync(): void {
    for (const slot of this.#recent) this.#save(slot);
  }

  #save(slot: number): void {
    this.#recent.add(slot);
    const receipt = this.#ring[slot];
    if (receipt?.answer === undefined) this.#storage.remove("receipts", this.#nameOf(slot));
    else {
      const { key, seq, answer, no } = receipt;
      this.#storage.put("receipts", this.#nameOf(slot), JSON.stringify([key, seq, answer, no]));
    }
  }

  /**
   * The transaction has been stopped: a 1.6 start that looks like its own is another one, as stations whose clock stands still
   * send them.
   */
  forgetStart(transactionId: string): void {
    for (const [slot, receipt] of this.#ring.entries()) {
      if (receipt?.answer === undefined || !receipt.answer.includes(transactionId)) continue;
      const answer = JSON.parse(receipt.answer) as { readonly transactionId?: unknown };
      if (String(answer.transactionId) !== transactionId) continue;
      this.#set(slot, undefined);
      this.#save(slot);
    }
  }

  recall(key: string): Known | undefined {
    const slot = this.#slots.get(key);
    const receipt = slot === undefined ? undefined : this.#ring[slot];
    if (receipt === undefined) return undefined;
    if (receipt.answer === undefined) return { kind: "waiting", seq: receipt.seq };
    return { kind: "answered", payload: receipt.answer, seq: receipt.seq };
  }

  /** The place of the oldest, for the next receipt. */
  #take(): number {
    const slot = this.#next;
    this.#count += 1;
    this.#next = (slot + 1) % SLOTS;
    return slot;
  }

  #set(slot: number, receipt: Receipt | undefined): void {
    const old = this.#ring[slot];
    if (old !== undefined && this.#slots.get(old.key) === slot) this.#slots.delete(old.key);
    this.#ring[slot] = receipt;
    if (receipt !== undefined) this.#slots.set(receipt.key, slot);
  }

  #nameOf(slot: number): string {
    this.#names[slot] ??= this.#prefix + slot.toString(16).padStart(2, "0");
    return this.#names[slot];
  }

  /** @returns the receipt's number; 0 where it cannot be read: its message may then be delivered once more, under its old id */
  #load(slot: number, value: Buffer): number {
    try {
      const [key, seq, answer, no] = JSON.parse(value.toString("utf8")) as [string, number, string, number];
      this.#set(slot, { key, seq, answer, no });
      return no;
    } catch {
      return 0;
    }
  }
}
