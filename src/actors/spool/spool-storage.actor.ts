/**
 * The spool's tables in LMDB, in an environment of their own, so that damage to one store does not reach the other.
 *
 *     put, remove ─▶ one batch of whole turns ─▶ LMDB's thread ─▶ committed (process may die) ─▶ flushed (power may go)
 *                      └─ waits while another is being committed: a commit costs the same for one message as for thirty
 *
 * Promises: writes of one turn are one atomic commit; callbacks run in order; a failed commit, and one that takes too long, is
 * told to everybody who waited for it and to `onFailure`, and never thrown. Reads see committed writes only.
 *
 * lmdb (3.5) lets readers see a commit as soon as it is in the file, and flushes the disk afterwards; its promise comes only then,
 * which on a slow disk is many milliseconds later. A commit that can be read survives the end of the process. So each batch begins
 * with a number, and who waits for the commit is told when that number can be read, or by the promise, whichever is first.
 *
 * LMDB is not to be trusted with a disk that refuses a write: lmdb 3.5 has been seen to crash then. So it is not asked to write when
 * there is no room (disk-room.ts), nor after a failure until the disk has taken a plain file.
 */
import { performance } from "node:perf_hooks";
import { type Database, open, type RootDatabase } from "lmdb";
import type { SpoolStorage, SpoolTable } from "../../ports.ts";
import { DiskRoom } from "../disk-room.ts";
import { closed, quieten, watchCommit } from "../lmdb-errors.ts";
import { MAP_BYTES, markProved } from "../store-check.ts";
import type { Trail } from "./trail.ts";

export const SPOOL_TABLES: readonly SpoolTable[] = ["records", "receipts", "notes", "dead", "tokens"];
const LOOK_MS = 1_000;
/**
 * Between the beginnings of two commits that follow one another: a message alone never waits, and in a crowd more of them share a
 * commit, with its system calls and its copied pages.
 */
const APART_MS = 4;
/** Shorter than a flush of a slow disk, longer than one of a fast disk, where the promise comes first and nobody looks. */
const READ_MS = 1;
/** In the notes: the number of the latest batch that is committed. */
const BATCH_KEY = "batch";
const BATCH_BYTES = 6;
/** Looks after which a commit is given up: a disk that hangs, or a flush of which lmdb does not report that it failed. */
const PATIENCE = 5;

type Env = RootDatabase<Buffer, string>;
type Table = Database<Buffer, string>;
type Done = (error: unknown) => void;
/** What `put` gives with `separateFlushed`. */
type Written = Promise<boolean> & { readonly flushed?: Promise<boolean> };

interface Write {
  readonly table: SpoolTable;
  readonly key: string;
  /** Undefined: the entry is removed. */
  readonly value: Buffer | undefined;
}

/** The writes of one turn or of several, and everybody who waits for them. */
interface Batch {
  /** Its number, or that of the latest before it that wrote something. */
  no: number;
  readonly writes: Write[];
  committed: Done[];
  flushed: Done[];
  looks: number;
}

export class LmdbSpoolStorage implements SpoolStorage {
  readonly trail: Trail | undefined;
  readonly #path: string;
  readonly #env: Env;
  readonly #tables: Readonly<Record<SpoolTable, Table>>;
  readonly #onFailure: (error: unknown) => void;
  readonly #room: DiskRoom;
  readonly #pending = new Set<Batch>();
  #last: Written | undefined;
  /** Takes writes. */
  #open: Batch | undefined;
  /** With LMDB, and not committed yet. */
  #underWay: Batch | undefined;
  #look: NodeJS.Timeout | undefined;
  #read: NodeJS.Timeout | undefined;
  #pause: NodeJS.Timeout | undefined;
  #begunAt = Number.NEGATIVE_INFINITY;
  #no: number;
  #isClosing = false;
  #proved = false;
  /** It has been told that the room gets short. */
  #isLow = false;

