/**
 * Takes over what can still be read of a damaged spool: acknowledged messages are owed to the CSMS whatever happened to the file.
 *
 * A damaged page can end the process that touches it, so children read, table by table, from both ends, and hand over what they
 * got until then.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { Logger, SpoolStorage, SpoolTable } from "../../ports.ts";

/** What money depends on first. Receipts and tokens are memories; without them a retry costs more, and nothing is lost. */
const TABLES: readonly SpoolTable[] = ["records", "notes", "dead", "receipts", "tokens"];
const READER_TIMEOUT_MS = 60_000;
/** Lengths of key and value. */
const PREFIX = 8;
const LONGEST = 64 * 1024 * 1024;

const READER = `
  const { open } = require(process.argv[1]);
  const { writeSync } = require("node:fs");
  const [, , path, name, reverse] = process.argv;
  const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
  const env = open({ path, encoding: "binary", maxDbs: 8, readOnly: true });
  const table = env.openDB({ name, encoding: "binary" });
  for (const { key, value } of table.getRange(reverse === "true" ? { reverse: true } : {})) {
    if (typeof key !== "string") continue;
    const text = Buffer.from(key);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(text.length, 0);
    lengths.writeUInt32BE(value.length, 4);
    write(Buffer.concat([lengths, text, value]));
  }
`;

/** Resolves when everything readable has been written to `storage`. Never rejects. */
export async function salvage(from: string, storage: SpoolStorage, logger: Logger): Promise<void> {
  for (const table of TABLES) {
    const taken = new Set<string>();
    const take = (key: string, value: Buffer) => {
      if (taken.has(key)) return;
      taken.add(key);
      storage.put(table, key, value);
    };
    const complete = await readBy(from, table, false, take);
    if (!complete) await readBy(from, table, true, take);
    logger.warn({ table, taken: taken.size, complete }, "taken over from the damaged spool");
  }
}

/** True when the child got to the end of the table. */
function readBy(
  path: string,
  table: string,
  reverse: boolean,
  take: (key: string, value: Buffer) => void,
): Promise<boolean> {
  const lmdb = createRequire(import.meta.url).resolve("lmdb");
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["-e", READER, lmdb, path, table, String(reverse)], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: READER_TIMEOUT_MS,
      killSignal: "SIGKILL",
      env: {},
    });
    let rest: Buffer = Buffer.alloc(0);
    child.stdout.on("data", (chunk: Buffer) => {
      rest = handOver(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), take);
    });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
  });
}

/** Hands over the whole entries in `bytes`; returns what is left. */
function handOver(bytes: Buffer, take: (key: string, value: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= PREFIX) {
    const keyLength = bytes.readUInt32BE(at);
    const valueLength = bytes.readUInt32BE(at + 4);
    if (keyLength > LONGEST || valueLength > LONGEST) return Buffer.alloc(0);
    const end = at + PREFIX + keyLength + valueLength;
    if (end > bytes.length) break;
    const valueAt = at + PREFIX + keyLength;
    take(bytes.toString("utf8", at + PREFIX, valueAt), Buffer.from(bytes.subarray(valueAt, end)));
    at = end;
  }
  return bytes.subarray(at);
}
