/**
 * One class's messages on disk: files that only grow, the newest open, the oldest removed when nothing in it is needed.
 *
 *     0000000001.log [m m n m] ─ 0000000002.log [m n m] ─ 0000000003.log [m m … ◀─ append
 *          ▲ removed when all of its messages are done; never before an older one, so that a note outlives what it speaks of
 *
 * What is appended is in the kernel's hands when `append` returns: a process that is killed loses nothing of it. The disk has it
 * after the next {@link SegmentLog.sync}.
 */
import {
  closeSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { decode, type SpoolRecord } from "./record.ts";

/** Where a record lies. */
export interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

interface Segment {
  readonly no: number;
  readonly file: string;
  fd: number;
  bytes: number;
  /** Messages in it that are not done. */
  live: number;
}

const NAME = /^(\d{10})\.log$/;
export const SEGMENT_BYTES = 1024 * 1024;

export class SegmentLog {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];
  #lastNo = 0;
  #isDirty = false;
  /** Files with a record that could not be read, cut there. */
  torn = 0;

  constructor(directory: string, segmentBytes = SEGMENT_BYTES) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Reads what is there, oldest first; the caller says of each message with {@link keep} that it is needed. What a crash has torn
   * is cut off.
   */
  open(onRecord: (record: SpoolRecord, place: Place) => void): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const names = readdirSync(this.#directory).filter((name) => NAME.test(name));
    for (const name of names.sort()) this.#read(name, onRecord);
  }

  #read(name: string, onRecord: (record: SpoolRecord, place: Place) => void): void {
    const file = join(this.#directory, name);
    const content = readFileSync(file);
    this.#lastNo = Number.parseInt(name, 10);
    const segment: Segment = { no: this.#lastNo, file, fd: openSync(file, "r+"), bytes: 0, live: 0 };
    this.#segments.push(segment);
    for (let next = decode(content, 0); next !== undefined; next = decode(content, segment.bytes)) {
      onRecord(next.record, { segment, offset: segment.bytes, length: next.end - segment.bytes });
      segment.bytes = next.end;
    }
    if (segment.bytes === content.length) return;
    this.torn += 1;
    ftruncateSync(segment.fd, segment.bytes);
  }

  keep({ segment }: Place): void {
    segment.live += 1;
  }

  /** The message is not needed any more. */
  release({ segment }: Place): void {
    segment.live -= 1;
  }

  /** @throws where the disk takes nothing; the log is then as it was before */
  append(record: Buffer): Place {
    const segment = this.#newest(record.length);
    const offset = segment.bytes;
    try {
      const written = writeSync(segment.fd, record, 0, record.length, offset);
      if (written < record.length) throw new Error("the disk is full");
    } catch (error) {
      this.#cut(segment);
      throw error;
    }
    segment.bytes += record.length;
    this.#isDirty = true;
    return { segment, offset, length: record.length };
  }

  /** A half-written record must not stand before later ones; a file that cannot be cut gets none. */
  #cut(segment: Segment): void {
    try {
      ftruncateSync(segment.fd, segment.bytes);
    } catch {
      segment.bytes = Math.max(segment.bytes, this.#segmentBytes);
    }
  }

  #newest(length: number): Segment {
    const newest = this.#segments.at(-1);
    if (newest !== undefined && (newest.bytes === 0 || newest.bytes + length <= this.#segmentBytes)) return newest;
    const no = this.#lastNo + 1;
    const file = join(this.#directory, `${String(no).padStart(10, "0")}.log`);
    const fd = openSync(file, "wx+", 0o600);
    this.#lastNo = no;
    const segment: Segment = { no, file, fd, bytes: 0, live: 0 };
    this.#segments.push(segment);
    if (newest !== undefined) flushSoon(newest.fd);
    flushDirectory(this.#directory);
    return segment;
  }

  /** @throws where the record cannot be read again as it was written */
  read({ segment, offset, length }: Place): SpoolRecord {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(segment.fd, bytes, 0, length, offset);
    const found = count === length ? decode(bytes, 0) : undefined;
    if (found === undefined) throw new Error("a record of the health spool is damaged");
    return found.record;
  }

  /** True when the oldest file is not needed. */
  get canTrim(): boolean {
    return this.#segments.length > 1 && this.#segments[0]?.live === 0;
  }

  /**
   * Removes the oldest files as far as nothing in them is needed, and empties the last when that is worth while (`last`: it has no note
   * that counts), or when there is no room for as much as a note.
   */
  trim(last: "keep" | "empty" | "empty at once"): void {
    while (this.canTrim) {
      const [oldest] = this.#segments;
      if (oldest === undefined) return;
      rmSync(oldest.file, { force: true });
      closeSync(oldest.fd);
      this.#segments.shift();
    }
    const [only, ...more] = this.#segments;
    if (last === "keep" || only === undefined || more.length > 0 || only.live > 0) return;
    if (only.bytes === 0 || (last === "empty" && only.bytes < this.#segmentBytes / 2)) return;
    ftruncateSync(only.fd, 0);
    only.bytes = 0;
  }

  /** Flushes to the disk without waiting for it. */
  sync(onFailed: (error: Error) => void): void {
    const newest = this.#segments.at(-1);
    if (!this.#isDirty || newest === undefined) return;
    this.#isDirty = false;
    fsync(newest.fd, (error) => {
      // The file may have been removed meanwhile, which is no failure.
      if (error !== null && error.code !== "EBADF") onFailed(error);
    });
  }

  close(): void {
    for (const { fd } of this.#segments.splice(0)) {
      fsyncSync(fd);
      closeSync(fd);
    }
  }
}

function flushSoon(fd: number): void {
  fsync(fd, () => undefined);
}

/** A new name is durable only with its directory. */
function flushDirectory(directory: string): void {
  const fd = openSync(directory, "r");
  try {
    if (fstatSync(fd).isDirectory()) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