  /** @param onFailure a commit failed, or will: disk full, read-only, I/O error */
  constructor(path: string, onFailure: (error: unknown) => void, trail?: Trail) {
    this.trail = trail;
    this.#path = path;
    this.#onFailure = onFailure;
    this.#room = new DiskRoom(path, () => this.#freeBytes());
    this.#env = open<Buffer, string>({
      path,
      encoding: "binary",
      maxDbs: SPOOL_TABLES.length,
      separateFlushed: true,
      mapSize: MAP_BYTES,
    });
    const table = (name: SpoolTable) => this.#env.openDB<Buffer, string>({ name, encoding: "binary" });
    this.#tables = {
      records: table("records"),
      receipts: table("receipts"),
      notes: table("notes"),
      dead: table("dead"),
      tokens: table("tokens"),
    };
    this.#no = this.#noInStore();
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
    this.#batch().writes.push({ table, key, value: typeof value === "string" ? Buffer.from(value) : value });
  }

  remove(table: SpoolTable, key: string): void {
    this.#batch().writes.push({ table, key, value: undefined });
  }

  whenCommitted(done: Done): void {
    this.#batch().committed.push(done);
  }

  whenFlushed(done: Done): void {
    this.#batch().flushed.push(done);
  }

  hasRoom(): boolean {
    const hasRoom = this.#room.isWell() && this.#room.level() === "enough";
    if (hasRoom) this.#isLow = false;
    return hasRoom;
  }

  async close(): Promise<void> {
    if (this.#open !== undefined) this.#begin(this.#open);
    // From here on nothing may be read; those who still wait have lmdb's promise.
    this.#isClosing = true;
    clearTimeout(this.#read);
    clearTimeout(this.#pause);
    await this.trail?.close();
    const isClosed = await closed(this.#env);
    clearInterval(this.#look);
    if (isClosed) this.#prove();
  }

  #batch(): Batch {
    if (this.#open !== undefined) return this.#open;
    const batch: Batch = { no: this.#no, writes: [], committed: [], flushed: [], looks: 0 };
    this.#open = batch;
    this.#pending.add(batch);
    this.#look ??= setInterval(() => this.#lookForLate(), LOOK_MS);
    setImmediate(() => this.#atTurnEnd());
    return batch;
  }

  #atTurnEnd(): void {
    if (this.#open === undefined || this.#underWay !== undefined || this.#pause !== undefined) return;
    const wait = this.#begunAt + APART_MS - performance.now();
    if (wait <= 0) this.#begin(this.#open);
    else {
      this.#pause = setTimeout(() => {
        this.#pause = undefined;
        this.#atTurnEnd();
      }, wait);
    }
  }

  /** Hands the batch to LMDB; one pair of promise reactions for all who wait for it. */
  #begin(batch: Batch): void {
    this.#open = undefined;
    this.#begunAt = performance.now();
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#pending.delete(batch);
      tell(batch, "committed", refusal);
      tell(batch, "flushed", refusal);
      return;
    }
    this.#underWay = batch;
    if (batch.writes.length > 0) this.#write(batch);
    this.#lookSoon();
    const last = this.#last ?? (Promise.resolve(true) as Written);
    last.then(
      () => {
        this.#prove();
        this.#committed(batch);
        (last.flushed ?? Promise.resolve(true)).then(
          () => {
            this.#pending.delete(batch);
            tell(batch, "flushed", undefined);
          },
          (error) => this.#failed(batch, error),
        );
      },
      (error) => this.#failed(batch, error),
    );
  }

  #write(batch: Batch): void {
    this.#no += 1;
    batch.no = this.#no;
    const no = Buffer.allocUnsafe(BATCH_BYTES);
    no.writeUIntBE(this.#no, 0, BATCH_BYTES);
    this.#last = this.#tables.notes.put(BATCH_KEY, no) as Written;
    for (const { table, key, value } of batch.writes) {
      const store = this.#tables[table];
      this.#last = (value === undefined ? store.remove(key) : store.put(key, value)) as Written;
    }
    // lmdb's own promise for the commit comes into being behind the first write.
    setImmediate(() => watchCommit(this.#env));
  }

  #committed(batch: Batch): void {
    this.#ended(batch);
    tell(batch, "committed", undefined);
  }

  /** The next batch may go, when its turn has ended. */
  #ended(batch: Batch): void {
    if (this.#underWay !== batch) return;
    this.#underWay = undefined;
    if (this.#open !== undefined) setImmediate(() => this.#atTurnEnd());
  }

  #noInStore(): number {
    const value = this.#tables.notes.get(BATCH_KEY);
    return value?.length === BATCH_BYTES ? value.readUIntBE(0, BATCH_BYTES) : 0;
  }

  /** Tells those whose commit can be read. A number that was never given is another store's, and tells nothing. */
  #tellReadable(): void {
    this.#read = undefined;
    this.#env.resetReadTxn();
    const no = this.#noInStore();
    if (no <= this.#no) {
      for (const batch of this.#pending) if (batch !== this.#open && batch.no <= no) this.#committed(batch);
    }
    if (this.#underWay !== undefined) this.#lookSoon();
  }

  #lookSoon(): void {
    if (!this.#isClosing) this.#read ??= setTimeout(() => this.#tellReadable(), READ_MS);
  }

  /** Why a batch is not passed on; `onFailure` hears of it, and once when the room gets short. */
  #refusal(): Error | undefined {
    const level = this.#room.level();
    const refusal = this.#room.refusal(level);
    if (refusal !== undefined) this.#onFailure(refusal);
    else if (!this.#isLow && level === "low") {
      this.#isLow = true;
      this.#onFailure(new Error("the disk is nearly full"));
    }
    return refusal;
  }

  /** What LMDB can write into without growing its file. */
  #freeBytes(): number {
    const { lastPageNumber, pageSize } = this.#env.getStats() as { lastPageNumber: number; pageSize: number };
    let used = 0;
    for (const table of Object.values(this.#tables)) used += pagesOf(table.getStats());
    return Math.max(0, (lastPageNumber - used) * pageSize);
  }

  #failed(batch: Batch, error: unknown): void {
    this.#pending.delete(batch);
    // Never handed over, it must not be written behind the backs of those who are told so.
    if (this.#open === batch) this.#open = undefined;
    this.#ended(batch);
    this.#room.failed();
    // The next writes must not inherit this failure.
    this.#last = undefined;
    quieten(this.#env, error);
    this.#onFailure(error);
    tell(batch, "committed", error);
    tell(batch, "flushed", error);
  }

  #lookForLate(): void {
    for (const batch of this.#pending) {
      batch.looks += 1;
      if (batch.looks > PATIENCE) this.#failed(batch, new Error(`the disk has not answered for ${PATIENCE} s`));
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

function pagesOf(stats: object): number {
  const { treeBranchPageCount, treeLeafPageCount, overflowPages } = stats as Readonly<Record<string, number>>;
  return (treeBranchPageCount ?? 0) + (treeLeafPageCount ?? 0) + (overflowPages ?? 0);
}

/**
 * Tells each of them once; a late word finds nobody. A callback that throws is a defect of one message's; the others are told all
 * the same.
 */
function tell(batch: Batch, when: "committed" | "flushed", error: unknown): void {
  const waiting = batch[when];
  batch[when] = [];
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
