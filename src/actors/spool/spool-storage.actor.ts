/**
 * The spool's tables in LMDB, in an environment of their own, so that damage to one store does not reach the other.
 *
 *     put, remove ─▶ one batch a turn of the event loop ─▶ LMDB's thread ─▶ committed (process may die) ─▶ flushed (power may go)
 *
 * Promises: writes of one turn are one atomic commit; callbacks run in order; a failed commit is told to everybody who waited
 * for it and to `onFailure`, and never thrown. Reads see committed writes only.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { GatewayError } from "../../domain/error.ts";
import type { Logger, SpoolStorage, SpoolTable } from "../../ports.ts";
import { markOpening, markProved, unsafeReason } from "../store-check.ts";
import { salvage } from "./salvage.ts";

export interface SpoolStorageOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Names the set-aside store, milliseconds since 1970. */
  readonly now: () => number;
  /** A commit failed: disk full, read-only, I/O error. */
  readonly onFailure: (error: unknown) => void;
}

export const SPOOL_TABLES: readonly SpoolTable[] = ["records", "receipts", "notes", "dead", "tokens"];
/** On 32-bit machines LMDB cannot map more; elsewhere the map grows as needed. */
const MAP_SIZE_32_BIT = 512 * 1024 * 1024;

type Env = RootDatabase<Buffer, string>;
type Table = Database<Buffer, string>;
type Done = (error: unknown) => void;
/** What `put` gives with `separateFlushed`. */
type Written = Promise<boolean> & { readonly flushed?: Promise<boolean> };

interface Waiting {
  readonly committed: Done[];
  readonly flushed: Done[];
}

/** @throws GatewayError `ERR_STORE` when neither the old store nor a new one can be opened */
export async function openSpoolStorage(options: SpoolStorageOptions): Promise<SpoolStorage> {
  const { dataDir, logger, now, onFailure } = options;
  const path = join(dataDir, "spool");
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const unsafe = unsafeReason(path, SPOOL_TABLES);
    const aside = unsafe === undefined ? undefined : setAside(path, unsafe, logger, now);
    markOpening(path);
    const storage = new LmdbSpoolStorage(path, onFailure);
    if (aside !== undefined) await salvage(aside, storage, logger);
    return storage;
  } catch (cause) {
    throw new GatewayError("ERR_STORE", `The spool in ${path} cannot be opened`, { setting: "dataDir" }, { cause });
  }
}

function setAside(path: string, reason: string, logger: Logger, now: () => number): string | undefined {
  const aside = `${path}.unreadable-${now()}`;
  logger.error(
    { code: "ERR_STORE", path, aside, reason },
    "spool unreadable, set aside; what can be read is taken over",
  );
  if (!existsSync(path)) return undefined;
  renameSync(path, aside);
  return aside;
}

class LmdbSpoolStorage implements SpoolStorage {
  readonly #path: string;
  readonly #env: Env;
  readonly #tables: Readonly<Record<SpoolTable, Table>>;
  readonly #onFailure: (error: unknown) => void;
  #last: Written | undefined;
  #waiting: Waiting | undefined;
  #proved = false;

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
    this.#group().committed.push(done);
  }

  whenFlushed(done: Done): void {
    this.#group().flushed.push(done);
  }

  async close(): Promise<void> {
    await this.#last?.catch(() => undefined);
    await this.#env.close();
    this.#prove();
  }

  #note(written: Written): void {
    this.#last = written;
    this.#group();
  }

  /** Everybody who waits for the writes of this turn; one pair of promise reactions for all of them. */
  #group(): Waiting {
    if (this.#waiting !== undefined) return this.#waiting;
    const group: Waiting = { committed: [], flushed: [] };
    this.#waiting = group;
    setImmediate(() => {
      this.#waiting = undefined;
      const last = this.#last ?? (Promise.resolve(true) as Written);
      last.then(
        () => {
          this.#prove();
          tell(group.committed, undefined);
          (last.flushed ?? Promise.resolve(true)).then(
            () => tell(group.flushed, undefined),
            (error) => this.#failed(group.flushed, error),
          );
        },
        (error) => {
          this.#failed([...group.committed, ...group.flushed], error);
        },
      );
    });
    return group;
  }

  #failed(waiting: readonly Done[], error: unknown): void {
    // The next writes must not inherit this failure.
    this.#last = undefined;
    this.#onFailure(error);
    tell(waiting, error);
  }

  #prove(): void {
    if (!this.#proved) markProved(this.#path);
    this.#proved = true;
  }
}

/** A callback that throws is a defect of one message's; the others are told all the same. */
function tell(waiting: readonly Done[], error: unknown): void {
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
