/**
 * Opens the spool's store, whatever is found: a damaged one is first copied, record by record, into a new one.
 *
 *     spool ─ damaged ─▶ spool-salvaged (what can be read; on disk) ─▶ spool ⇒ spool.unreadable-<ms>, spool-salvaged ⇒ spool
 *
 * Until the copy is complete the damaged store stays where it is: a crash, or a disk without room for the copy, costs nothing, and
 * the next start tries again.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GatewayError } from "../../domain/error.ts";
import type { Logger, SpoolStorage } from "../../ports.ts";
import { markOpening, unsafeReason } from "../store-check.ts";
import { salvage } from "./salvage.ts";
import { LmdbSpoolStorage, SPOOL_TABLES } from "./spool-storage.actor.ts";
import { Trail } from "./trail.ts";

export interface OpenStorageOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Names the set-aside store, milliseconds since 1970. */
  readonly now: () => number;
  /** A commit failed: disk full, read-only, I/O error. */
  readonly onFailure: (error: unknown) => void;
}

/** @throws GatewayError `ERR_STORE` when neither the old store nor a new one can be opened */
export async function openSpoolStorage(options: OpenStorageOptions): Promise<SpoolStorage> {
  const { dataDir, onFailure } = options;
  const path = join(dataDir, "spool");
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const copy = join(dataDir, "spool-salvaged");
    // Ended between the two renames: the copy was complete.
    if (!existsSync(path) && existsSync(copy)) renameSync(copy, path);
    const unsafe = unsafeReason(path, SPOOL_TABLES);
    if (unsafe !== undefined) await replaceDamaged(path, copy, unsafe, options);
    markOpening(path);
    return new LmdbSpoolStorage(path, onFailure, openTrail(options));
  } catch (cause) {
    throw new GatewayError("ERR_STORE", `The spool in ${path} cannot be opened`, { setting: "dataDir" }, { cause });
  }
}

/** Without it every message is written down whole. */
function openTrail({ dataDir, onFailure, logger }: OpenStorageOptions): Trail | undefined {
  try {
    return new Trail({ dataDir, onFailure });
  } catch (error) {
    logger.error({ code: "ERR_STORE", reason: String(error) }, "notes of messages under way cannot be kept");
    return undefined;
  }
}

/** @throws when the copy cannot be written, or nothing can be read */
async function replaceDamaged(
  path: string,
  copy: string,
  reason: string,
  { logger, now }: OpenStorageOptions,
): Promise<void> {
  const aside = `${path}.unreadable-${now()}`;
  logger.error(
    { code: "ERR_STORE", path, aside, reason },
    "spool unreadable, set aside; what can be read is taken over",
  );
  if (!existsSync(path)) return;
  rmSync(copy, { recursive: true, force: true });
  markOpening(copy);
  const storage = new LmdbSpoolStorage(copy, () => undefined);
  try {
    await salvage(path, storage, logger);
  } finally {
    await storage.close();
  }
  renameSync(path, aside);
  renameSync(copy, path);
}
