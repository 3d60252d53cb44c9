/**
 * What leaves a trace of itself only: meter values that go to the CSMS at once, while their station waits for the answer. Until then
 * the station owns them and would send them again, so a record of the whole message is not needed; what is needed is to know them
 * again, because the CSMS may have seen them under an id that the station no longer uses.
 *
 *     message ─▶ note (whose, id, content key) ─▶ one append for all that came meanwhile ─▶ it may leave
 *                                                  └─ a file is full ─▶ the other one, begun with what is still under way
 *
 *     start after a crash ─▶ the latest notes of each station ─▶ a repetition leaves under its first id
 *
 * Promises: who is told that a note is written may rely on it after the end of the process; notes of what is under way are in one of
 * the two files at every moment. Power may take them: nobody was answered on their account. What cannot be read is skipped.
 */
import {
  closeSync,
  ftruncate,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  write,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type MessageId, messageId } from "../../domain/ids.ts";
import type { SpoolNote, SpoolTrail } from "../../ports.ts";

type Done = (error: unknown) => void;
type Remembered = Map<string, MessageId>;

export interface TrailOptions {
  readonly dataDir: string;
  /** An append failed: disk full, read-only, I/O error. */
  readonly onFailure: (error: unknown) => void;
  /** Beyond what a file began with; then the other one is begun. */
  readonly fileBytes?: number;
}

const FILES = ["spool-trail.0", "spool-trail.1"] as const;
/** About 30 000 notes beyond those that a file began with: half a megabyte to read at start for each second of a busy gateway. */
const FILE_BYTES = 2 * 1024 * 1024;
/** Between the beginnings of two appends that follow one another: each wakes a thread. A note alone never waits. */
const APART_MS = 1;
/** Kept of each station over a start. A station has one call outstanding; the rest is room for those that do not keep to it. */
const KEPT = 8;

export class Trail implements SpoolTrail {
  /** Notes of messages that still wait for their answer, in order; set by whoever knows. */
  underWay: () => Iterable<SpoolNote> = () => [];
  readonly #onFailure: (error: unknown) => void;
  readonly #files: readonly [number, number];
  readonly #fileBytes: number;
  readonly #found: Map<string, Remembered>;
  #at: 0 | 1 = 0;
  #bytes = 0;
  /** Bytes at which the other file is begun. */
  #full: number;
  #lines = "";
  #waiting: Done[] = [];
  #isWriting = false;
  #begunAt = 0;
  #isDue = false;
  #isClosed = false;

  /** @throws when the files can be neither read nor written */
  constructor({ dataDir, onFailure, fileBytes = FILE_BYTES }: TrailOptions) {
    this.#onFailure = onFailure;
    this.#fileBytes = fileBytes;
    const [first, second] = FILES.map((name) => join(dataDir, name)) as [string, string];
    this.#found = readNotes([first, second]);
    const kept = linesOf(this.#found);
    writeFileSync(`${first}.new`, kept, { mode: 0o600 });
    renameSync(`${first}.new`, first);
    rmSync(second, { force: true });
    this.#files = [openSync(first, "a", 0o600), openSync(second, "a", 0o600)];
    this.#bytes = Buffer.byteLength(kept);
    this.#full = this.#bytes + fileBytes;
  }

  /** What a station had under way when the last process ended; given once. */
  take(prefix: string): Remembered | undefined {
    const remembered = this.#found.get(prefix);
    this.#found.delete(prefix);
    return remembered;
  }

  /** Notes a message; `done` once it is written. */
  note(note: SpoolNote, done: Done): void {
    this.#lines += lineOf(note);
    this.#waiting.push(done);
    if (this.#isDue || this.#isWriting) return;
    this.#due();
  }

  #due(): void {
    this.#isDue = true;
    const begin = () => {
      this.#isDue = false;
      this.#write();
    };
    if (performance.now() - this.#begunAt < APART_MS) setTimeout(begin, APART_MS);
    else setImmediate(begin);
  }

  /** What was under way has been written down elsewhere, or was answered; what stations may still repeat stays known. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isWriting) await new Promise<void>((resolve) => this.#waiting.push(() => resolve()));
    const carried = this.#carried();
    for (const file of this.#files) ftruncateSync(file, 0);
    writeSync(this.#files[this.#at], carried);
    for (const file of this.#files) closeSync(file);
  }

  #write(): void {
    if (this.#isClosed) return;
    if (this.#bytes >= this.#full) this.#turn();
    else this.#append(this.#lines, this.#taken());
  }

  /** The other file: emptied, then begun with everything that has to stay known. */
  #turn(): void {
    this.#isWriting = true;
    this.#at = this.#at === 0 ? 1 : 0;
    const carried = this.#carried();
    const lines = carried + this.#lines;
    const done = this.#taken();
    ftruncate(this.#files[this.#at], 0, (error) => {
      if (error !== null) {
        this.#written(done, error, 0);
        return;
      }
      this.#bytes = 0;
      this.#full = carried.length + this.#fileBytes;
      this.#append(lines, done);
    });
  }

