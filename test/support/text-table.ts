/** Tables for the authorisation store: one in memory, whose writes may lag as those of a grouped store do, and one in LMDB. */
import { open } from "lmdb";
import type { TextTable } from "../../src/actors/authorisation/text-table.ts";

export class MemoryTable implements TextTable {
  /** What a reader sees, and what a crash leaves. */
  readonly records = new Map<string, string>();
  /** Writes since the beginning. */
  writes = 0;
  /** When set, writes wait for {@link commit}. */
  lags = false;
  /** When set, everything fails. */
  broken = false;
  #waiting: (() => void)[] = [];

  get(key: string): string | undefined {
    this.#check();
    return this.records.get(key);
  }

  put(key: string, value: string): void {
    this.#write(() => this.records.set(key, value));
  }

  remove(key: string): void {
    this.#write(() => this.records.delete(key));
  }

  *keys(prefix: string): Iterable<string> {
    this.#check();
    for (const key of [...this.records.keys()].sort()) if (key.startsWith(prefix)) yield key;
  }

  commit(): void {
    for (const write of this.#waiting) write();
    this.#waiting = [];
  }

  /** What a crash loses. */
  loseWaiting(): void {
    this.#waiting = [];
  }

  #write(write: () => void): void {
    this.#check();
    this.writes += 1;
    if (this.lags) this.#waiting.push(write);
    else write();
  }

  #check(): void {
    if (this.broken) throw new Error("the disk is gone");
  }
}

/** @param path a fresh directory, or one that a table was in before */
export function lmdbTable(path: string): TextTable & { close(): Promise<void> } {
  const db = open<string, string>({ path, encoding: "string" });
  return {
    get: (key) => db.get(key),
    put: (key, value) => void db.put(key, value),
    remove: (key) => void db.remove(key),
    *keys(prefix) {
      for (const key of db.getKeys({ start: prefix })) {
        if (!key.startsWith(prefix)) return;
        yield key;
      }
    },
    close: async () => {
      await db.flushed;
      await db.close();
    },
  };
}
