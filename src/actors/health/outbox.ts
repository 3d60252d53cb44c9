/**
 * Messages on their way to the broker that are in memory only. First in, first out; bounded in messages and in bytes. When it is
 * full the oldest batch of metrics goes, and events only when no metrics are left: an event is small and says more.
 */
import { Deque } from "./deque.ts";
import type { Kept } from "./spool/health-spool.ts";

/**
 * `gap` tells what was lost; `birth` is there for messages that another boot will have to send: their aliases mean nothing without it;
 * `feature` and `snapshot` are what condition is computed to be, and what a trigger has frozen.
 */
export type MessageKind = "metrics" | "event" | "gap" | "birth" | "feature" | "snapshot";

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
  readonly #metrics = new Deque<Outgoing>();
  readonly #events = new Deque<Outgoing>();
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
    return this.#metrics.size + this.#events.size;
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
    return (this.#isEventNext() ? this.#events : this.#metrics).first?.seq;
  }

  /** The message with the lowest sequence number. */
  shift(): Outgoing | undefined {
    return this.#take(this.#isEventNext() ? this.#events : this.#metrics);
  }

  #isEventNext(): boolean {
    const metrics = this.#metrics.first;
    const event = this.#events.first;
    return event !== undefined && (metrics === undefined || event.seq < metrics.seq);
  }

  #queueOf(message: Outgoing): Deque<Outgoing> {
    return message.kind === "metrics" ? this.#metrics : this.#events;
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
      const dropped = this.#take(this.#metrics) ?? this.#take(this.#events);
      if (dropped === undefined) return;
      this.#writeOff(dropped);
    }
  }
}
