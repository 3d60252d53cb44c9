/**
 * Is a state store safe to map into this process?
 *
 * LMDB trusts its file: a damaged page can end the process with SIGBUS or SIGSEGV, which no `catch` sees, and the service
 * manager would start it into the same crash for ever. So a store that gives reason for doubt is first read by a child process.
 *
 *     reason for doubt   the header is not LMDB's, the file is shorter than its header says, or the last start never got as far
 *                        as its first commit (its marker is still there)
 *
 * A doubt is not a verdict: a start that was killed leaves a marker too, and such a store may be perfectly good. Without a doubt
 * nothing is started, so an ordinary start costs one small read.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const MAGIC = 0xbeefc0de;
/** A meta page: page header, then the fields (struct MDB_meta of lmdb's mdb.c). */
const META = { magic: 24, pageSize: 48, lastPage: 144, end: 160 } as const;
/** The lock file of 126 readers, as lmdb makes it, in whole pages. */
const LOCK_BYTES = 12_288;
/** What a new store takes at first, generously. */
const ROOM_BYTES = 256 * 1024;
/** Unit of `stat.blocks`. */
const BLOCK = 512;
const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;

/** Exit code by which the child says that LMDB reported damage; any other failure of the child proves nothing. */
const UNREADABLE = 3;
const CRASHES: readonly string[] = ["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"];
/** What the reader writes and removes. A store that an older version has checked may still hold it: it is no record. */
export const PROBE_KEY = "\u0000";
/** Reads every record, then commits once: both walks pass the pages that the gateway would. */
const READER = `
  const { open } = require(process.argv[1]);
  try {
    const tables = JSON.parse(process.argv[3]);
    const db = open({ path: process.argv[2], encoding: tables.length ? "binary" : "string", maxDbs: tables.length });
    const read = (table) => {
      let count = 0;
      for (const { key, value } of table.getRange()) { void [key, value]; count += 1; }
      // A damaged page can end a walk as if there were no more.
      if (count !== table.getStats().entryCount) throw new Error("entries are missing");
    };
    if (tables.length === 0) read(db);
    for (const name of tables) read(db.openDB({ name, encoding: "binary" }));
    const probe = tables.length ? db.openDB({ name: tables[0], encoding: "binary" }) : db;
    // In one commit: whenever this process is ended, the store does not hold the probe.
    db.transactionSync(() => {
      probe.putSync(${JSON.stringify(PROBE_KEY)}, tables.length ? Buffer.alloc(0) : "");
      probe.removeSync(${JSON.stringify(PROBE_KEY)});
    });
    db.close().then(() => process.exit(0));
  } catch {
    process.exit(${UNREADABLE});
  }
`;
const READER_TIMEOUT_MS = 30_000;

const markerOf = (path: string): string => `${path}.opening`;

/**
 * Leaves the mark of a start that has not yet proved the store, and makes sure of the room that LMDB does not ask for: on a full
 * disk it ends the process instead of throwing.
 *
 * @throws when the directory cannot be written, or the disk is full
 */
export function markOpening(path: string): void {
  writeFileSync(markerOf(path), "", { mode: 0o600 });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  fillLockFile(path);
  if ((sizeOf(join(path, "data.mdb")) ?? 0) > 0) return;
  const room = join(path, "room");
  try {
    writeSynced(room, ROOM_BYTES);
  } finally {
    rmSync(room, { force: true });
  }
}

/** LMDB makes its lock file by length alone, and maps it. Whoever opens the store first writes its contents anew. */
function fillLockFile(path: string): void {
  const file = join(path, "lock.mdb");
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || found.size < LOCK_BYTES || found.blocks * BLOCK < LOCK_BYTES)
    writeSynced(file, LOCK_BYTES);
}

function writeSynced(file: string, bytes: number): void {
  const fd = openSync(file, "w", 0o600);
  try {
    if (writeSync(fd, Buffer.alloc(bytes)) < bytes) throw new Error("ENOSPC: no space left on device");
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;

/** The store has been read and written: the next start need not doubt it. */
export function markProved(path: string): void {
  rmSync(markerOf(path), { force: true });
}

/**
 * Why the store must not be opened here; undefined when it can be.
 *
 * @param tables names of its tables; empty: it has none but the unnamed one, of texts
 * @throws when the disk has no room for the store's lock file: then nothing can be said about the store
 */
export function unsafeReason(path: string, tables: readonly string[] = []): string | undefined {
  const doubt = existsSync(markerOf(path)) ? "the last start did not survive it" : headerDoubt(join(path, "data.mdb"));
  if (doubt === undefined) return undefined;
  if (existsSync(path)) fillLockFile(path);
  const fault = readByChild(path, tables);
  return fault === undefined ? undefined : `${doubt}; ${fault}`;
}

function headerDoubt(file: string): string | undefined {
  // On 32-bit machines the header is laid out otherwise; there the marker has to do.
  if (process.arch === "arm" || process.arch === "ia32" || !existsSync(file)) return undefined;
  const { size } = statSync(file);
  // LMDB writes a new header into an empty file.
  if (size === 0) return undefined;
  const first = readAt(file, 0);
  const pageSize = first.readUInt32LE(META.pageSize);
  if (!isHeader(first) || pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE) return "its header is damaged";
  const second = readAt(file, pageSize);
  if (!isHeader(second)) return "its second header is damaged";
  const pages = [first, second].map((meta) => meta.readBigUInt64LE(META.lastPage) + 1n);
  return pages.every((count) => count * BigInt(pageSize) <= BigInt(size))
    ? undefined
    : "it is shorter than it should be";
}

const isHeader = (meta: Buffer): boolean => meta.readUInt32LE(META.magic) === MAGIC;

/** Bytes of one meta page; zeros beyond the end of the file. */
function readAt(file: string, position: number): Buffer {
  const meta = Buffer.alloc(META.end);
  const fd = openSync(file, "r");
  try {
    readSync(fd, meta, 0, META.end, position);
  } finally {
    closeSync(fd);
  }
  return meta;
}

/** How a process failed that read the whole store; undefined: it did not, or for another reason. */
function readByChild(path: string, tables: readonly string[]): string | undefined {
  const lmdb = createRequire(import.meta.url).resolve("lmdb");
  const { status, signal } = spawnSync(process.execPath, ["-e", READER, lmdb, path, JSON.stringify(tables)], {
    stdio: "ignore",
    timeout: READER_TIMEOUT_MS,
    killSignal: "SIGKILL",
    env: {},
  });
  if (signal !== null && CRASHES.includes(signal)) return `a process that read it ended by ${signal}`;
  return status === UNREADABLE ? "a process could not read it" : undefined;
}
