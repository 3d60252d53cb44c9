/**
 * The calls of one direction of one connection: one is outstanding, the others wait in order of class.
 *
 *     offer ─▶ waiting (V0 … V4, bounded) ─▶ in flight (one) ─▶ settled by an answer, or expired
 *
 * Promises: at most one CALL is outstanding; a lower class never goes first; two messages of the transaction kind keep
 * their order whatever their class; an id whose call expired is remembered, so that its late answer is known as late.
 * The gate belongs to one connection and dies with it.
 *
 * @see OCPP-J 1.6 §4.1.1 (synchronicity); OCPP 2.0.1 Part 4 §4.1.1; docs/ARCHITECTURE.md, invariant 3
 */
import type { MessageId } from "../ids.ts";
import type { MessageClass } from "./catalogue.ts";
import type { CallFrame } from "./frame.ts";

/** Who waits for the answer: the peer whose call was relayed, the gateway's own code, or the spool on the gateway's behalf. */
export type CallOrigin = "relay" | "gateway" | "spool";

export interface PendingCall {
  /** The id on the wire of this direction. */
  readonly id: MessageId;
  readonly frame: CallFrame;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly messageClass: MessageClass;
  /** Place in the order of waiting calls: the class, except for a BootNotification, before which nothing else makes sense. */
  readonly rank: number;
  /** True for Start, Stop, MeterValues, TransactionEvent: these never overtake each other. */
  readonly transactional: boolean;
  /** Becomes `spool` when the gateway answers the station itself and keeps the call. */
  origin: CallOrigin;
  /** Milliseconds of the monotonic clock. */
  readonly offeredAt: number;
  readonly expiresAt: number;
  /** When the gateway took it from the station, for what the spool delivers; milliseconds since 1970. */
  readonly takenAt?: number;
  /** Id the other side knows the call by, where it differs from `id`. */
  readonly originalId: MessageId | undefined;
  /** True when the peer wrote its id as a JSON number. */
  readonly numericId: boolean;
  /** True once it has been in flight: the other side may have it. */
  wasSent: boolean;
  /** What makes another call the same message under a new id (business-key.ts). */
  businessKey: string | undefined;
  /** Calls of the same business key that wait for this one's answer; allocated for the first. */
  twins: { readonly id: MessageId; readonly numericId: boolean }[] | undefined;
  /** For `gateway` and `spool` calls: hands over the answer, with the frame it came in. */
  settle: ((answer: GatewayAnswer, wire?: WireAnswer) => void) | undefined;
}

/** An answer as it came. */
export interface WireAnswer {
  readonly text: string;
  readonly bytes: Uint8Array;
}

export type GatewayAnswer =
  | { readonly kind: "result"; readonly payload: object }
  | { readonly kind: "error"; readonly code: string; readonly description: string }
  /** `lost`: its connection broke before the answer. `closed`: it was never sent, and will not be. */
  | { readonly kind: "timeout" | "closed" | "lost" };

/** Rank of V1, the lowest of what others have to make way for. */
const URGENT = 1;
/** Expired calls that are remembered. */
const EXPIRED_KEPT = 16;
const NONE: readonly PendingCall[] = Object.freeze([]);

export class CallGate {
  readonly #capacity: number;
  #inFlight: PendingCall | undefined;
  // Allocated when first needed: thousands of idle connections have neither.
  #waiting: PendingCall[] | undefined;
  #expired: PendingCall[] | undefined;
  /** Calls that were in flight when a link broke. */
  #sentBefore: WeakSet<PendingCall> | undefined;
  #open = false;
  /** Urgent calls that are being written down and will be offered in a moment. */
  #expected = 0;

  /** @param capacity calls that may wait beside the one in flight */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get inFlight(): PendingCall | undefined {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting?.length ?? 0;
  }

