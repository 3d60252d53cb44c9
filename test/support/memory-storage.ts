/** The spool's tables in memory, with the timing of the real ones: reads see committed writes only, commits come a turn later. */
import type { SpoolStorage, SpoolTable } from "../../src/ports.ts";

const TABLES: readonly SpoolTable[] = ["records", "receipts", "notes", "dead", "tokens"];

export interface MemoryStorage extends SpoolStorage {
  /** Committed contents. */
  readonly tables: Readonly<Record<SpoolTable, Map<string, Buffer>>>;
  /** While set, commits fail with it. */
  failure: Error | undefined;
}

export function memoryStorage(onClosed: () => void = () => undefined): MemoryStorage {
  const tables = Object.fromEntries(TABLES.map((name) => [name, new Map<string, Buffer>()])) as Record<
    SpoolTable,
    Map<string, Buffer>
  >;
  let writes: (() => void)[] = [];
  let waiting: ((error: unknown) => void)[] = [];
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    setImmediate(() => {
      const [batch, told] = [writes, waiting];
      [writes, waiting, armed] = [[], [], false];
      if (storage.failure === undefined) for (const write of batch) write();
      for (const done of told) done(storage.failure);
    });
  };
  const wait = (done: (error: unknown) => void) => {
    waiting.push(done);
    arm();
  };
  const storage: MemoryStorage = {
    secret: new Uint8Array(32).fill(7),
    tables,
    failure: undefined,
    get: (table, key) => tables[table].get(key),
    *range(table, from, before) {
      const keys = [...tables[table].keys()].filter((key) => key >= from && key < before).sort();
      for (const key of keys) yield { key, value: tables[table].get(key) as Buffer };
    },
    keys: (table) => [...tables[table].keys()].sort(),
    put: (table, key, value) => {
      const bytes = Buffer.from(value as Buffer);
      writes.push(() => tables[table].set(key, bytes));
      arm();
    },
    remove: (table, key) => {
      writes.push(() => tables[table].delete(key));
      arm();
    },
    whenCommitted: wait,
    whenFlushed: wait,
    close: () => Promise.resolve(onClosed()),
  };
  return storage;
}
