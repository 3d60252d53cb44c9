/**
 * The queue of what a station must deliver: first in, first out, the same content at every attempt, until it is answered. It
 * survives the station's reboot, and it never gives up: what is lost was lost by somebody else.
 */
import type { Payload } from "./ledger-books.ts";
import type { TruthMessage } from "./ledger-truth.ts";
import type { StationWire } from "./ledger-wire.ts";

/** Whether a repeat carries the message id of the attempt before; `alternate`: every other time. */
export type RepeatIds = "same" | "alternate";

export interface OutboxOptions {
  readonly repeatIds: RepeatIds;
  /** Pause after an attempt that failed. */
  readonly retryMs: number;
}

interface Entry {
  readonly message: TruthMessage;
  /** The payload to send; asked for at each attempt, and the same each time. */
  readonly payload: () => Payload;
  readonly onAnswer: (answer: Payload) => void;
  /** Message ids of another life of the station are not used again. */
  lastId: string | undefined;
}

export class LedgerOutbox {
  readonly #options: OutboxOptions;
  readonly #queue: Entry[] = [];
  #wire: StationWire | undefined;
  #isPumping = false;
  #idle: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#queue.length;
  }

  push(message: TruthMessage, payload: () => Payload, onAnswer: (answer: Payload) => void = () => undefined): void {
    this.#queue.push({ message, payload, onAnswer, lastId: undefined });
    void this.#pump();
  }

  /** Sends over `wire` from now on; undefined: the station is offline. */
  use(wire: StationWire | undefined): void {
    this.#wire = wire;
    void this.#pump();
  }

  /** The station has rebooted: its message ids begin anew. */
  forgetIds(): void {
    for (const entry of this.#queue) entry.lastId = undefined;
  }

  /** Resolves when nothing waits. */
  emptied(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    for (let head = this.#queue[0]; head !== undefined && this.#wire !== undefined; head = this.#queue[0]) {
      await this.#attempt(head, this.#wire);
    }
    this.#isPumping = false;
    if (this.#queue.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #attempt(entry: Entry, wire: StationWire): Promise<void> {
    const { message, payload } = entry;
    // By the message's own parity too, so that the first repeat is of either kind.
    const repeatsId = this.#options.repeatIds === "same" || (message.attempts.length + message.madeAt) % 2 === 1;
    const outcome = await wire.call(message.action, payload(), {
      id: repeatsId ? entry.lastId : undefined,
      onSent: (id) => {
        message.attempts.push(id);
        entry.lastId = id;
      },
    });
    if (outcome.kind === "result") {
      this.#queue.shift();
      message.ackedAt = Date.now();
      entry.onAnswer(outcome.payload);
      return;
    }
    if (outcome.kind === "closed") {
      if (this.#wire === wire) this.#wire = undefined;
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, this.#options.retryMs));
  }
}
