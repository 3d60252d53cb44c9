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

import type { MessageId } from "../../domain/ids.ts";
import { lifeOfAnswer } from "../../domain/life/life.ts";
import type { GatewayAnswer, WireAnswer } from "../../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../../domain/ocpp/decode-frame.ts";
import { textAt } from "../../domain/ocpp/edit-json.ts";
import { resultText, withMessageId } from "../../domain/ocpp/encode-frame.ts";
import type { CallFrame, Payload } from "../../domain/ocpp/frame.ts";
import { localReceipt } from "../../domain/spool/local-receipt.ts";
import type { SpoolHead } from "../../domain/spool/record.ts";
import { contentKey, type Spoolable } from "../../domain/spool/spoolable.ts";
import type { SpoolNote, SpoolTrail } from "../../ports.ts";
import type { With } from "../../streams/value-lane.ts";
import { toStation } from "../legs.ts";
import type { StationConnection } from "../station-connection.ts";
import type { StationHost } from "../station-host.ts";
import type { Entry, Waiter } from "./entry.ts";
import { callOf, replaceAnswerId, replaceTransaction } from "./frame-text.ts";
import { liveCall, release } from "./live-call.ts";
import { nameStart, noteEnd, noteStopped, renamedStart } from "./naming.ts";
import { happenedOffline, headOf, textOf } from "./new-head.ts";
import { type KeptReceipt, Receipts } from "./receipts.ts";
import { cacheScope, isTranslated, type SpoolContext } from "./spool-context.ts";
import type { StationQueue } from "./station-queue.ts";
import { TransactionIds } from "./transaction-ids.ts";

