/**
 * A station's queue of transaction messages: kept in order, one at a time, the same content at every attempt, until the
 * CSMS has answered or the allowed attempts are used up.
 *
 *     push ─▶ [ m1 m2 m3 … ] ─▶ call(m1) ── CALLRESULT ──▶ delivered, next
 *                                   ├── CALLERROR, timeout ─▶ wait interval × attempts, again; at last given up
 *                                   └── connection lost ─▶ stays first, sent again after the reconnect (not counted)
 *
 * @see OCPP 1.6 §3.7.1, §9.1.30 TransactionMessageAttempts, §9.1.31 TransactionMessageRetryInterval
 * @see OCPP 2.0.1 Part 2 E04.FR.01, E13, J02: MessageAttempts, MessageAttemptInterval
 */
import type { Payload } from "../domain/ocpp/frame.ts";
import type { Clock } from "../ports.ts";
import { Alarm } from "./clock.ts";
import type { MessageRecord } from "./ledger.ts";
import type { CallOutcome, RpcPeer } from "./rpc-peer.ts";
import { transactionKey } from "./transaction-key.ts";

export interface OutboxMessage {
  readonly record: MessageRecord;
  readonly action: string;
  /**
   * Called once, before the first attempt: a 1.6 message needs the transaction id that an earlier message is answered
   * with. Undefined when there is none because that message was given up; then this one is given up too.
   */
  readonly build: () => Payload | undefined;
  readonly onResult?: (payload: Payload) => void;
}

export interface RetryPolicy {
  /** CALLERRORs and timeouts a message may get before it is given up. */
  readonly attempts: number;
  /** Pause after the n-th failed attempt: n times this. */
  readonly intervalMs: number;
  /** Whether an attempt repeats the message id or takes a new one; both are seen in the field. */
  readonly ids: "same" | "new";
}

/** `newest-first`: of what can be sent, the last that was made; a 1.6 message cannot before its transaction has an id. */
export type QueueOrder = "oldest-first" | "newest-first";

export interface OutboxOptions {
  readonly clock: Clock;
  /** Default `oldest-first`. */
  readonly order?: QueueOrder;
  readonly retry: () => RetryPolicy;
  readonly onOutcome: (action: string, outcome: CallOutcome) => void;
}

interface Entry extends OutboxMessage {
  payload: Payload | undefined;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #queue: Entry[] = [];
  #link: RpcPeer | undefined;
  #pumping = false;
  readonly #emptied: (() => void)[] = [];
  readonly #alarm: Alarm;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock);
  }

  get size(): number {
    return this.#queue.length;
  }

  push(message: OutboxMessage): void {
    this.#queue.push({ ...message, payload: undefined });
    void this.#pump();
  }

  /** Sends through `link` from now on; undefined: the station is offline or not accepted. */
  use(link: RpcPeer | undefined): void {
    this.#link = link;
    this.#alarm.wake();
    void this.#pump();
  }

  /** Resolves when nothing waits any more. */
  emptied(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let head = this.#next();
    while (head !== undefined && this.#link !== undefined) {
      if (await this.#deliver(head, this.#link)) this.#queue.splice(this.#queue.indexOf(head), 1);
      head = this.#next();
    }
    this.#pumping = false;
    if (head === undefined) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  #next(): Entry | undefined {
    const [oldest] = this.#queue;
    if (this.#options.order !== "newest-first") return oldest;
    return this.#queue.findLast((entry) => this.#payload(entry) !== undefined) ?? oldest;
  }

  /** One attempt, and the pause after one that failed. True when the message may leave the queue. */
  async #deliver(entry: Entry, link: RpcPeer): Promise<boolean> {
    const { record, action } = entry;
    const payload = this.#payload(entry);
    if (payload === undefined) {
      record.outcome = "given-up";
      return true;
    }
    const { attempts, intervalMs, ids } = this.#options.retry();
    const outcome = await link.call(action, payload, {
      id: ids === "same" ? record.attempts[0] : undefined,
      onSent: (id) => record.attempts.push(id),
    });
    this.#options.onOutcome(action, outcome);
    if (outcome.kind === "result") {
      record.outcome = "delivered";
      entry.onResult?.(outcome.payload);
      return true;
    }
    if (outcome.kind === "closed") {
      if (this.#link === link) this.#link = undefined;
      return false;
    }
    record.failures += 1;
    if (record.failures >= attempts) {
      record.outcome = "given-up";
      return true;
    }
    await this.#alarm.wait(intervalMs * record.failures);
    return false;
  }

  #payload(entry: Entry): Payload | undefined {
    entry.payload ??= entry.build();
    if (entry.payload !== undefined) entry.record.key ??= transactionKey(entry.action, entry.payload);
    return entry.payload;
  }
}
