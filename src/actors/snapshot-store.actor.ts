/**
 * Station snapshots in LMDB. Writes go to LMDB's own thread and share commits; a reader never waits for them.
 *
 * A store that cannot be opened, or not be read to its end, is set aside, not deleted: the stations start cold, the evidence
 * stays. Everything is read when it is opened, so that damage shows before the first station is restored from it.
 */
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { GatewayError } from "../domain/error.ts";
import type { Logger, SnapshotStore } from "../ports.ts";
import { DiskRoom } from "./disk-room.ts";
import { closed, commitReason, quieten, watchCommit } from "./lmdb-errors.ts";
import { MAP_BYTES, markOpening, markProved, PROBE_KEY, unsafeReason } from "./store-check.ts";

/** After a failure the disk is asked again this often. */
const RETRY_MS = 5_000;

export interface SnapshotStoreOptions {
  /** Created with mode 0700 when missing. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Names the set-aside store, e.g. milliseconds since the epoch. */
  readonly now: () => number;
}

type Database = RootDatabase<string, string>;

interface Opened {
  readonly db: Database;
  /** What was in it. */
  readonly entries: readonly { readonly key: unknown; readonly value: unknown }[];
}

/** @throws GatewayError `ERR_STORE` when neither the old store nor a new one can be opened */
export function openSnapshotStore({ dataDir, logger, now }: SnapshotStoreOptions): SnapshotStore {
  const path = join(dataDir, "state");
  let opened: Opened;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    opened = openOrSetAside(path, logger, now);
  } catch (cause) {
    throw new GatewayError(
      "ERR_STORE",
      `The state store in ${path} cannot be opened`,
      { setting: "dataDir" },
      { cause },
    );
  }
  return storeOf(path, opened, now);
}

function storeOf(path: string, { db, entries }: Opened, now: () => number): SnapshotStore {
  let unread: Opened["entries"] | undefined = entries;
  let proved = false;
  const prove = () => {
    if (!proved) markProved(path);
    proved = true;
  };
  // LMDB is not asked to write to a disk that is full or has refused a write (see spool-storage.actor.ts).
  const room = new DiskRoom(path, () => 0);
  let triedAt = 0;
  const guarded = (write: () => Promise<boolean>): Promise<void> => {
    if (now() - triedAt >= RETRY_MS) {
      triedAt = now();
      room.isWell();
    }
    const refusal = room.refusal();
    return refusal === undefined ? written(write()) : Promise.reject(refusal);
  };
  const written = (commit: Promise<boolean>) => {
    setImmediate(watchCommit, db);
    return commit.then(prove, async (error) => {
      room.failed();
      quieten(db, error);
      throw new Error(await commitReason(error));
    });
  };
  return {
    *readAll(onBad) {
      const all = unread ?? db.getRange();
      unread = undefined;
      for (const { key, value } of all) {
        if (key === PROBE_KEY) continue;
        if (typeof key === "string" && typeof value === "string") yield { key, record: value };
        else onBad(String(key), "not text");
      }
    },
    read: (key) => db.get(key),
    write: (key, record) => guarded(() => db.put(key, record)),
    remove: (key) => guarded(() => db.remove(key)),
    close: async () => {
      if (await closed(db)) prove();
    },
  };
}

function openOrSetAside(path: string, logger: Logger, now: () => number): Opened {
  const unsafe = unsafeReason(path);
  if (unsafe === undefined) {
    markOpening(path);
    try {
      return openAt(path);
    } catch (error) {
      setAside(path, String(error), logger, now);
    }
  } else setAside(path, unsafe, logger, now);
  markOpening(path);
  return openAt(path);
}

function setAside(path: string, reason: string, logger: Logger, now: () => number): void {
  const aside = `${path}.unreadable-${now()}`;
  logger.error({ path, aside, reason }, "state store unreadable, set aside; stations start cold");
  if (existsSync(path)) renameSync(path, aside);
}

function openAt(path: string): Opened {
  const db = open<string, string>({ path, encoding: "string", mapSize: MAP_BYTES });
  try {
    return { db, entries: [...db.getRange()] };
  } catch (error) {
    db.close().catch(() => undefined);
    throw error;
  }
}