/** Payload of most answers. */
const EMPTY = "{}";
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
  /** What was under way, and only noted, when the last process ended. */
  readonly #before: Map<string, MessageId> | undefined;

  constructor(host: StationHost, queue: StationQueue, context: SpoolContext, onOwnedAnswer: OnOwnedAnswer) {
    this.host = host;
    this.queue = queue;
    this.receipts = new Receipts(context.storage, host.stationId, host.version);
    this.ids = new TransactionIds(context.storage, host.stationId, host.version);
    this.#context = context;
    this.#onOwnedAnswer = onOwnedAnswer;
    this.#before = context.storage.trail?.take(queue.prefix);
    // What was under way when the last process ended: its station will ask again, perhaps under another id.
    for (const { head, seq } of queue.latest(UNANSWERED_AT_MOST)) {
      if (head.owned === undefined) this.receipts.note(head.key, seq);
      else if (isTold(head) && this.receipts.recall(head.key) === undefined)
        this.receipts.answered(head.key, seq, EMPTY, "elsewhere");
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

  /** Messages of which only a note is kept: those under way, and those that the station has not repeated since the last start. */
  *noted(): Iterable<SpoolNote> {
    const { prefix } = this;
    for (const [key, id] of this.#before ?? []) yield { prefix, id, key };
    for (const { head, isNoted } of this.#live) if (isNoted) yield { prefix, id: head.id, key: head.key };
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
    const key = contentKey(this.host.version, frame, text);
    const waiter: Waiter = { connection, id: frame.id, numericId: hasNumericId(text), text };
    if (this.#isRepeated(key, waiter)) return true;
    if (!this.#context.isHealthy()) return false;
    if (kind.role === "stop" && kind.transaction !== undefined) this.receipts.forgetStart(kind.transaction);
    this.#context.counters.spoolTaken += 1;
    const waits = !connection.isAway && !this.hasBacklog;
    if (waits) this.#enter(message, kind, key, waiter);
    else
      this.own(this.#append(message, kind, key, waiter, { waits: false, trail: undefined }), connection, frame.payload);
    return true;
  }

  /** Written down, whole or as a note, and then offered to the CSMS. */
  #enter(message: With<CallFrame, StationConnection>, kind: Spoolable, key: string, waiter: Waiter): void {
    const { storage, clock, offline } = this.#context;
    // The translation numbers messages as they are delivered, and delivers again what the store has.
    const isNoted = kind.role === "update" && this.queue.hasPlace && !isTranslated(message.connection);
    const trail = isNoted ? storage.trail : undefined;
    const entry = this.#append(message, kind, key, waiter, { waits: true, trail });
    this.#live.add(entry);
    entry.takeOverAt = clock.monotonicMs() + offline.takeOverSec * 1000;
    message.connection.toCsms.expect();
    const written = (error: unknown) => this.#written(entry, message, error);
    if (trail === undefined) storage.whenCommitted(written);
    else trail.note({ prefix: this.prefix, id: entry.head.id, key }, written);
  }

  #append(
    message: With<CallFrame, StationConnection>,
    kind: Spoolable,
    key: string,
    waiter: Waiter,
    { waits, trail }: { readonly waits: boolean; readonly trail: SpoolTrail | undefined },
  ): Entry {
    const { text, bytes, connection } = message;
    const isNoted = trail !== undefined;
    const first = this.#before === undefined ? undefined : this.#firstId(key, connection);
    const head = headOf(message, kind, key, waits, this.#context, first);
    // What the CSMS may have seen is not changed any more.
    const wire = textOf(message, head, waits || first !== undefined);
    // What is written down whole must not be found after a restart without what came before it.
    if (!isNoted) this.#writeNoted();
    const entry = this.queue.append(head, wire, wire === text ? bytes : undefined, waits && !isNoted);
    entry.isNoted = isNoted;
    entry.wasSent = first !== undefined;
    this.receipts.note(key, entry.seq, isNoted);
    entry.waiters.push(waiter);
    return entry;
  }

  /** The id under which this message left before the last restart; a repetition has to leave under it again. */
  #firstId(key: string, { toCsms }: StationConnection): MessageId | undefined {
    const id = this.#before?.get(key);
    if (id === undefined) return undefined;
    this.#before?.delete(key);
    this.#context.counters.duplicateCalls += 1;
    return toCsms.find((call) => call.id === id) === undefined ? id : undefined;
  }

  #writeNoted(): void {
    for (const entry of this.#live) if (entry.isNoted) this.queue.write(entry);
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
      // Its station was not answered, and may never come back to ask again.
      if (entry.isNoted) this.queue.write(entry);
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
    if (entry.head.role === "stop") noteStopped(payload, this.ids);
    if (entry.head.owned === undefined) entry.head = { ...entry.head, owned: true };
    this.queue.write(entry);
    const text = answerText(answer);
    this.receipts.answered(entry.head.key, entry.seq, text, text === EMPTY && isTold(entry.head) ? "elsewhere" : "now");
    if (this.receipts.hasUnsettled) this.settle();
    counters.spoolOwned += 1;
    entry.isBeingOwned = true;
    storage.whenFlushed((error) => {
      entry.isBeingOwned = false;
      if (error !== undefined) this.#notKept(entry);
      else this.#acknowledge(entry, payload, answer, text);
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
    const isLive = this.#live.has(entry);
    if (isLive && error === undefined) entry.ready = message;
    else if (isLive) this.#notKept(entry);
    const wasOffered = this.#offerReady();
    // Others made way for it, and it does not go.
    if (!wasOffered) this.#context.pump(connection);
  }

  /** Offers what is written, in order: notes and records are written each at its own pace. */
  #offerReady(): boolean {
    let wasOffered = false;
    for (const entry of this.#live) {
      if (entry.isOffered) continue;
      const { ready } = entry;
      if (ready === undefined) break;
      entry.ready = undefined;
      this.#offer(entry, ready);
      wasOffered = true;
    }
    return wasOffered;
  }

  #offer(entry: Entry, message: With<CallFrame, StationConnection>): void {
    const { connection, messageClass } = message;
    const { clock, limits } = this.#context;
    const wire = this.wireText(entry);
    if (wire === undefined) {
      this.takeOver(connection);
      return;
    }
    const now = clock.monotonicMs();
    const expiresAt = now + limits.callTimeoutSec * 1000;
    const call = liveCall(entry, message, { wire, now, expiresAt }, (answer, answerFrame) =>
      this.#settled(entry, answer, answerFrame, connection),
    );
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
      noteEnd(entry.head, this.ids, this.#context.clock.now());
      this.#relayAnswer(entry, wire, answer.payload as Payload);
      if (!later) this.settle();
      else if (!entry.isNoted || this.receipts.hasUnsettled) this.#context.settlements.add(this);
    } else if (this.#live.has(entry) && !this.#context.isHealthy()) this.#notKept(entry);
    else {
      // In hold mode the gateway acknowledges and keeps what the CSMS did not take (field-lessons 16).
      if (this.#live.has(entry)) this.takeOver(connection);
      this.#onOwnedAnswer(entry, answer, connection);
    }
  }

  /** The CSMS's answer to everybody who asked: byte for byte, where nothing in it has to change. */
  #relayAnswer(entry: Entry, wire: WireAnswer, payload: Payload): void {
    const renamed = renamedStart(entry.head, payload, this.ids, this.#context.provisionalIds);
    const text = renamed === undefined ? wire.text : replaceAnswerId(wire.text, renamed);
    this.receipts.answered(entry.head.key, entry.seq, payloadText(text), keptOf(entry));
    for (const { connection, id, numericId, text: asked } of entry.waiters) {
      const isSame = renamed === undefined && id === entry.head.id;
      const answer = isSame ? wire.text : withMessageId(text, id, numericId);
      toStation(connection, isSame ? wire.bytes : answer, this.#context.counters, entry.head.messageClass === 0);
      connection.answers.remember(id, asked, answer);
      this.#context.answered(connection);
    }
    entry.waiters = [];
  }

  #nameTransaction(entry: Entry, payload: Payload): number {
    const provisional = nameStart(payload, this.ids, this.#context.provisionalIds);
    entry.head = { ...entry.head, transaction: String(provisional) };
    return provisional;
  }

  #acknowledge(entry: Entry, payload: Payload, answer: Payload, text: string): void {
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

/** A periodic reading is answered with nothing: its record tells the receipt, which need not be written beside it. */
const isTold = ({ thinnable }: SpoolHead): boolean => thinnable === true;

const keptOf = ({ isNoted, head }: Entry): KeptReceipt =>
  isNoted ? "elsewhere" : head.role === "update" ? "later" : "now";

/** On the hot path, where most answers are empty. */
const payloadText = (frame: string): string => (frame.endsWith(",{}]") ? EMPTY : (textAt(frame, [2]) ?? EMPTY));

function answerText(answer: Payload): string {
  for (const _ in answer) return JSON.stringify(answer);
  return EMPTY;
}
