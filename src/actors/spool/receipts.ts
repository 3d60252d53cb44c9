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
}

export type Known =
  | { readonly kind: "answered"; readonly payload: string }
  | { readonly kind: "waiting"; readonly seq: number };

export class Receipts {
  readonly #storage: SpoolStorage;
  readonly #prefix: string;
  readonly #ring: (Receipt | undefined)[] = new Array<Receipt | undefined>(SLOTS).fill(undefined);
  #next = 0;
  /** Slots written since the store was last known to be good. */
  readonly #recent = new Set<number>();

  constructor(storage: SpoolStorage, station: StationId, version: OcppVersion) {
    this.#storage = storage;
    this.#prefix = spoolPrefix(station, version);
    let latest = -1;
    for (const { key, value } of storage.range("receipts", this.#prefix, `${this.#prefix}~`)) {
      const slot = Number.parseInt(key.slice(this.#prefix.length), 16);
      const seq = slot < SLOTS ? this.#load(slot, value) : -1;
      if (seq <= latest) continue;
      latest = seq;
      this.#next = (slot + 1) % SLOTS;
    }
  }

  /** A message that came; it has no answer yet. */
  note(key: string, seq: number): void {
    this.#ring[this.#next] = { key, seq, answer: undefined };
    this.#next = (this.#next + 1) % SLOTS;
  }

  /** The message was answered: durable with the next commit. */
  answered(key: string, seq: number, payload: string): void {
    let slot = this.#ring.findIndex((receipt) => receipt?.key === key);
    if (slot === -1) {
      slot = this.#next;
      this.#next = (this.#next + 1) % SLOTS;
    }
    this.#ring[slot] = { key, seq, answer: payload };
    this.#recent.add(slot);
    this.#save(slot);
  }

  /** The message was not kept: whoever asks again starts anew. */
  forget(key: string): void {
    const slot = this.#ring.findIndex((receipt) => receipt?.key === key);
    if (slot === -1) return;
    this.#ring[slot] = undefined;
    this.#recent.add(slot);
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
    const receipt = this.#ring[slot];
    const place = `${this.#prefix}${slot.toString(16).padStart(2, "0")}`;
    if (receipt?.answer === undefined) this.#storage.remove("receipts", place);
    else this.#storage.put("receipts", place, JSON.stringify([receipt.key, receipt.seq, receipt.answer]));
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
      this.#ring[slot] = undefined;
      this.#recent.add(slot);
      this.#save(slot);
    }
  }

  recall(key: string): Known | undefined {
    const receipt = this.#ring.find((known) => known?.key === key);
    if (receipt === undefined) return undefined;
    if (receipt.answer === undefined) return { kind: "waiting", seq: receipt.seq };
    return { kind: "answered", payload: receipt.answer };
  }

  /** @returns the receipt's number; −1 where it cannot be read: its message may then be delivered once more, under its old id */
  #load(slot: number, value: Buffer): number {
    try {
      const [key, seq, answer] = JSON.parse(value.toString("utf8")) as [string, number, string];
      this.#ring[slot] = { key, seq, answer };
      return seq;
    } catch {
      return -1;
    }
  }
}
