/**
 * A text that only this process can read, as a file for libraries that want one: in memory, without a name, gone with the process.
 *
 *     /dev/shm ─ created ─ unlinked ─ written ─▶ /proc/self/fd/N
 */
import { randomBytes } from "node:crypto";
import { openSync, unlinkSync, writeSync } from "node:fs";

const MEMORY = "/dev/shm";

/** @returns its path, for as long as this process lives */
export function memoryFile(text: string): string {
  const name = `${MEMORY}/twinlane-${randomBytes(12).toString("hex")}`;
  const descriptor = openSync(name, "wx+", 0o600);
  // Before anything is in it.
  unlinkSync(name);
  writeSync(descriptor, text, 0);
  return `/proc/self/fd/${descriptor}`;
}
