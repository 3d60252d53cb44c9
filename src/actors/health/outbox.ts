/**
 * Messages on their way to the broker that are in memory only. First in, first out; bounded in messages and in bytes. When it is
 * full the oldest of the cheapest class goes: metrics first, and events only when nothing else is left.
 */
import { Deque } from "./deque.ts";
import { CHEAPEST_FIRST, CLASS_OF, type MessageClass, type MessageKind } from "./message-class.ts";
import type { Kept } from "./spool/health-spool.ts";

/** JSON text, or the same deflated (RFC 1950). The first byte tells them apart: `{` or 0x78. */
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

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #queues: Readonly<Record<MessageClass, Deque<Outgoing>>> = {
    metric: new Deque(),
    snapshot: new Deque(),
    feature: new Deque(),
    event: new Deque(),
  };
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

  /** Takes back what could not be delivered; it is the oldest again. */
  putBack(message: Outgoing): void {
    this.#queueOf(message).unshift(message);
    this.#add(message);
    this.#makeRoom();
  }

  /** Number of the message that {@link shift} gives. */
  get firstSeq(): number | undefined {
    return this.#oldest()?.first?.seq;
  }

  /** The message with the lowest sequence number. */
  shift(): Outgoing | undefined {
    const queue = this.#oldest();
    return queue && this.#take(queue);
  }

  #oldest(): Deque<Outgoing> | undefined {
    let oldest: Deque<Outgoing> | undefined;
    for (const name of CHEAPEST_FIRST) {
      const queue = this.#queues[name];
      if (seqOf(queue) < seqOf(oldest)) oldest = queue;
    }
    return oldest;
  }

  #queueOf({ kind }: Outgoing): Deque<Outgoing> {
    return this.#queues[CLASS_OF[kind]];
  }

  #add(message: Outgoing): void {
    this.bytes += message.bytes;
    this.observations += message.observations;
  }

  #take(queue: Deque<Outgoing>): Outgoing | undefined {
    const message = queue.shift();
    if (message === undefined) return undefined;
    this.bytes -= message.bytes;
    this.observations -= message.observations;
    return message;
  }

  #makeRoom(): void {
    while (this.size > this.#limits.messages || this.bytes > this.#limits.bytes) {
      const name = CHEAPEST_FIRST.find((each) => this.#queues[each].size > 0);
      const dropped = name && this.#take(this.#queues[name]);
      if (dropped === undefined) return;
      this.#writeOff(dropped);
    }
  }
}

const seqOf = (queue: Deque<Outgoing> | undefined): number => queue?.first?.seq ?? Number.POSITIVE_INFINITY;
