/**
 * Messages on their way to the broker. First in, first out; bounded in messages and in bytes. When it is full the oldest
 * batch of metrics goes, and events only when no metrics are left: an event is small and says more.
 *
 * What is dropped adds up to a gap that is told to the readers.
 */

/** JSON text, or the same deflated (RFC 1950). The first byte tells them apart: `{` or 0x78. */
export type Payload = string | Uint8Array;

/** One MQTT message of the lane, ready to go. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: Payload;
  readonly bytes: number;
  /** Number in the boot's sequence; readers see a hole where a message was dropped. */
  readonly seq: number;
  readonly kind: "metrics" | "event" | "features" | "health" | "gap";
  /** Observations it carries. */
  readonly observations: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface OutboxLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** What was dropped since somebody last asked. */
export interface Gap {
  readonly messages: number;
  readonly observations: number;
  /** Lowest and highest sequence number among the dropped. */
  readonly from: number;
  readonly to: number;
}

export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #metrics = new Deque<Outgoing>();
  readonly #events = new Deque<Outgoing>();
  #gap: Gap | undefined;
  /** Payload bytes and observations of what waits. */
  bytes = 0;
  observations = 0;
  /** Observations dropped since the start. */
  dropped = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
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

  /** The message with the lowest sequence number. */
  shift(): Outgoing | undefined {
    const metrics = this.#metrics.first;
    const event = this.#events.first;
    const isEventNext = event !== undefined && (metrics === undefined || event.seq < metrics.seq);
    return this.#take(isEventNext ? this.#events : this.#metrics);
  }

  /** The gap since the last call. */
  takeGap(): Gap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    return gap;
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
      this.writeOff(dropped);
    }
  }

  /**
   * Notes a message that will probably not arrive: one that was in flight when its connection ended may have. A lost gap
   * message makes no new gap, or a broker that refuses the topic would be told for ever.
   */
  writeOff({ seq, kind, observations }: Outgoing): void {
    if (kind === "gap") return;
    this.dropped += observations;
    const gap = this.#gap ?? { messages: 0, observations: 0, from: seq, to: seq };
    this.#gap = {
      messages: gap.messages + 1,
      observations: gap.observations + observations,
      from: Math.min(gap.from, seq),
      to: Math.max(gap.to, seq),
    };
  }
}

/** Dead slots at the front before the array is compacted. */
const COMPACT_AT = 1024;

/** Array whose front moves; `shift` of a long array would copy it. */
class Deque<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  unshift(item: T): void {
    if (this.#head === 0) {
      this.#items.unshift(item);
      return;
    }
    this.#head -= 1;
    this.#items[this.#head] = item;
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
