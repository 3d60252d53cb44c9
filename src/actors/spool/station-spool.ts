/**
 * The spool of one station: takes its transaction messages, makes them durable, and answers the station either with what the CSMS
 * said or, when that cannot be waited for, on the gateway's own account.
 *
 *     take ─▶ repeated? ─▶ write down ─┬─ CSMS there, nothing older waits ─▶ offer to the gate ─▶ the CSMS's answer
 *                                      └─ otherwise ─▶ own: durable ─▶ our answer; delivered later, in order
 *
 * Promises: what was taken is delivered, whoever asks again gets the same answer, and no message overtakes an older one: the
 * moment one message is owned, everything behind it is owned too.
 */

import { type MessageId, messageId } from "../../domain/ids.ts";
import { lifeOfAnswer } from "../../domain/life/life.ts";
import type { GatewayAnswer, PendingCall, WireAnswer } from "../../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../../domain/ocpp/decode-frame.ts";
import { setMember, textAt } from "../../domain/ocpp/edit-json.ts";
import { resultText, withMessageId } from "../../domain/ocpp/encode-frame.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import { localReceipt } from "../../domain/spool/local-receipt.ts";
import { contentKey, type Spoolable, transactionNumber } from "../../domain/spool/spoolable.ts";
import type { With } from "../../streams/value-lane.ts";
import { takeBack, toStation } from "../legs.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import type { Entry, Waiter } from "./entry.ts";
import { happenedOffline, headOf, textOf } from "./new-head.ts";
import { Receipts } from "./receipts.ts";
import { cacheScope, type SpoolContext } from "./spool-context.ts";
import type { StationQueue } from "./station-queue.ts";
import { TransactionIds } from "./transaction-ids.ts";

/** Messages of one station that can have been under way at once. */
const UNANSWERED_AT_MOST = 64;

/** What the delivery does with an answer to a message that the station no longer waits for. */
export type OnOwnedAnswer = (entry: Entry, answer: GatewayAnswer, connection: StationConnection) => void;

export class StationSpool {
  readonly host: StationHost;
  readonly queue: StationQueue;
  readonly receipts: Receipts;
  readonly ids: TransactionIds;
  readonly #context: SpoolContext;
  readonly #onOwnedAnswer: OnOwnedAnswer;
  /** Messages whose station waits for the CSMS's answer. */
  readonly #live = new Set<Entry>();

  constructor(host: StationHost, queue: StationQueue, context: SpoolContext, onOwnedAnswer: OnOwnedAnswer) {
    this.host = host;
    this.queue = queue;
    this.receipts = new Receipts(context.storage, host.stationId, host.version);
    this.ids = new TransactionIds(context.storage, host.stationId, host.version);
    this.#context = context;
    this.#onOwnedAnswer = onOwnedAnswer;
    // What was under way when the last process ended: its station will ask again, perhaps under another id.
    for (const { head, seq } of queue.latest(UNANSWERED_AT_MOST)) {
      if (head.owned === undefined) this.receipts.note(head.key, seq);
    }
  }

  get prefix(): string {
    return this.queue.prefix;
  }

  /** See `Settlements`. */
  settle(): void {
    this.queue.settle();
    this.receipts.settle();
  }

  /** True when messages wait that the station has been relieved of, or that nobody asks for any more. */
  get hasBacklog(): boolean {
    return this.queue.count > this.#live.size;
  }

  /** True when a message that waits has this id: its answer must not be taken for that of a younger call. */
  usesId(id: MessageId): boolean {
    return this.hasBacklog && this.queue.window().some(({ head }) => head.id === id);
  }

  isLive(entry: Entry): boolean {
    return this.#live.has(entry);
  }

