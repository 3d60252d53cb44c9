/**
 * The security log, read on while it is written: what is new since the last time, without reading everything again.
 */
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseLine, type SecurityRecord } from "../../domain/security/log-chain.ts";
import { readSecurityLog, SECURITY_LOG } from "../security-log.ts";

/** One record's number stands at the beginning of its line. */
const NUMBER = /^\{"seq":(\d+),/;
/** Read at once; the rest comes with the next call. */
const MOST_BYTES = 256 * 1024;

export class SecurityLogReader {
  readonly #dataDir: string;
  /** Where the next line begins, in the file with this inode. */
  #at: { readonly inode: number; readonly offset: number } | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Records with a number above `seq`, in order; not necessarily all of them. @throws what the disk says */
  async after(seq: number): Promise<readonly SecurityRecord[]> {
    const file = join(this.#dataDir, SECURITY_LOG);
    const found = await stat(file).catch(() => undefined);
    const at = this.#at;
    if (found === undefined || at === undefined || at.inode !== found.ino || at.offset > found.size) {
      // The file is another one: what was left of the one before is in the older files.
      const { lines } = await readSecurityLog(this.#dataDir);
      this.#at = undefined;
      const after = await stat(file).catch(() => undefined);
      const isSame = found !== undefined && after?.ino === found.ino && after.size === found.size;
      if (isSame) this.#at = { inode: found.ino, offset: found.size };
      return above(lines, seq);
    }
    if (at.offset === found.size) return [];
    const text = await readPart(file, at.offset, Math.min(found.size - at.offset, MOST_BYTES));
    const end = text.lastIndexOf(0x0a) + 1;
    this.#at = { inode: at.inode, offset: at.offset + end };
    return above(text.subarray(0, end).toString("utf8").split("\n"), seq);
  }

  /** The next call reads everything: somebody goes back to an earlier number. */
  rewind(): void {
    this.#at = undefined;
  }
}

function above(lines: readonly string[], seq: number): readonly SecurityRecord[] {
  return lines.flatMap((line) => {
    if (Number(NUMBER.exec(line)?.[1] ?? 0) <= seq) return [];
    const parsed = parseLine(line);
    return parsed === undefined ? [] : [parsed];
  });
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
