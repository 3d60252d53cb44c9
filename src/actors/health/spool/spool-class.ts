/** Messages of one class on disk: a queue of places, bounded in bytes and number. */
import type { Lost } from "../gap-book.ts";
import type { MessageClass } from "../message-class.ts";
import { SplitQueue, type Turn } from "../split-queue.ts";
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
  readonly name: MessageClass;
  readonly log: SegmentLog;
  readonly #limits: ClassLimits;
  readonly #waiting = new SplitQueue<Entry>(({ id }) => id);
  /** Messages done that no note says so of yet. */
  readonly #done: number[] = [];
  bytes = 0;

  constructor(name: MessageClass, directory: string, limits: ClassLimits, segmentBytes?: number) {
    this.name = name;
    this.log = new SegmentLog(directory, segmentBytes);
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** The entry that {@link take} would give. */
  peek(turn: Turn): Entry | undefined {
    return this.#waiting.peek(turn);
  }

  /** A connection is made: what waits now has waited. */
  settle(): void {
    this.#waiting.settle();
  }

  /** Takes the oldest out where the class is beyond a limit. */
  takeSurplus(wallMs: number): Entry | undefined {
    const { oldest } = this.#waiting;
    if (oldest === undefined) return undefined;
    const { messages, bytes, ageMs } = this.#limits;
    const isOver = this.size > messages || this.bytes > bytes || wallMs - oldest.createdAt > ageMs;
    return isOver ? this.#subtract(this.#waiting.shift()) : undefined;
  }

  /** A message newly written, or found at the start. */
  add({ id, boot, seq, kind, observations, createdAt }: MessageHead, place: Place): void {
    this.log.keep(place);
    this.bytes += place.length;
    this.#waiting.push({ id, place, boot, seq, kind, observations, createdAt });
  }

  take(turn: Turn): Entry | undefined {
    return this.#subtract(this.#waiting.take(turn));
  }

  #subtract(entry: Entry | undefined): Entry | undefined {
    if (entry !== undefined) this.bytes -= entry.place.length;
    return entry;
  }

  putBack(entry: Entry): void {
    this.bytes += entry.place.length;
    this.#waiting.putBack(entry);
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
