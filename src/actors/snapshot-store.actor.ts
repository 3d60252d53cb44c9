/**
 * Station snapshots in LMDB. Writes go to LMDB's own thread and share commits; a reader never waits for them.
 *
 * A store that cannot be opened is set aside, not deleted: the stations start cold, the evidence stays.
 */
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { GatewayError } from "../domain/error.ts";
import type { Logger, SnapshotStore } from "../ports.ts";

/** On 32-bit machines LMDB cannot map more; elsewhere the map grows as needed. */
const MAP_SIZE_32_BIT = 512 * 1024 * 1024;

export interface SnapshotStoreOptions {
  /** Created with mode 0700 when missing. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Names the set-aside store, e.g. milliseconds since the epoch. */
  readonly now: () => number;
}

/** @throws GatewayError `ERR_STORE` when neither the old store nor a new one can be opened */
export function openSnapshotStore({ dataDir, logger, now }: SnapshotStoreOptions): SnapshotStore {
  const path = join(dataDir, "state");
  let db: RootDatabase<string, string>;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    db = openOrSetAside(path, logger, now);
  } catch (cause) {
    throw new GatewayError(
      "ERR_STORE",
      `The state store in ${path} cannot be opened`,
      { setting: "dataDir" },
      { cause },
    );
  }
  return {
    *readAll(onBad) {
      for (const { key, value } of db.getRange()) {
        if (typeof key === "string" && typeof value === "string") yield { key, record: value };
        else onBad(String(key), "not text");
      }
    },
    read: (key) => db.get(key),
    write: (key, record) => db.put(key, record).then(() => undefined),
    remove: (key) => db.remove(key).then(() => undefined),
    close: () => db.close(),
  };
}

function openOrSetAside(path: string, logger: Logger, now: () => number): RootDatabase<string, string> {
  try {
    return openAt(path);
  } catch (error) {
    const aside = `${path}.unreadable-${now()}`;
    logger.error({ path, aside, reason: String(error) }, "state store unreadable, set aside; stations start cold");
    renameSync(path, aside);
    return openAt(path);
  }
}

function openAt(path: string): RootDatabase<string, string> {
  const is32Bit = process.arch === "arm" || process.arch === "ia32";
  const db = open<string, string>({ path, encoding: "string", ...(is32Bit ? { mapSize: MAP_SIZE_32_BIT } : {}) });
  // LMDB opens lazily; a damaged file shows at the first read.
  db.getKeysCount({ limit: 1 });
  return db;
}
