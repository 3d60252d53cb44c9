/**
 * Messages that the CSMS did not take, kept until an operator decides. A letter is written in the commit that removes its message
 * from the queue; while the store takes no writes it is held in memory and written with the first commit after that.
 */
import type { EpochMs } from "../../domain/ids.ts";
import { decodeRecord, encodeRecord, parseSpoolKey, type SpoolHead, seqText } from "../../domain/spool/record.ts";
import type { SpoolStorage } from "../../ports.ts";

/** Why a message was put aside. */
export type DeadReason = "refused" | "unanswered" | "start-not-taken" | "too-old" | "unreadable";

export interface DeadLetter {
  readonly seq: number;
  /** Undefined when it cannot be read: then there are only the bytes. */
  readonly head: SpoolHead | undefined;
  readonly text: string;
}

export class DeadLetters {
  readonly #storage: SpoolStorage;
  /** Writes that are not committed yet; undefined: a removal. */
  readonly #unwritten = new Map<string, Buffer | undefined>();
  #count = 0;

  constructor(storage: SpoolStorage) {
    this.#storage = storage;
    for (const key of storage.keys("dead")) if (parseSpoolKey(key) !== undefined) this.#count += 1;
  }

  /** Of all stations. */
  get count(): number {
    return this.#count;
  }

  /** How many of each station; keys are `spoolPrefix`. */
  countByPrefix(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const add = (key: string, by: 1 | -1) => {
      const prefix = key.slice(0, key.lastIndexOf("/") + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + by);
    };
    const committed = new Set(this.#storage.keys("dead"));
    for (const key of committed) add(key, 1);
    for (const [key, value] of this.#unwritten) {
      if (committed.has(key) !== (value !== undefined)) add(key, value === undefined ? -1 : 1);
    }
    return counts;
  }

  /** @param tried called when the store has it, or has refused it for now: then it is in memory only */
  put(
    prefix: string,
    seq: number,
    letter: { head: SpoolHead; text: string },
    { reason, at }: { readonly reason: DeadReason; readonly at: EpochMs },
    tried: () => void,
  ): void {
    const { notBefore: _, ...head } = letter.head;
    const record = encodeRecord({ head: { ...head, dead: { reason, at } }, text: letter.text });
    this.#write(prefix + seqText(seq), record, tried);
    this.#count += 1;
  }

  /** A record that cannot be read, as it is. */
  putBytes(prefix: string, seq: number, bytes: Uint8Array): void {
    this.#write(prefix + seqText(seq), Buffer.from(bytes));
    this.#count += 1;
  }

  remove(prefix: string, seq: number): void {
    this.#write(prefix + seqText(seq), undefined);
    this.#count -= 1;
  }

  /** Of one station, oldest first. */
  of(prefix: string): readonly DeadLetter[] {
    const values = new Map<string, Buffer>();
    for (const { key, value } of this.#storage.range("dead", prefix, `${prefix}~`)) values.set(key, value);
    for (const [key, value] of this.#unwritten) {
      if (value === undefined) values.delete(key);
      else if (key.startsWith(prefix)) values.set(key, value);
    }
    return [...values]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => letterOf(Number.parseInt(key.slice(prefix.length), 16), value));
  }

  /** The store takes writes again. */
  resync(): void {
    for (const [key, value] of this.#unwritten) this.#write(key, value);
  }

  #write(key: string, value: Buffer | undefined, tried?: () => void): void {
    this.#unwritten.set(key, value);
    if (value === undefined) this.#storage.remove("dead", key);
    else this.#storage.put("dead", key, value);
    this.#storage.whenCommitted((error) => {
      if (error === undefined && this.#unwritten.get(key) === value) this.#unwritten.delete(key);
      tried?.();
    });
  }
}

function letterOf(seq: number, value: Buffer): DeadLetter {
  const record = decodeRecord(value);
  return record.ok ? { seq, ...record.value } : { seq, head: undefined, text: value.toString("utf8") };
}
