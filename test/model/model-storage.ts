/**
 * The spool's tables on a simulated disk: what is written in one turn is one commit, which takes its time; what is not committed
 * when the process is killed never was, and what is not flushed when the power goes never was either.
 */
import type { SpoolNote, SpoolStorage, SpoolTable, SpoolTrail } from "../../src/ports.ts";
import type { Owner, VirtualTime } from "./virtual-time.ts";

interface Write {
  readonly table: SpoolTable;
  readonly key: string;
  /** Undefined: removed. */
  readonly value: Buffer | undefined;
}

type Done = (error: unknown) => void;

/** One table: values, and the keys in order. */
class Table {
  readonly values = new Map<string, Buffer>();
  readonly keys: string[] = [];

  apply({ key, value }: Write): void {
    const isNew = !this.values.has(key);
    if (value !== undefined) {
      this.values.set(key, value);
      if (isNew) this.keys.splice(this.at(key), 0, key);
    } else if (!isNew) {
      this.values.delete(key);
      this.keys.splice(this.at(key), 1);
    }
  }

  /** Index of the first key that is not before `key`. */
  at(key: string): number {
    let [low, high] = [0, this.keys.length];
    if (high > 0 && (this.keys[high - 1] as string) < key) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What outlives a process. */
export class Disk {
  readonly tables = {
    records: new Table(),
    receipts: new Table(),
    notes: new Table(),
    dead: new Table(),
    tokens: new Table(),
  } satisfies Record<SpoolTable, Table>;
  readonly notes: SpoolNote[] = [];
}

const SECRET = new Uint8Array(32).fill(7);

export interface ModelStorageOptions {
  readonly time: VirtualTime;
  readonly owner: Owner;
  readonly disk: Disk;
  /** Milliseconds that the next commit, and then its flush, take. */
  readonly delayMs: () => number;
  /** False: every message is written down whole. */
  readonly hasTrail: boolean;
}

function modelTrail({ time, owner, disk, delayMs }: ModelStorageOptions): SpoolTrail {
  let busyUntil = 0;
  const found = [...disk.notes];
  return {
    underWay: () => [],
    take: (prefix) => new Map(found.filter((note) => note.prefix === prefix).map(({ key, id }) => [key, id])),
    note: (note, done) => {
      busyUntil = Math.max(busyUntil, time.now) + delayMs();
      const written = () => {
        disk.notes.push(note);
        done(undefined);
      };
      time.after(busyUntil - time.now, written, owner);
    },
  };
}

export function modelStorage(options: ModelStorageOptions): SpoolStorage {
  const { time, owner, disk, delayMs, hasTrail } = options;
  const { tables } = disk;
  let writes: Write[] = [];
  let committed: Done[] = [];
  let flushed: Done[] = [];
  let isArmed = false;
  let busyUntil = 0;
  let flushedUntil = 0;
  const arm = () => {
    if (isArmed) return;
    isArmed = true;
    time.after(
      0,
      () => {
        const [batch, toldCommitted, toldFlushed] = [writes, committed, flushed];
        [writes, committed, flushed, isArmed] = [[], [], [], false];
        // Commits follow each other, and so do flushes.
        busyUntil = Math.max(busyUntil, time.now) + delayMs();
        flushedUntil = Math.max(flushedUntil, busyUntil) + delayMs();
        time.after(busyUntil - time.now, () => commit(batch, toldCommitted), owner);
        time.after(flushedUntil - time.now, () => tell(toldFlushed), owner);
      },
      owner,
    );
  };
  const commit = (batch: readonly Write[], told: readonly Done[]) => {
    for (const write of batch) tables[write.table].apply(write);
    tell(told);
  };
  const tell = (told: readonly Done[]) => {
    for (const done of told) done(undefined);
  };
  const write = (table: SpoolTable, key: string, value: Buffer | undefined) => {
    writes.push({ table, key, value });
    arm();
  };
  return {
    secret: SECRET,
    trail: hasTrail ? modelTrail(options) : undefined,
    get: (table, key) => tables[table].values.get(key),
    *range(table, from, until) {
      const { keys, values } = tables[table];
      for (const key of keys.slice(tables[table].at(from))) {
        if (key >= until) return;
        const value = values.get(key);
        if (value !== undefined) yield { key, value };
      }
    },
    keys: (table) => [...tables[table].keys],
    put: (table, key, value) => write(table, key, Buffer.from(value as Buffer)),
    remove: (table, key) => write(table, key, undefined),
    whenCommitted: (done) => {
      committed.push(done);
      arm();
    },
    whenFlushed: (done) => {
      flushed.push(done);
      arm();
    },
    close: () => Promise.resolve(),
  };
}
