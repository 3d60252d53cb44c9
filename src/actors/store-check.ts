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
import { closeSync, existsSync, openSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const MAGIC = 0xbeefc0de;
/** A meta page: page header, then the fields (struct MDB_meta of lmdb's mdb.c). */
const META = { magic: 24, pageSize: 48, lastPage: 144, end: 160 } as const;
const SMALLEST_PAGE = 512;
const LARGEST_PAGE = 65_536;

/** Exit code by which the child says that LMDB reported damage; any other failure of the child proves nothing. */
const UNREADABLE = 3;
const CRASHES: readonly string[] = ["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"];
/** Reads every record, then commits once: both walks pass the pages that the gateway would. */
const READER = `
  const { open } = require(process.argv[1]);
  try {
    const tables = JSON.parse(process.argv[3]);
    const db = open({ path: process.argv[2], encoding: tables.length ? "binary" : "string", maxDbs: tables.length });
    const read = (table) => { for (const { key, value } of table.getRange()) void [key, value]; };
    if (tables.length === 0) read(db);
    for (const name of tables) read(db.openDB({ name, encoding: "binary" }));
    const probe = tables.length ? db.openDB({ name: tables[0], encoding: "binary" }) : db;
    probe.putSync("\\u0000", tables.length ? Buffer.alloc(0) : "");
    probe.removeSync("\\u0000");
    db.close().then(() => process.exit(0));
  } catch {
    process.exit(${UNREADABLE});
  }
`;
const READER_TIMEOUT_MS = 30_000;

const markerOf = (path: string): string => `${path}.opening`;

/** Leaves the mark of a start that has not yet proved the store. @throws when the directory cannot be written */
export function markOpening(path: string): void {
  writeFileSync(markerOf(path), "", { mode: 0o600 });
}

/** The store has been read and written: the next start need not doubt it. */
export function markProved(path: string): void {
  rmSync(markerOf(path), { force: true });
}

/**
 * Why the store must not be opened here; undefined when it can be.
 *
 * @param tables names of its tables; empty: it has none but the unnamed one, of texts
 */
export function unsafeReason(path: string, tables: readonly string[] = []): string | undefined {
  const doubt = existsSync(markerOf(path)) ? "the last start did not survive it" : headerDoubt(join(path, "data.mdb"));
  if (doubt === undefined) return undefined;
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
