/**
 * The spool's tables in LMDB, in an environment of their own, so that damage to one store does not reach the other.
 *
 *     put, remove ─▶ one batch a turn of the event loop ─▶ LMDB's thread ─▶ committed (process may die) ─▶ flushed (power may go)
 *
 * Promises: writes of one turn are one atomic commit; callbacks run in order; a failed commit, and one that takes too long, is
 * told to everybody who waited for it and to `onFailure`, and never thrown. Reads see committed writes only.
 */
import { type Database, open, type RootDatabase } from "lmdb";
import type { SpoolStorage, SpoolTable } from "../../ports.ts";
import { closed, quieten } from "../lmdb-errors.ts";
import { markProved } from "../store-check.ts";

export const SPOOL_TABLES: readonly SpoolTable[] = ["records", "receipts", "notes", "dead", "tokens"];
/** On 32-bit machines LMDB cannot map more; elsewhere the map grows as needed. */
const MAP_SIZE_32_BIT = 512 * 1024 * 1024;
const LOOK_MS = 1_000;
/** Looks after which a commit is given up: a disk that hangs, or a flush of which lmdb does not report that it failed. */
const PATIENCE = 10;

type Env = RootDatabase<Buffer, string>;
type Table = Database<Buffer, string>;
type Done = (error: unknown) => void;
/** What `put` gives with `separateFlushed`. */
type Written = Promise<boolean> & { readonly flushed?: Promise<boolean> };

/** Everybody who waits for the writes of one turn. */
interface Group {
  committed: Done[];
  flushed: Done[];
  looks: number;
}

export class LmdbSpoolStorage implements SpoolStorage {
  readonly #path: string;
  readonly #env: Env;
  readonly #tables: Readonly<Record<SpoolTable, Table>>;
  readonly #onFailure: (error: unknown) => void;
  readonly #pending = new Set<Group>();
  #last: Written | undefined;
  #group: Group | undefined;
  #look: NodeJS.Timeout | undefined;
  #proved = false;

  /** @param onFailure a commit failed: disk full, read-only, I/O error */
  constructor(path: string, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
    const is32Bit = process.arch === "arm" || process.arch === "ia32";
    this.#env = open<Buffer, string>({
      path,
      encoding: "binary",
      maxDbs: SPOOL_TABLES.length,
      separateFlushed: true,
      ...(is32Bit ? { mapSize: MAP_SIZE_32_BIT } : {}),
    });
    const table = (name: SpoolTable) => this.#env.openDB<Buffer, string>({ name, encoding: "binary" });
    this.#tables = {
      records: table("records"),
      receipts: table("receipts"),
      notes: table("notes"),
      dead: table("dead"),
      tokens: table("tokens"),
    };
  }

  get(table: SpoolTable, key: string): Buffer | undefined {
    return this.#tables[table].get(key);
  }

  *range(table: SpoolTable, from: string, before: string): Iterable<{ readonly key: string; readonly value: Buffer }> {
    for (const { key, value } of this.#tables[table].getRange({ start: from, end: before })) {
      if (typeof key === "string") yield { key, value };
    }
  }

  *keys(table: SpoolTable): Iterable<string> {
    for (const key of this.#tables[table].getKeys()) if (typeof key === "string") yield key;
  }

  put(table: SpoolTable, key: string, value: Buffer | string): void {
    this.#note(this.#tables[table].put(key, typeof value === "string" ? Buffer.from(value) : value) as Written);
  }

  remove(table: SpoolTable, key: string): void {
    this.#note(this.#tables[table].remove(key) as Written);
  }

  whenCommitted(done: Done): void {
    this.#ofThisTurn().committed.push(done);
  }

  whenFlushed(done: Done): void {
    this.#ofThisTurn().flushed.push(done);
  }

  async close(): Promise<void> {
    const isClosed = await closed(this.#env);
    clearInterval(this.#look);
    if (isClosed) this.#prove();
  }

  #note(written: Written): void {
    this.#last = written;
    this.#ofThisTurn();
  }

  /** Everybody who waits for the writes of this turn; one pair of promise reactions for all of them. */
  #ofThisTurn(): Group {
    if (this.#group !== undefined) return this.#group;
    const group: Group = { committed: [], flushed: [], looks: 0 };
    this.#group = group;
    this.#pending.add(group);
    this.#look ??= setInterval(() => this.#lookForLate(), LOOK_MS);
    setImmediate(() => {
      this.#group = undefined;
      const last = this.#last ?? (Promise.resolve(true) as Written);
      last.then(
        () => {
          this.#prove();
          tell(group, "committed", undefined);
          (last.flushed ?? Promise.resolve(true)).then(
            () => {
              this.#pending.delete(group);
              tell(group, "flushed", undefined);
            },
            (error) => this.#failed(group, error),
          );
        },
        (error) => this.#failed(group, error),
      );
    });
    return group;
  }

  #failed(group: Group, error: unknown): void {
    this.#pending.delete(group);
    // The next writes must not inherit this failure.
    this.#last = undefined;
    quieten(this.#env, error);
    this.#onFailure(error);
    tell(group, "committed", error);
    tell(group, "flushed", error);
  }

  #lookForLate(): void {
    for (const group of this.#pending) {
      group.looks += 1;
      if (group.looks > PATIENCE) this.#failed(group, new Error(`the disk has not answered for ${PATIENCE} s`));
    }
    if (this.#pending.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }

  #prove(): void {
    if (!this.#proved) markProved(this.#path);
    this.#proved = true;
  }
}

/**
 * Tells each of them once; a late word finds nobody. A callback that throws is a defect of one message's; the others are told all
 * the same.
 */
function tell(group: Group, when: "committed" | "flushed", error: unknown): void {
  const waiting = group[when];
  group[when] = [];
  for (const done of waiting) {
    try {
      done(error);
    } catch (defect) {
      queueMicrotask(() => {
        throw defect;
      });
    }
  }
}
