/**
 * Messages on their way to the broker that are in memory only, in the order of their numbers; bounded in messages and in bytes. When it is
 * full the oldest of the cheapest class goes: metrics first, and events only when nothing else is left.
 */
import { CHEAPEST_FIRST, CLASS_OF, type MessageClass, type MessageKind } from "./message-class.ts";
import { SplitQueue, type Turn } from "./split-queue.ts";
import type { Kept } from "./spool/health-spool.ts";

/** JSON text, CBOR, or one of them deflated (RFC 1950). The first byte tells them apart: `{`, 0xa0 to 0xbf (a map), or 0x78. */
export type Payload = string | Uint8Array;

/** One MQTT message of the lane, ready to go. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Payload;
  readonly bytes: number;
  /** Number in the boot's sequence; readers see a hole where a message was dropped. */
  readonly seq: number;
  /** Whose sequence that is: this boot's, or that of one whose messages waited on disk. */
  readonly boot: string;
  readonly kind: MessageKind;
  /** Observations it carries. */
  readonly observations: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Where it lies on disk; undefined: nowhere. */
  readonly kept?: Kept;
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

const seqOf = ({ seq }: Outgoing): number => seq;

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #queues: Readonly<Record<MessageClass, SplitQueue<Outgoing>>> = {
    metric: new SplitQueue(seqOf),
    snapshot: new SplitQueue(seqOf),
    feature: new SplitQueue(seqOf),
    event: new SplitQueue(seqOf),
  };
  readonly #all = Object.values(this.#queues);
  readonly #writeOff: (message: Outgoing) => void;
  /** Payload bytes and observations of what waits. */
  bytes = 0;
  observations = 0;

  /** @param writeOff called with each message that is dropped */
  constructor(limits: OutboxLimits, writeOff: (message: Outgoing) => void) {
    this.#limits = limits;
    this.#writeOff = writeOff;
  }

  get size(): number {
    const { metric, snapshot, feature, event } = this.#queues;
    return metric.size + snapshot.size + feature.size + event.size;
  }

  /** True when one more would push an older one out. */
  get isFull(): boolean {
    return this.size >= this.#limits.messages || this.bytes >= this.#limits.bytes;
  }

  push(message: Outgoing): void {
    this.#queueOf(message).push(message);
    this.#add(message);
    this.#makeRoom();
  }

  /** Takes back what could not be delivered, into its place. */
  putBack(message: Outgoing): void {
    this.#queueOf(message).putBack(message);
    this.#add(message);
    this.#makeRoom();
  }

  /** The message that {@link take} would give. */
  peek(turn: Turn): Outgoing | undefined {
    return this.#next(turn)?.peek(turn);
  }

  take(turn: Turn): Outgoing | undefined {
    return this.#subtract(this.#next(turn)?.take(turn));
  }

  /** A connection is made: what waits now has waited. */
  settle(): void {
    for (const queue of this.#all) queue.settle();
  }

  /** Only events are worth being sent out of order. */
  #next(turn: Turn): SplitQueue<Outgoing> | undefined {
    if (turn === "newest") return this.#queues.event;
    let oldest: SplitQueue<Outgoing> | undefined;
    let oldestSeq = Number.POSITIVE_INFINITY;
    for (const queue of this.#all) {
      const seq = queue.peek(turn)?.seq ?? Number.POSITIVE_INFINITY;
      if (seq < oldestSeq) [oldest, oldestSeq] = [queue, seq];
    }
    return oldest;
  }

  #queueOf({ kind }: Outgoing): SplitQueue<Outgoing> {
    return this.#queues[CLASS_OF[kind]];
  }

  #add(message: Outgoing): void {
    this.bytes += message.bytes;
    this.observations += message.observations;
  }

  #subtract(message: Outgoing | undefined): Outgoing | undefined {
    if (message === undefined) return undefined;
    this.bytes -= message.bytes;
    this.observations -= message.observations;
    return message;
  }

  #makeRoom(): void {
    while (this.size > this.#limits.messages || this.bytes > this.#limits.bytes) {
      const name = CHEAPEST_FIRST.find((each) => this.#queues[each].size > 0);
      const dropped = name && this.#subtract(this.#queues[name].shift());
      if (dropped === undefined) return;
      this.#writeOff(dropped);
    }
  }
}
