/** One direction of one connection through the faulty network: what came in, on its way to the other side. */
import type { Socket } from "node:net";
import { SEGMENT_BYTES, type Shaper } from "./shaper.ts";

/** What the flow asks its link, each time anew: conditions change while it lives. */
export interface FlowConditions {
  readonly shaper: Shaper;
  delayMs(): number;
  isStalled(): boolean;
  /** Bytes that come now vanish without a word. */
  isSwallowing(): boolean;
}

interface Segment {
  /** Undefined: the end of the stream (FIN). */
  readonly bytes: Buffer | undefined;
  readonly deliverAt: number;
}

/** Bytes on their way in one flow before its sender is held back. */
const FLOW_BYTES = 1024 * 1024;
const RETRY_MS = 5;

export class FaultyFlow {
  /** Bytes that were swallowed. A flow that has lost bytes is dead for good: what follows would make no sense. */
  swallowed = 0;
  bytes = 0;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #conditions: FlowConditions;
  readonly #queue: Segment[] = [];
  #queued = 0;
  /** Segments that wait to be let in by the shaper. */
  #outside = 0;
  #lastAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #resumeTimer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(source: Socket, sink: Socket, conditions: FlowConditions) {
    this.#source = source;
    this.#sink = sink;
    this.#conditions = conditions;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.on("end", () => this.#enter(undefined));
    sink.on("drain", () => this.wake());
  }

  get isDead(): boolean {
    return this.swallowed > 0;
  }

  /** Looks again: a stall has ended, or a delay has changed. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#deliver();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#resumeTimer);
    this.#queue.length = 0;
  }

  #take(chunk: Buffer): void {
    if (this.isDead || this.#conditions.isSwallowing()) {
      this.swallowed += chunk.length;
      return;
    }
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; at += SEGMENT_BYTES) this.#enter(chunk.subarray(at, at + SEGMENT_BYTES));
    if (this.#outside > 0) this.#source.pause();
  }

  #enter(bytes: Buffer | undefined): void {
    if (bytes === undefined && (this.isDead || this.#conditions.isSwallowing())) return;
    this.#outside += 1;
    this.#conditions.shaper.enter(bytes?.length ?? 0, (leavesAt) => {
      this.#outside -= 1;
      this.#enqueue(bytes, leavesAt);
      if (this.#outside === 0) this.#resumeWhenShort();
    });
  }

  #enqueue(bytes: Buffer | undefined, leavesAt: number): void {
    if (this.#isOver) return;
    // A delay that becomes shorter does not let bytes overtake each other.
    const deliverAt = Math.max(this.#lastAt, leavesAt + this.#conditions.delayMs());
    this.#lastAt = deliverAt;
    this.#queue.push({ bytes, deliverAt });
    this.#queued += bytes?.length ?? 0;
    this.#deliver();
  }

  /** Also bounds what is under way where nothing is throttled: a long delay, a stall, a reader that does not read. */
  #resumeWhenShort(): void {
    if (this.#isOver) return;
    if (this.#queued <= FLOW_BYTES) {
      this.#source.resume();
      return;
    }
    this.#source.pause();
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#resumeWhenShort(), RETRY_MS);
  }

  #deliver(): void {
    if (this.#timer !== undefined || this.#isOver || this.#conditions.isStalled() || this.#sink.connecting) return;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const waitMs = head.deliverAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.wake(), waitMs);
        return;
      }
      this.#queue.shift();
      if (head.bytes === undefined) {
        this.#sink.end();
        continue;
      }
      this.#queued -= head.bytes.length;
      // `drain` calls again.
      if (!this.#sink.write(head.bytes)) return;
    }
  }
}
