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
/** Of an empty place, and of a receipt that a younger one of the same key has replaced; no key has it. */
const NO_DIGEST = -1;
const NOWHERE = -1;

interface Receipt {
  readonly key: string;
  /** Payload of the CALLRESULT as JSON; undefined while the message waits. */
  answer: string | undefined;
  /** Number of the record. */
  readonly seq: number;
  /** Kept in memory alone, see `KeptReceipt`. */
  readonly isNoted: boolean;
  /** Counts receipts up, over restarts too: numbers of records begin anew when none is left. */
  readonly no: number;
}

/**
 * - `now`: durable with the next commit
 * - `later`: durable with the commit after the next `settle`
 * - `elsewhere`: never; the message's record tells it, or a note of the message, by which a repetition leaves under its first id
 */
export type KeptReceipt = "now" | "later" | "elsewhere";

export type Known =
  | { readonly kind: "answered"; readonly payload: string; readonly seq: number }
  | { readonly kind: "waiting"; readonly seq: number };

export class Receipts {
  readonly #storage: SpoolStorage;
  readonly #prefix: string;
  /** As long as it has had to be: most stations of a fleet are idle. */
  readonly #ring: (Receipt | undefined)[] = [];
  /** Small numbers tell keys apart before texts are compared: nearly every key is a new one, and this is the hot path. */
  readonly #digests: number[] = [];
  /** Keys in the store, by slot; made when first needed. */
  readonly #names: string[] = [];
  #next = 0;
  #count = 0;
  /** Slots written since the store was last known to be good. */
  readonly #recent = new Set<number>();
  /** Slots of which the store has a receipt. */
  readonly #stored = new Set<number>();
  /** Slots of which the store has yet to hear. */
  readonly #unsettled = new Set<number>();

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
  note(key: string, seq: number, isNoted = false): void {
    const old = this.#find(key);
    if (old !== NOWHERE) this.#digests[old] = NO_DIGEST;
    const slot = this.#take();
    this.#set(slot, { key, seq, answer: undefined, isNoted, no: this.#count });
    // An old receipt of the place must not be found after a restart.
    if (isNoted && this.#stored.has(slot)) this.#unsettled.add(slot);
  }

  /** True when the store has yet to hear of something. */
  get hasUnsettled(): boolean {
    return this.#unsettled.size > 0;
  }

  /** The message was answered. */
  answered(key: string, seq: number, payload: string, kept: KeptReceipt = "now"): void {
    const found = this.#find(key);
    const slot = found === NOWHERE ? this.#take() : found;
    const known = found === NOWHERE ? undefined : this.#ring[slot];
    const isNoted = kept === "elsewhere";
    if (known?.seq === seq && known.isNoted === isNoted) known.answer = payload;
    else this.#set(slot, { key, seq, answer: payload, isNoted, no: known?.no ?? this.#count });
    if (kept === "now") this.#save(slot);
    else if (kept === "later" || this.#stored.has(slot)) this.#unsettled.add(slot);
  }

  /** The record from which the receipt could be told is about to go: durable with the same commit. */
  keep(key: string, seq: number): void {
    const slot = this.#find(key);
    const receipt = slot === NOWHERE ? undefined : this.#ring[slot];
    if (receipt?.isNoted !== true || receipt.answer === undefined || receipt.seq !== seq) return;
    this.#set(slot, { ...receipt, isNoted: false });
    this.#save(slot);
  }

  /** Writes what was left for later, as it is now. */
  settle(): void {
    for (const slot of this.#unsettled) this.#save(slot);
    this.#unsettled.clear();
  }

  /** The message was not kept after all. */
  forget(key: string): void {
    const slot = this.#find(key);
    if (slot === NOWHERE) return;
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
    if (receipt?.answer === undefined || receipt.isNoted) {
      this.#stored.delete(slot);
      this.#storage.remove("receipts", this.#nameOf(slot));
    } else {
      this.#stored.add(slot);
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
    const slot = this.#find(key);
    const receipt = slot === NOWHERE ? undefined : this.#ring[slot];
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
    while (this.#ring.length <= slot) {
      this.#ring.push(undefined);
      this.#digests.push(NO_DIGEST);
    }
    this.#ring[slot] = receipt;
    this.#digests[slot] = receipt === undefined ? NO_DIGEST : digestOf(receipt.key);
  }

  /** Where the latest receipt of this key is. */
  #find(key: string): number {
    const digest = digestOf(key);
    const digests = this.#digests;
    for (let slot = 0; slot < digests.length; slot += 1) {
      if (digests[slot] === digest && this.#ring[slot]?.key === key) return slot;
    }
    return NOWHERE;
  }

  #nameOf(slot: number): string {
    this.#names[slot] ??= this.#prefix + slot.toString(16).padStart(2, "0");
    return this.#names[slot];
  }

  /** @returns the receipt's number; 0 where it cannot be read: its message may then be delivered once more, under its old id */
  #load(slot: number, value: Buffer): number {
    try {
      const [key, seq, answer, no] = JSON.parse(value.toString("utf8")) as [string, number, string, number];
      this.#set(slot, { key, seq, answer, isNoted: false, no });
      this.#stored.add(slot);
      return no;
    } catch {
      return 0;
    }
  }
}

/** Characters from the front, where numbers count up, and every third of the rest. */
const DIGEST_FRONT = 16;
const DIGEST_STEP = 3;

/** A small whole number; equal keys have equal ones. */
function digestOf(key: string): number {
  const { length } = key;
  let digest = length;
  for (let i = 0; i < length; i += i < DIGEST_FRONT ? 1 : DIGEST_STEP) {
    digest = (Math.imul(digest, 31) + key.charCodeAt(i)) & 0x3fff_ffff;
  }
  return digest;
}
