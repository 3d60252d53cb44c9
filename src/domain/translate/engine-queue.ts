/**
 * The calls of one direction that wait, and the one that is under way. They leave in the order in which they were wanted; what is kept
 * until the CSMS has answered may have to wait for its next try, and then only messages that are not kept go past it.
 *
 * Bounded: beyond the capacity a call that is not kept is refused, and whoever wanted it is told; what is kept is never refused, and is
 * bounded by the calls of the station that wait for it (see `holds` in engine.ts).
 *
 * @see OCPP 2.0.1 Part 2 E01.FR.07, E13; Part 4 §4.1.1
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Job } from "./contract.ts";
import type { Kept } from "./engine-types.ts";

export interface Call {
  readonly id: string;
  readonly action: string;
  readonly payload: Payload;
  /** Who waits for its outcome. */
  jobs: readonly Job[];
  /** Kept until the CSMS has answered. */
  readonly sure: boolean;
  /** The station's call that it came of. */
  cause: string | undefined;
  /** Times it was refused or not answered. */
  attempts: number;
  notBefore: EpochMs | undefined;
  /** It came of a call that comes again. */
  isReplayable: boolean;
}

const LATE_KEPT = 16;

export class CallQueue {
  readonly #capacity: number;
  #waiting: Call[] = [];
  readonly #late: string[] = [];
  #flight: Call | undefined;
  #expiresAt = 0 as EpochMs;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#waiting.length + (this.#flight === undefined ? 0 : 1);
  }

  /** Calls wait, and none is under way. */
  get isHeld(): boolean {
    return this.#flight === undefined && this.#waiting.length > 0;
  }

  /** All calls, the one under way first. */
  all(): readonly Call[] {
    return this.#flight === undefined ? this.#waiting : [this.#flight, ...this.#waiting];
  }

  /** Those that are kept until they have been answered, oldest first. */
  kept(): readonly Call[] {
    return this.all().filter(({ sure }) => sure);
  }

  /** False: there is no room, nothing changed. */
  push(call: Call): boolean {
    if (!call.sure && this.#waiting.length >= this.#capacity) return false;
    this.#waiting.push(call);
    return true;
  }

  /** A kept message that is wanted again while it waits is the same message: there is one more who waits for it. */
  keep(call: Call): void {
    const known = this.find(call.id);
    if (known === undefined || !known.sure) {
      this.push(call);
      return;
    }
    known.cause = call.cause ?? known.cause;
    known.isReplayable &&= call.isReplayable;
    known.jobs = [...known.jobs, ...call.jobs.filter((job) => !known.jobs.some((other) => isSame(other, job)))];
  }

  find(id: string): Call | undefined {
    return this.#flight?.id === id ? this.#flight : this.#waiting.find((call) => call.id === id);
  }

  isCausedBy(ref: string): boolean {
    return this.#flight?.cause === ref || this.#waiting.some(({ cause }) => cause === ref);
  }

  /** As `isCausedBy`, of kept calls only. */
  keepsFor(ref: string): boolean {
    const keeps = ({ sure, cause }: Call) => sure && cause === ref;
    return (this.#flight !== undefined && keeps(this.#flight)) || this.#waiting.some(keeps);
  }

  /** Puts the next call under way; undefined: none may go now. */
  launch(now: EpochMs, timeoutMs: number): Call | undefined {
    if (this.#flight !== undefined || this.#waiting.length === 0) return undefined;
    const at = this.#firstToGo(now);
    const call = at === -1 ? undefined : this.#waiting.splice(at, 1)[0];
    if (call === undefined) return undefined;
    this.#flight = call;
    this.#expiresAt = (now + timeoutMs) as EpochMs;
    return call;
  }

  /** Takes out the call that an answer of this id belongs to. */
  settle(id: string): Call | undefined {
    const call = this.#flight;
    if (call?.id !== id) return undefined;
    this.#flight = undefined;
    return call;
  }

  /** Takes out the call under way when its time is over. */
  expire(now: EpochMs): Call | undefined {
    const call = this.#flight;
    if (call === undefined || now < this.#expiresAt) return undefined;
    this.#flight = undefined;
    this.#late.push(call.id);
    if (this.#late.length > LATE_KEPT) this.#late.shift();
    return call;
  }

  /** True for a call whose time was over a little while ago. */
  wasLate(id: string): boolean {
    return this.#late.includes(id);
  }

  /** A kept call is to be sent again, before all that came after it. */
  putBack(call: Call): void {
    this.#waiting.unshift(call);
  }

  /** The peer is gone: what is not kept is taken out; what is kept and was under way waits again. */
  lose(): readonly Call[] {
    if (this.#flight !== undefined) this.#waiting.unshift(this.#flight);
    this.#flight = undefined;
    const lost = this.#waiting.filter(({ sure }) => !sure);
    this.#waiting = this.#waiting.filter(({ sure }) => sure);
    // It has not failed: the next connection may try at once.
    for (const call of this.#waiting) call.notBefore = undefined;
    return lost;
  }

  /** The next instant at which something here may change by itself. */
  get nextAt(): EpochMs | undefined {
    if (this.#flight !== undefined) return this.#expiresAt;
    return this.#waiting.find(({ sure }) => sure)?.notBefore;
  }

  #firstToGo(now: EpochMs): number {
    let isHeld = false;
    for (const [i, { sure, notBefore }] of this.#waiting.entries()) {
      if (sure && (isHeld || (notBefore !== undefined && notBefore > now))) isHeld = true;
      else return i;
    }
    return -1;
  }
}

/** What is written down of a kept call. */
export const messageOf = ({ id, action, payload, jobs, cause, attempts }: Call): Kept => ({
  id,
  action,
  payload,
  jobs,
  cause,
  attempts,
});

/** True for an event of this transaction, or of any. */
export function isEventOf({ payload }: Call, transactionId?: string): boolean {
  const info = payload["transactionInfo"] as Payload | undefined;
  return info !== undefined && (transactionId === undefined || info["transactionId"] === transactionId);
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
