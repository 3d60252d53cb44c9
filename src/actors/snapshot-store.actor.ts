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
import { closed, commitReason, quieten } from "./lmdb-errors.ts";
import { markOpening, markProved, PROBE_KEY, unsafeReason } from "./store-check.ts";

/** On 32-bit machines LMDB cannot map more; elsewhere the map grows as needed. */
const MAP_SIZE_32_BIT = 512 * 1024 * 1024;

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
  return storeOf(path, opened);
}

function storeOf(path: string, { db, entries }: Opened): SnapshotStore {
  let unread: Opened["entries"] | undefined = entries;
  let proved = false;
  const prove = () => {
    if (!proved) markProved(path);
    proved = true;
  };
  const written = (commit: Promise<boolean>) =>
    commit.then(prove, async (error) => {
      quieten(db, error);
      throw new Error(await commitReason(error));
    });
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
    write: (key, record) => written(db.put(key, record)),
    remove: (key) => written(db.remove(key)),
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
  const is32Bit = process.arch === "arm" || process.arch === "ia32";
  const db = open<string, string>({ path, encoding: "string", ...(is32Bit ? { mapSize: MAP_SIZE_32_BIT } : {}) });
  try {
    return { db, entries: [...db.getRange()] };
  } catch (error) {
    db.close().catch(() => undefined);
    throw error;
  }
}
