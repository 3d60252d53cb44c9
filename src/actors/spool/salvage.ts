/**
 * Takes over what can still be read of a damaged spool: acknowledged messages are owed to the CSMS whatever happened to the file.
 *
 * Entries whose table is not known any more are told by their keys, and dead letters by their heads. Where the list of free pages is
 * damaged too, messages that were delivered lately may come back: they go again under their old ids, which costs less than losing one.
 */
import { join } from "node:path";
import { decodeRecord, parseSpoolKey } from "../../domain/spool/record.ts";
import type { Logger, SpoolStorage, SpoolTable } from "../../ports.ts";
import { type FoundEntry, readPages } from "../lmdb-pages.ts";

/** Entries of one commit. */
const PER_COMMIT = 500;

/** Writes everything readable to `storage`. @throws when the file cannot be read at all, or a commit fails */
export async function salvage(from: string, storage: SpoolStorage, logger: Logger): Promise<void> {
  const taken: Record<SpoolTable, number> = { records: 0, receipts: 0, notes: 0, dead: 0, tokens: 0 };
  let strays = 0;
  let unknown = 0;
  let written = 0;
  for (const entry of readPages(join(from, "data.mdb"))) {
    const table = tableOf(entry);
    if (table === undefined) {
      unknown += 1;
      continue;
    }
    if (entry.table === undefined) strays += 1;
    taken[table] += 1;
    storage.put(table, entry.key, entry.value);
    written += 1;
    if (written % PER_COMMIT === 0) await flushed(storage);
  }
  await flushed(storage);
  logger.warn({ ...taken, strays, unknown }, "taken over from the damaged spool");
}

const flushed = (storage: SpoolStorage): Promise<void> =>
  new Promise((resolve, reject) => {
    storage.whenFlushed((error) => (error === undefined ? resolve() : reject(error)));
  });

const isTable = (name: string): name is SpoolTable =>
  name === "records" || name === "receipts" || name === "notes" || name === "dead" || name === "tokens";

/** Tokens have no shape of their own; they are memories, and go. */
function tableOf({ table, key, value }: FoundEntry): SpoolTable | undefined {
  if (table !== undefined) return isTable(table) ? table : undefined;
  if (parseSpoolKey(key) !== undefined) {
    const record = decodeRecord(value);
    return record.ok && record.value.head.dead !== undefined ? "dead" : "records";
  }
  if (/^(?:tx|desk)\/ocpp[^/]+\/[^/]+\//.test(key)) return "notes";
  return /^ocpp[^/]+\/[^/]+\/[0-9a-f]{2}$/.test(key) ? "receipts" : undefined;
}
