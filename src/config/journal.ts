import { fstatSync } from "node:fs";

/**
 * Whether standard output is the systemd journal. `$JOURNAL_STREAM` alone does not say: programs that a service starts
 * inherit it, also when their output goes elsewhere.
 *
 * @see systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream
 */
export function stdoutIsJournal(environment: Readonly<Record<string, string | undefined>>): boolean {
  const stream = environment["JOURNAL_STREAM"];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(1);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
