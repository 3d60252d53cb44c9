/** Messages of one class on disk, oldest first: a queue of places, bounded in bytes and number. */
import { Deque } from "../deque.ts";
import type { Lost } from "../gap-book.ts";
import type { MessageHead } from "./record.ts";
import { type Place, SegmentLog } from "./segment-log.ts";

/** A message that waits on disk; its payload stays there. */
export interface Entry extends Lost {
  readonly id: number;
  readonly place: Place;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface ClassLimits {
  readonly messages: number;
  readonly bytes: number;
  readonly ageMs: number;
}

export class SpoolClass {
  readonly log: SegmentLog;
  readonly #limits: ClassLimits;
  readonly #waiting = new Deque<Entry>();
  /** Messages done that no note says so of yet. */
  readonly #done: number[] = [];
  bytes = 0;

  constructor(directory: string, limits: ClassLimits, segmentBytes?: number) {
    this.log = new SegmentLog(directory, segmentBytes);
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get first(): Entry | undefined {
    return this.#waiting.first;
  }

  /** Takes the oldest out where the class is beyond a limit. */
  takeSurplus(wallMs: number): Entry | undefined {
    const oldest = this.#waiting.first;
    if (oldest === undefined) return undefined;
    const { messages, bytes, ageMs } = this.#limits;
    const isOver = this.size > messages || this.bytes > bytes || wallMs - oldest.createdAt > ageMs;
    return isOver ? this.shift() : undefined;
  }

  /** A message newly written, or found at the start. */
  add({ id, boot, seq, kind, observations, createdAt }: MessageHead, place: Place): void {
    this.log.keep(place);
    this.bytes += place.length;
    this.#waiting.push({ id, place, boot, seq, kind, observations, createdAt });
  }

  shift(): Entry | undefined {
    const entry = this.#waiting.shift();
    if (entry !== undefined) this.bytes -= entry.place.length;
    return entry;
  }

  putBack(entry: Entry): void {
    this.bytes += entry.place.length;
    this.#waiting.unshift(entry);
  }

  /** An entry that is out of the queue is needed no more. */
  finish({ id, place }: Entry): void {
    this.log.release(place);
    this.#done.push(id);
  }

  /** What the next note has to say; asked once for each note. */
  takeDone(): readonly number[] {
    return this.#done.splice(0);
  }
}