  /**
   * Takes a station's message.
   *
   * @returns false when it cannot be kept and was not taken: the caller relays it without the spool
   */
  take(message: With<CallFrame, StationConnection>, kind: Spoolable): boolean {
    const { connection, frame, text } = message;
    const { counters, storage, clock, offline } = this.#context;
    const key = contentKey(this.host.version, frame, text);
    const waiter: Waiter = { connection, id: frame.id, numericId: hasNumericId(text), text };
    if (this.#isRepeated(key, waiter)) return true;
    if (!this.#context.isHealthy()) return false;
    if (kind.role === "stop" && kind.transaction !== undefined) this.receipts.forgetStart(kind.transaction);
    const waits = !connection.isAway && !this.hasBacklog;
    const head = headOf(message, kind, key, waits, this.#context);
    const wire = textOf(message, head, waits);
    const entry = this.queue.append(head, wire, wire === text ? message.bytes : undefined, waits);
    this.receipts.note(key, entry.seq);
    entry.waiters.push(waiter);
    counters.spoolTaken += 1;
    if (!waits) this.own(entry, connection, frame.payload);
    else {
      this.#live.add(entry);
      entry.takeOverAt = clock.monotonicMs() + offline.takeOverSec * 1000;
      connection.toCsms.expect();
      storage.whenCommitted((error) => this.#written(entry, message, error));
    }
    return true;
  }

  /** The CSMS cannot be waited for any longer: every message that waits is the gateway's now, in order. */
  takeOver(connection: StationConnection): void {
    if (!this.#context.isHealthy()) return;
    for (const entry of [...this.#live].sort((a, b) => a.seq - b.seq)) {
      this.#live.delete(entry);
      release(entry, connection);
      // What the CSMS may have seen is never changed any more; the rest says that it was answered offline.
      if (!entry.wasSent) entry.text = happenedOffline(entry.text, entry.head.action);
      this.own(entry, connection);
    }
  }

  /** True when the station has waited long enough for one of its messages. */
  isOverdue(now: number): boolean {
    for (const entry of this.#live) if (entry.takeOverAt <= now) return true;
    return false;
  }

  /** The connection is gone, and with it whoever waited on it. What it asked for stays and is delivered. */
  forgetConnection(connection: StationConnection): void {
    for (const entry of this.#live) {
      entry.waiters = entry.waiters.filter((waiter) => waiter.connection !== connection);
      release(entry, connection);
      this.#live.delete(entry);
    }
  }

  /** Acknowledges a message to the station on the gateway's own account, once it is on disk. */
  own(entry: Entry, connection: StationConnection, payload: Payload = callOf(entry.text).payload): void {
    const { storage, counters } = this.#context;
    const { action } = entry.head;
    const answer = localReceipt(this.host.version, action, payload, {
      authorise: () => this.#context.authority.decide(this.host, cacheScope(connection), { action, payload }),
      transactionId: () => this.#nameTransaction(entry, payload),
    });
    if (entry.head.role === "stop") this.#noteStopped(payload);
    entry.head = { ...entry.head, owned: true };
    this.queue.write(entry);
    this.receipts.answered(entry.head.key, entry.seq, JSON.stringify(answer));
    counters.spoolOwned += 1;
    entry.isBeingOwned = true;
    storage.whenFlushed((error) => {
      entry.isBeingOwned = false;
      if (error !== undefined) this.#notKept(entry);
      else this.#acknowledge(entry, payload, answer);
    });
  }

  /** The frame of an entry as the CSMS has to see it. */
  wireText(entry: Entry): string | undefined {
    return entry.head.role === "start" ? entry.text : this.translateNorth(entry.text, entry.head.transaction);
  }

  /**
   * A frame of the station with the CSMS's name for its transaction.
   *
   * @param transaction as the station names it
   * @returns undefined while the CSMS has not named it yet
   */
  translateNorth(text: string, transaction: string | undefined): string | undefined {
    if (transaction === undefined || this.ids.isEmpty || this.host.version !== "ocpp1.6") return text;
    const named = this.ids.byProvisional(Number(transaction));
    if (named === undefined) return text;
    return named.real === undefined ? undefined : replaceTransaction(text, named.real);
  }

  #isRepeated(key: string, waiter: Waiter): boolean {
    const { counters } = this.#context;
    const known = this.receipts.recall(key);
    if (known === undefined) return false;
    const entry = this.queue.find(known.seq);
    if (known.kind === "answered") {
      counters.retriesAnsweredFromMemory += 1;
      // Not even whoever asks twice is told before it is on disk. After a restart the number may be another message's.
      if (entry?.isBeingOwned && entry.head.key === key) entry.waiters.push(waiter);
      else this.answer(waiter, known.payload);
      return true;
    }
    if (entry === undefined) return false;
    counters.duplicateCalls += 1;
    entry.waiters.push(waiter);
    // Left over from a connection, or a process, that ended before it was answered.
    if (!this.#live.has(entry) && entry.head.owned === undefined) this.own(entry, waiter.connection);
    return true;
  }

  #written(entry: Entry, message: With<CallFrame, StationConnection>, error: unknown): void {
    const { connection } = message;
    connection.toCsms.expectNoMore();
    if (this.#live.has(entry) && error === undefined) {
      this.#offer(entry, message);
      return;
    }
    if (this.#live.has(entry)) this.#notKept(entry);
    // Others made way for it, and it does not go.
    this.#context.pump(connection);
  }

  #offer(entry: Entry, { connection, frame, bytes, text, messageClass }: With<CallFrame, StationConnection>): void {
    const { clock, limits } = this.#context;
    const wire = this.wireText(entry);
    if (wire === undefined) {
      this.takeOver(connection);
      return;
    }
    const now = clock.monotonicMs();
    const call: PendingCall = {
      id: entry.head.id,
      frame: wire === text ? frame : asSent(frame, wire),
      text,
      bytes: wire === text ? bytes : Buffer.from(wire),
      messageClass,
      rank: messageClass,
      transactional: entry.head.role !== "event",
      origin: "relay",
      offeredAt: now,
      expiresAt: now + limits.callTimeoutSec * 1000,
      originalId: entry.head.id === frame.id ? undefined : frame.id,
      numericId: false,
      wasSent: false,
      businessKey: undefined,
      twins: undefined,
      settle: (answer, answerFrame) => {
        entry.wasSent ||= call.wasSent;
        this.#settled(entry, answer, answerFrame, connection);
      },
    };
    const outcome = connection.toCsms.offer(call);
    if (outcome === "full") this.takeOver(connection);
    else entry.isOffered = true;
    if (outcome === "send") this.#context.send(connection, call);
    else if (outcome === "wait") this.#context.waits(connection, messageClass);
  }

  #settled(entry: Entry, answer: GatewayAnswer, wire: WireAnswer | undefined, connection: StationConnection): void {
    entry.isOffered = false;
    if (this.#live.has(entry) && answer.kind === "result" && wire !== undefined) {
      this.#live.delete(entry);
      const later = entry.head.role === "update";
      this.queue.remove(entry, later);
      this.#noteEnd(entry);
      this.#relayAnswer(entry, wire, answer.payload as Payload);
      if (later) this.#context.settlements.add(this);
      else this.settle();
    } else if (this.#live.has(entry) && !this.#context.isHealthy()) this.#notKept(entry);
    else {
      // In hold mode the gateway acknowledges and keeps what the CSMS did not take (field-lessons 16).
      if (this.#live.has(entry)) this.takeOver(connection);
      this.#onOwnedAnswer(entry, answer, connection);
    }
  }

  /** The CSMS's answer to everybody who asked: byte for byte, where nothing in it has to change. */
  #relayAnswer(entry: Entry, wire: WireAnswer, payload: Payload): void {
    const renamed = this.#avoidCollision(entry, payload);
    const text = renamed === undefined ? wire.text : replaceAnswerId(wire.text, renamed);
    this.receipts.answered(entry.head.key, entry.seq, textAt(text, [2]) ?? "{}", entry.head.role === "update");
    for (const { connection, id, numericId, text: asked } of entry.waiters) {
      const isSame = renamed === undefined && id === entry.head.id;
      const answer = isSame ? wire.text : withMessageId(text, id, numericId);
      toStation(connection, isSame ? wire.bytes : answer, this.#context.counters, entry.head.messageClass === 0);
      connection.answers.remember(id, asked, answer);
      this.#context.answered(connection);
    }
    entry.waiters = [];
  }

  /** A real id that is another transaction's provisional one would mean both of them: the station gets a fresh name instead. */
  #avoidCollision(entry: Entry, { transactionId }: Payload): number | undefined {
    if (entry.head.role !== "start" || typeof transactionId !== "number" || this.ids.isEmpty) return undefined;
    if (this.ids.byProvisional(transactionId) === undefined) return undefined;
    const provisional = this.#context.provisionalIds.allocate((id) => this.ids.has(id));
    this.ids.open(provisional, undefined);
    this.ids.change(provisional, { real: transactionId });
    return provisional;
  }

  #nameTransaction(entry: Entry, payload: Payload): number {
    const provisional = this.#context.provisionalIds.allocate((id) => this.ids.has(id));
    const { connectorId } = payload;
    this.ids.open(provisional, typeof connectorId === "number" ? connectorId : undefined);
    entry.head = { ...entry.head, transaction: String(provisional) };
    return provisional;
  }

  /** The CSMS has acknowledged the end of a transaction that the gateway named. */
  #noteEnd({ head: { role, transaction } }: Entry): void {
    if (role !== "stop" || transaction === undefined || this.ids.isEmpty) return;
    this.ids.close(Number(transaction), this.#context.clock.now());
  }

  #noteStopped(payload: Payload): void {
    const transactionId = transactionNumber(payload["transactionId"]);
    if (transactionId !== undefined) this.ids.change(transactionId, { stopped: true });
  }

  #acknowledge(entry: Entry, payload: Payload, answer: Payload): void {
    const text = JSON.stringify(answer);
    for (const waiter of entry.waiters) this.answer(waiter, text, entry.head.messageClass === 0);
    entry.waiters = [];
    const event = lifeOfAnswer(this.host.version, entry.head.action, payload, answer);
    if (event !== undefined) this.host.send({ ...event, at: this.#context.clock.now() });
    if (this.host.connection !== undefined) this.#context.pump(this.host.connection);
  }

  /** Answers one asker with a payload of ours; `urgent` where a driver waits for it. */
  answer({ connection, id, numericId, text }: Waiter, payload: string, urgent = false): void {
    const answer = resultText(id, payload, numericId);
    if (!toStation(connection, answer, this.#context.counters, urgent)) return;
    connection.answers.remember(id, text, answer);
    this.#context.answered(connection);
  }

  /** The store did not take it, so the station must not believe that anybody has it. */
  #notKept(entry: Entry): void {
    this.#context.counters.spoolNotKept += 1;
    this.#live.delete(entry);
    this.receipts.forget(entry.head.key);
    for (const { connection, id, numericId } of entry.waiters)
      this.#context.refuse(connection, id, "The gateway cannot keep this message now", numericId);
    entry.waiters = [];
    if (entry.isOffered) return;
    const { role, transaction } = entry.head;
    if (role === "start" && transaction !== undefined) this.ids.withdraw(Number(transaction));
    this.queue.remove(entry);
  }
}

/** Takes an entry's call out of the gate, unless it is in flight: then its answer is the spool's from now on. */
function release(entry: Entry, connection: StationConnection): void {
  if (!entry.isOffered) return;
  const call = connection.toCsms.find(({ id, settle }) => id === entry.head.id && settle !== undefined);
  const isTakenBack = call !== undefined && takeBack(connection, call);
  // Not found: under way on a connection that is gone.
  entry.wasSent ||= call === undefined || call.wasSent;
  if (isTakenBack) entry.isOffered = false;
  else if (call !== undefined) call.origin = "spool";
}

/** A spooled frame is one that `decodeFrame` accepted. */
export function callOf(text: string): { readonly id: MessageId; readonly action: string; readonly payload: Payload } {
  const [, id, action, payload] = JSON.parse(text) as [2, string | number, string, Payload | null];
  return { id: messageId(String(id)), action, payload: payload ?? {} };
}

/**
 * The frame of a text that has the CSMS's name for its transaction. Of meter values alone, which the translation does not read again:
 * what a start or stop means to the station's own state is said by the station's name.
 */
export const asSent = (frame: CallFrame, text: string): CallFrame =>
  frame.action === "MeterValues" ? { ...frame, payload: callOf(text).payload } : frame;

const replaceTransaction = (text: string, id: number): string =>
  setMember(text, [3], "transactionId", String(id)) ?? text;

const replaceAnswerId = (text: string, id: number): string => setMember(text, [2], "transactionId", String(id)) ?? text;
