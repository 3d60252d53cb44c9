/**
 * One end of an OCPP-J connection, station or CSMS alike.
 *
 *     call() ─▶ waiting ─▶ the one outstanding CALL ─▶ socket
 *                               ▲ CALLRESULT / CALLERROR / timeout
 *     socket ─▶ CALL ─▶ handler ─▶ CALLRESULT / CALLERROR
 *
 * At most one CALL is outstanding in each direction; a CALL that crosses ours is answered while ours waits. An answer that
 * comes after its timeout is counted and dropped, never handed to the next CALL.
 *
 * @see OCPP-J 1.6 §4.1.1; OCPP 2.0.1 Part 4 §4.1.1
 */
import { epochMs } from "../domain/ids.ts";
import type { CallErrorFrame, CallFrame, CallResultFrame, Frame, Payload } from "../domain/ocpp/frame.ts";
import type { Clock } from "../ports.ts";
import type { Transport } from "./transport.ts";
import { callText, errorText, readFrame, resultText } from "./wire.ts";

/** What became of a CALL. `ms`: from the moment it was handed to the socket, in the clock's time. */
export type CallOutcome =
  | { readonly kind: "result"; readonly payload: Payload; readonly ms: number }
  | { readonly kind: "error"; readonly code: string; readonly description: string; readonly ms: number }
  | { readonly kind: "timeout" }
  | { readonly kind: "closed" };

/** What to say to a CALL: an answer, a CALLERROR, or nothing at all (a peer that lost it). */
export type Reply =
  | { readonly result: Payload }
  | { readonly error: string; readonly description?: string }
  | { readonly silence: true };

export interface RpcPeerOptions {
  readonly transport: Transport;
  /** Measures timeouts. */
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly nextId: () => string;
  /** Answers the other side's CALLs. A rejection becomes CALLERROR InternalError. */
  readonly onCall: (call: CallFrame) => Reply | Promise<Reply>;
  /** Sees every frame, well-formed or not (`frame` undefined), in the order of the wire, before anything answers it. */
  readonly onFrame?: (direction: "in" | "out", text: string, frame: Frame | undefined) => void;
  readonly onClose: (code: number, reason: string) => void;
}

export interface CallOptions {
  /** Message id to use instead of a fresh one: a repeat of an earlier CALL. */
  readonly id?: string | undefined;
  /** Told the id at the moment the frame is handed to the socket. */
  readonly onSent?: (id: string) => void;
}

interface Waiting {
  readonly action: string;
  readonly payload: Payload;
  readonly options: CallOptions;
  readonly settle: (outcome: CallOutcome) => void;
}

interface Outstanding {
  readonly id: string;
  readonly sentAt: number;
  readonly settle: (outcome: CallOutcome) => void;
  readonly cancelTimeout: () => void;
}

export class RpcPeer {
  /** Answers that fitted no outstanding CALL: late, repeated or invented. */
  strayAnswers = 0;
  readonly #options: RpcPeerOptions;
  readonly #waiting: Waiting[] = [];
  #outstanding: Outstanding | undefined;
  #open = true;

  constructor(options: RpcPeerOptions) {
    this.#options = options;
    options.transport.onText = (text) => this.#receive(text);
    options.transport.onClose = (code, reason) => this.#closed(code, reason);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** True while a CALL of ours is unanswered. */
  get isBusy(): boolean {
    return this.#outstanding !== undefined;
  }

  /** Sends a CALL when it is its turn. Never rejects; the outcome says what happened. */
  call(action: string, payload: Payload, options: CallOptions = {}): Promise<CallOutcome> {
    if (!this.#open) return Promise.resolve({ kind: "closed" });
    return new Promise((settle) => {
      this.#waiting.push({ action, payload, options, settle });
      this.#sendNext();
    });
  }

  /** OCPP 2.1 SEND: no turn to wait for and no answer. */
  send(action: string, payload: Payload): void {
    this.#write(callText(this.#options.nextId(), action, payload, 6));
  }

  close(code: number, reason = ""): void {
    this.#options.transport.close(code, reason);
  }

  cut(): void {
    this.#options.transport.cut();
  }

  #sendNext(): void {
    if (this.#outstanding !== undefined || !this.#open) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const { clock, callTimeoutMs, nextId } = this.#options;
    const id = next.options.id ?? nextId();
    this.#outstanding = {
      id,
      sentAt: clock.monotonicMs(),
      settle: next.settle,
      cancelTimeout: clock.callAt(epochMs(clock.now() + callTimeoutMs), () => this.#settle({ kind: "timeout" })),
    };
    next.options.onSent?.(id);
    this.#write(callText(id, next.action, next.payload));
  }

  #receive(text: string): void {
    const frame = readFrame(text);
    this.#options.onFrame?.("in", text, frame);
    if (frame?.type === 2) void this.#answer(frame);
    if (frame?.type === 3 || frame?.type === 4) this.#take(frame);
  }

  #take(frame: CallResultFrame | CallErrorFrame): void {
    const outstanding = this.#outstanding;
    if (outstanding?.id !== frame.id) {
      this.strayAnswers += 1;
      return;
    }
    const ms = this.#options.clock.monotonicMs() - outstanding.sentAt;
    this.#settle(
      frame.type === 3
        ? { kind: "result", payload: frame.payload, ms }
        : { kind: "error", code: frame.code, description: frame.description, ms },
    );
  }

  async #answer(call: CallFrame): Promise<void> {
    const reply = await this.#reply(call);
    if ("silence" in reply || !this.#open) return;
    this.#write(
      "result" in reply ? resultText(call.id, reply.result) : errorText(call.id, reply.error, reply.description ?? ""),
    );
  }

  async #reply(call: CallFrame): Promise<Reply> {
    try {
      return await this.#options.onCall(call);
    } catch (error) {
      return { error: "InternalError", description: error instanceof Error ? error.message.slice(0, 255) : "" };
    }
  }

  #settle(outcome: CallOutcome): void {
    const outstanding = this.#outstanding;
    this.#outstanding = undefined;
    outstanding?.cancelTimeout();
    outstanding?.settle(outcome);
    this.#sendNext();
  }

  #closed(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#settle({ kind: "closed" });
    for (const waiting of this.#waiting.splice(0)) waiting.settle({ kind: "closed" });
    this.#options.onClose(code, reason);
  }

  #write(text: string): void {
    this.#options.onFrame?.("out", text, readFrame(text));
    this.#options.transport.send(text);
  }
}
