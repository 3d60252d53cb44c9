/**
 * Calls of both peers that are not answered yet, and their answers: each is checked before it leaves, and leaves once. A station's may
 * be held until the CSMS has what the call has caused.
 *
 * `ref` names a call towards the rules, and is stored in jobs: `s:` or `c:`, then the message id. A station's call that comes again
 * under its id, after a lost link or a restart, therefore gets the answer that its first coming has asked for.
 */
import type { EpochMs } from "../ids.ts";
import { type RpcErrorKind, rpcErrorCode } from "../ocpp/error-codes.ts";
import type { CallErrorFrame, CallResultFrame, Payload } from "../ocpp/frame.ts";
import type { Env, Outcome, Peer } from "./contract.ts";
import { leastAnswer, lesserAnswer } from "./engine-fallback.ts";
import type { EngineOptions, NoteKind } from "./engine-types.ts";

export interface OpenCall {
  readonly action: string;
  readonly payload: Payload;
  /** Its id as JSON: a text, or the number that an old station wrote. */
  readonly id: string;
  /** Until when anybody waits for its answer. */
  until: EpochMs;
  /** Calls to the CSMS that it has caused. */
  caused: number;
  /** The answer, while it is held. */
  held?: string;
}

/** Where effects go. */
export interface Sink {
  send(to: Peer, text: string): void;
  note(kind: NoteKind, what: string): void;
}

const MAX_DESCRIPTION = 255;

export const refOf = (peer: Peer, id: string): string => (peer === "station" ? `s:${id}` : `c:${id}`);
const peerOf = (ref: string): Peer => (ref.startsWith("s:") ? "station" : "csms");

/** An answer of a peer, as rules are told of it. */
export const outcomeOf = (frame: CallResultFrame | CallErrorFrame): Outcome =>
  frame.type === 3
    ? { kind: "result", payload: frame.payload }
    : { kind: "error", code: frame.code, description: frame.description };

export class OpenCalls {
  readonly #calls = new Map<string, OpenCall>();
  readonly #validators: EngineOptions["validators"];
  readonly #sink: Sink;

  constructor(validators: EngineOptions["validators"], sink: Sink) {
    this.#validators = validators;
    this.#sink = sink;
  }

  get(ref: string): OpenCall | undefined {
    return this.#calls.get(ref);
  }

  open(ref: string, call: OpenCall): void {
    this.#calls.set(ref, call);
  }

  /** Nobody waits for any of them. */
  clear(): void {
    this.#calls.clear();
  }

  countOf(peer: Peer): number {
    let count = 0;
    for (const ref of this.#calls.keys()) if (peerOf(ref) === peer) count += 1;
    return count;
  }

  /** When the first of them is over. */
  get nextAt(): EpochMs | undefined {
    let next: EpochMs | undefined;
    for (const { until } of this.#calls.values()) if (next === undefined || until < next) next = until;
    return next;
  }

  /** The gateway tells the station itself that nobody answered; the CSMS is told here. */
  expire(env: Env): void {
    for (const [ref, { until, action }] of this.#calls) {
      if (until > env.now) continue;
      if (peerOf(ref) === "station") this.#calls.delete(ref);
      else this.refuse(ref, "GenericError", `${action} was not answered`, env);
    }
  }

  /** The answer leaves with the next `release`. A call that is not open has been given up: it needs none. */
  answer(ref: string, payload: Payload, env: Env): void {
    const call = this.#calls.get(ref);
    if (call === undefined) return;
    const valid = this.#valid(peerOf(ref), call.action, payload, env);
    if (valid === undefined) this.refuse(ref, "InternalError", "The answer could not be translated", env);
    else {
      call.held = `[3,${call.id},${JSON.stringify(valid)}]`;
      if (peerOf(ref) === "csms") this.#leave(ref, call);
    }
  }

  /** Lets go what is not held any more. */
  release(isHeld: (ref: string) => boolean): void {
    for (const [ref, call] of this.#calls) if (call.held !== undefined && !isHeld(ref)) this.#leave(ref, call);
  }

  refuse(ref: string, kind: RpcErrorKind, description: string, env: Env): void {
    const call = this.#calls.get(ref);
    if (call === undefined) return;
    this.#calls.delete(ref);
    this.#sink.note("refused", `${call.action} ${kind}`);
    this.sendError(peerOf(ref), call.id, kind, description, env);
  }

  sendError(to: Peer, id: string, kind: RpcErrorKind, description: string, { northVersion }: Env): void {
    const code = rpcErrorCode(kind, to === "station" ? "ocpp1.6" : northVersion);
    this.#sink.send(to, `[4,${id},"${code}",${JSON.stringify(description.slice(0, MAX_DESCRIPTION))},{}]`);
  }

  #leave(ref: string, { held }: OpenCall): void {
    this.#calls.delete(ref);
    if (held !== undefined) this.#sink.send(peerOf(ref), held);
  }

  #valid(peer: Peer, action: string, payload: Payload, { now, northVersion }: Env): Payload | undefined {
    const validators = peer === "station" ? this.#validators.station : this.#validators.csms(northVersion);
    const violation = validators.validate(action, "response", payload);
    if (violation === undefined) return payload;
    this.#sink.note("invalid", `${action} response${violation.pointer} ${violation.keyword}`);
    const less = peer === "station" ? leastAnswer(action, now) : lesserAnswer(payload);
    return less !== undefined && validators.validate(action, "response", less) === undefined ? less : undefined;
  }
}