  #append(lines: string, done: readonly Done[]): void {
    this.#isWriting = true;
    this.#begunAt = performance.now();
    const bytes = Buffer.from(lines);
    write(this.#files[this.#at], bytes, 0, bytes.length, null, (error, count) => {
      const failure = error ?? (count === bytes.length ? undefined : new Error("the disk is full"));
      this.#written(done, failure, count);
    });
  }

  #written(done: readonly Done[], error: unknown, count: number): void {
    this.#isWriting = false;
    this.#bytes += count;
    if (error !== undefined) {
      this.#onFailure(error);
      // What comes next must not end up in the rest of a torn line.
      this.#lines = `\n${this.#lines}`;
    }
    for (const one of this.#isClosed ? [...done, ...this.#taken()] : done) one(error);
    if (this.#waiting.length > 0 && !this.#isDue) this.#due();
  }

  #taken(): readonly Done[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#lines = "";
    return waiting;
  }

  #carried(): string {
    let lines = linesOf(this.#found);
    for (const note of this.underWay()) lines += lineOf(note);
    return lines;
  }
}

const linesOf = (found: ReadonlyMap<string, Remembered>): string =>
  [...found]
    .flatMap(([prefix, remembered]) => [...remembered].map(([key, id]) => lineOf({ prefix, id, key })))
    .join("");

const PLAIN = /^[ -~]+$/;

/** On the hot path: nearly every id is plain text, and tabs keep it apart from the rest. */
const lineOf = ({ prefix, id, key }: SpoolNote): string =>
  PLAIN.test(id) && PLAIN.test(key) ? `${prefix}\t${id}\t${key}\n` : `${JSON.stringify([prefix, id, key])}\n`;

/** The file that was written to last is read last, so that the latest notes are kept. A file that cannot be read has none. */
function readNotes(paths: readonly string[]): Map<string, Remembered> {
  const found = new Map<string, Remembered>();
  const files = paths.map((path) => ({ path, at: statSync(path, { throwIfNoEntry: false })?.mtimeMs }));
  for (const { path, at } of files.sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    if (at !== undefined) addNotes(found, readFileSync(path, "utf8"));
  }
  return found;
}

function addNotes(found: Map<string, Remembered>, text: string): void {
  for (const line of text.split("\n")) {
    const note = parseNote(line);
    if (note === undefined) continue;
    const remembered: Remembered = found.get(note.prefix) ?? new Map();
    found.set(note.prefix, remembered);
    remembered.delete(note.key);
    remembered.set(note.key, note.id);
    if (remembered.size <= KEPT) continue;
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  }
}

function parseNote(line: string): SpoolNote | undefined {
  if (line === "") return undefined;
  try {
    const [prefix, id, key] = line.startsWith("[") ? (JSON.parse(line) as unknown[]) : line.split("\t");
    if (typeof prefix !== "string" || typeof id !== "string" || typeof key !== "string") return undefined;
    return { prefix, id: messageId(id), key };
  } catch {
    return undefined;
  }
}
