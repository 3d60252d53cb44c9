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

export class FaultyFlow {
  /** Bytes that were swallowed. A flow that has lost bytes is dead for good: what follows would make no sense. */
  swallowed = 0;
  bytes = 0;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #conditions: FlowConditions;
  readonly #queue: Segment[] = [];
  #queued = 0;
  #lastAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #resumeTimer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(source: Socket, sink: Socket, conditions: FlowConditions) {
    this.#source = source;
    this.#sink = sink;
    this.#conditions = conditions;
    source.on("data", (chunk: Buffer) => this.#take(chunk));
    source.on("end", () => this.#enqueue(undefined));
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
    for (let at = 0; at < chunk.length; at += SEGMENT_BYTES) this.#enqueue(chunk.subarray(at, at + SEGMENT_BYTES));
    this.#holdBack();
  }

  #enqueue(bytes: Buffer | undefined): void {
    if (this.#isOver || this.isDead || (bytes === undefined && this.#conditions.isSwallowing())) return;
    const now = performance.now();
    const left = bytes === undefined ? now : this.#conditions.shaper.admit(bytes.length, now);
    // A delay that becomes shorter does not let bytes overtake each other.
    const deliverAt = Math.max(this.#lastAt, left + this.#conditions.delayMs());
    this.#lastAt = deliverAt;
    this.#queue.push({ bytes, deliverAt });
    this.#queued += bytes?.length ?? 0;
    this.#deliver();
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

  #holdBack(): void {
    const fullForMs = this.#conditions.shaper.fullForMs(performance.now());
    const waitMs = this.#queued > FLOW_BYTES ? Math.max(fullForMs, 5) : fullForMs;
    if (waitMs <= 0) {
      this.#source.resume();
      return;
    }
    this.#source.pause();
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = setTimeout(() => this.#holdBack(), waitMs);
  }
}