  /** Calls under way: the one in flight and those that wait. */
  get load(): number {
    return this.waiting + (this.#inFlight === undefined ? 0 : 1);
  }

  get full(): boolean {
    return this.waiting >= this.#capacity;
  }

  /** A closed gate lets calls wait and sends none (link down, station not booted yet). */
  setOpen(open: boolean): void {
    this.#open = open;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Takes a call. `send`: it is in flight now, send it. `wait`: it is queued. `full`: refused, nothing changed. */
  offer(call: PendingCall): "send" | "wait" | "full" {
    if (this.isFree && this.waiting === 0 && (this.#expected === 0 || call.rank <= URGENT)) {
      this.#launch(call);
      return "send";
    }
    if (this.full) return "full";
    this.#waiting ??= [];
    this.#waiting.push(call);
    return "wait";
  }

  /**
   * The next call to send, now in flight; undefined when the gate is closed, occupied or empty.
   *
   * @param maxRank calls of higher rank stay where they are: something else goes before them
   */
  next(maxRank = Number.POSITIVE_INFINITY): PendingCall | undefined {
    if (!this.isFree || this.#waiting === undefined || this.#waiting.length === 0) return undefined;
    const at = firstToGo(this.#waiting);
    const limit = this.#expected === 0 ? maxRank : Math.min(maxRank, URGENT);
    if ((this.#waiting[at]?.rank ?? 0) > limit) return undefined;
    const [call] = this.#waiting.splice(at, 1);
    return call === undefined ? undefined : this.#launch(call);
  }

  /** True when a call could be sent now. */
  get isFree(): boolean {
    return this.#open && this.#inFlight === undefined;
  }

  /** A call of class V0 or V1 will be offered in a moment: nothing of a lower class goes before it. */
  expect(): void {
    this.#expected += 1;
  }

  /** The expected call has come, or will not. */
  expectNoMore(): void {
    this.#expected -= 1;
  }

  /** Puts a call in flight that did not wait here. @returns false when the gate is closed or occupied: nothing changed */
  occupy(call: PendingCall): boolean {
    if (!this.isFree) return false;
    this.#launch(call);
    return true;
  }

  /** Takes a waiting call out; false when it does not wait here (any more). */
  withdraw(call: PendingCall): boolean {
    const at = this.#waiting?.indexOf(call) ?? -1;
    if (at === -1) return false;
    this.#waiting?.splice(at, 1);
    return true;
  }

  /** Takes out the call in flight, which has not left after all. */
  retract(call: PendingCall): void {
    if (this.#inFlight !== call) return;
    call.wasSent = this.#sentBefore?.has(call) === true;
    this.#inFlight = undefined;
  }

  /** Every call under way, the one in flight first. */
  calls(): readonly PendingCall[] {
    return [...(this.#inFlight === undefined ? [] : [this.#inFlight]), ...(this.#waiting ?? [])];
  }

  /** The call that an answer with `id` would settle. */
  peek(id: MessageId): PendingCall | undefined {
    return this.#inFlight?.id === id ? this.#inFlight : undefined;
  }

  /** Takes the answered call out; undefined when no call of that id is in flight. */
  settle(id: MessageId): PendingCall | undefined {
    const call = this.peek(id);
    if (call !== undefined) this.#inFlight = undefined;
    return call;
  }

  /** The first call, in flight or waiting, that `matches`. */
  find(matches: (call: PendingCall) => boolean): PendingCall | undefined {
    if (this.#inFlight !== undefined && matches(this.#inFlight)) return this.#inFlight;
    return this.#waiting?.find(matches);
  }

  /** Takes out every call whose time is over, and remembers the id of the one in flight. */
  expire(nowMonotonicMs: number): readonly PendingCall[] {
    const over = (call: PendingCall) => call.expiresAt <= nowMonotonicMs;
    const first = this.#inFlight;
    const inFlightIsOver = first !== undefined && over(first);
    const lateWaiters = this.#waiting?.filter(over) ?? NONE;
    if (!inFlightIsOver && lateWaiters.length === 0) return NONE;
    if (lateWaiters.length > 0) this.#waiting = this.#waiting?.filter((call) => !over(call));
    if (!inFlightIsOver) return lateWaiters;
    this.#inFlight = undefined;
    this.#remember(first);
    return [first, ...lateWaiters];
  }

  get hasExpired(): boolean {
    return this.#expired !== undefined;
  }

  /** The call of this id that expired a little while ago: an answer to it is late, not unknown. */
  expiredLately(id: MessageId): PendingCall | undefined {
    return this.#expired?.find((call) => call.id === id);
  }

  /**
   * The link is gone: a relayed call in flight waits again, as the first of its class, to be sent under the same id.
   *
   * @returns a call in flight whose answer is not the peer's business; it is out of the gate and has to be told
   */
  requeueInFlight(): PendingCall | undefined {
    const call = this.#inFlight;
    if (call === undefined) return undefined;
    this.#inFlight = undefined;
    if (call.origin !== "relay") return call;
    this.#sentBefore ??= new WeakSet();
    this.#sentBefore.add(call);
    this.#waiting ??= [];
    this.#waiting.unshift(call);
    return undefined;
  }

  /**
   * Whoever had these calls relayed is gone and has given them up: what waits is dropped, since a command must not take effect
   * when its sender believes that it did not, and the answer that the peer still owes goes to nobody. Calls of the gateway's own
   * stay.
   *
   * @returns waiting calls that were dropped
   */
  forsakeRelayed(): number {
    const before = this.waiting;
    this.#waiting = this.#waiting?.filter(({ origin }) => origin === "gateway");
    if (this.#inFlight?.origin === "relay") {
      this.#inFlight = { ...this.#inFlight, origin: "gateway", settle: () => undefined };
    }
    return before - this.waiting;
  }

  /** Empties the gate; whoever offered the calls has to be told. */
  drain(): readonly PendingCall[] {
    const all = this.calls();
    this.#inFlight = undefined;
    this.#waiting = undefined;
    return all;
  }

  #launch(call: PendingCall): PendingCall {
    call.wasSent = true;
    this.#inFlight = call;
    return call;
  }

  #remember(call: PendingCall): void {
    this.#expired ??= [];
    this.#expired.push(call);
    if (this.#expired.length > EXPIRED_KEPT) this.#expired.shift();
  }
}

/** Index of the best rank, the earliest of it; of the transaction messages only the first may go. */
function firstToGo(waiting: readonly PendingCall[]): number {
  let best = -1;
  let bestRank = Number.POSITIVE_INFINITY;
  let transactionSeen = false;
  for (const [i, call] of waiting.entries()) {
    const mayGo = !(call.transactional && transactionSeen);
    transactionSeen ||= call.transactional;
    if (mayGo && call.rank < bestRank) {
      best = i;
      bestRank = call.rank;
    }
  }
  return best;
}
