/**
 * Is there room on a store's disk? Asked before each commit; two calls of the kernel, a few microseconds.
 *
 *     enough   ▏ reserve ▕  low: only what is under way   ▏ half of it ▕  none: nothing
 *
 * What the store has free inside its own file counts as well: a spool that has filled the disk and drained has room again.
 */
import { accessSync, constants, type StatsFs, statfsSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

export type RoomLevel = "enough" | "low" | "none";

/** Share of the disk that is left to others, and to the deliveries. */
const SHARE = 1 / 32;
const SMALLEST_RESERVE = 128 * 1024;
const LARGEST_RESERVE = 64 * 1024 * 1024;
const PROBE_BYTES = 64 * 1024;
/** The walk over the tables' sizes is not repeated for each commit. */
const FREE_ASKED_EVERY = 64;

export class DiskRoom {
  readonly #path: string;
  readonly #freeInside: () => number;
  readonly #reserves: number;
  #inside = 0;
  #asked = 0;
  #isSick = false;
  #isTrying = false;

  /**
   * @param freeInside bytes that the store can use without growing
   * @param reserves how many reserves are left: more than one for a store that must not take the room of another
   */
  constructor(path: string, freeInside: () => number, reserves = 1) {
    this.#path = path;
    this.#freeInside = freeInside;
    this.#reserves = reserves;
  }

  /** A commit has failed: nothing is written until the disk has proved itself. */
  failed(): void {
    this.#isSick = true;
  }

  /** True when the disk has taken every commit, or a plain file since. Asked every few seconds; each time it is tried anew. */
  isWell(): boolean {
    if (this.#isSick) this.#try();
    return !this.#isSick;
  }

  /** Why nothing may be written now; undefined: it may. */
  refusal(level: RoomLevel = this.level()): Error | undefined {
    if (this.#isSick) return new Error("the disk does not take writes");
    return level === "none" ? new Error("the disk is full, or read-only") : undefined;
  }

  level(): RoomLevel {
    let disk: StatsFs;
    try {
      // A file system that its kernel has made read-only says so before the first write fails.
      accessSync(this.#path, constants.W_OK);
      disk = statfsSync(this.#path);
    } catch {
      return "none";
    }
    const { bsize, bavail, blocks } = disk;
    const free = bsize * bavail;
    const reserve = this.#reserves * Math.min(LARGEST_RESERVE, Math.max(SMALLEST_RESERVE, bsize * blocks * SHARE));
    if (free >= reserve) return "enough";
    if (free < reserve / 2) return "none";
    if (this.#asked % FREE_ASKED_EVERY === 0) this.#inside = this.#freeInside();
    this.#asked += 1;
    return this.#inside >= reserve ? "enough" : "low";
  }

  /** Does the disk take a plain file, to the last byte? Not waited for: a disk that hangs must not hold up anybody. */
  #try(): void {
    if (this.#isTrying) return;
    this.#isTrying = true;
    writeProbe(join(this.#path, "probe")).then(
      () => {
        this.#isTrying = false;
        this.#isSick = false;
      },
      () => {
        this.#isTrying = false;
      },
    );
  }
}

async function writeProbe(file: string): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.writeFile(Buffer.alloc(PROBE_BYTES));
    await handle.sync();
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}
