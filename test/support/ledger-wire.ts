/** One connection of a simulated station: CALLs one at a time, with timeouts; pings that find out a dead peer. */
import { WebSocket } from "ws";
import type { LedgerVersion, Payload } from "./ledger-books.ts";

export type Outcome =
  | { readonly kind: "result"; readonly payload: Payload }
  | { readonly kind: "error"; readonly code: string }
  | { readonly kind: "timeout" }
  | { readonly kind: "closed" };

export interface StationWire {
  /** Sends a CALL when those before it are done with. `id` undefined: a fresh one. `onSent` is told the id. */
  call(action: string, payload: Payload, options?: CallOptions): Promise<Outcome>;
  /** Ends it without a word. */
  cut(): void;
  readonly closed: Promise<void>;
}

export interface CallOptions {
  readonly id?: string | undefined;
  readonly onSent?: (id: string) => void;
}

export interface DialOptions {
  readonly url: string;
  readonly identity: string;
  readonly version: LedgerVersion;
  readonly callTimeoutMs: number;
  readonly pingMs: number;
  /** Default 3 s. */
  readonly handshakeMs?: number;
  readonly nextId: () => string;
  /** Answers the CSMS's CALLs; undefined: NotImplemented. */
  readonly onCall: (action: string, payload: Payload) => Payload | undefined;
}

export const HANDSHAKE_MS = 3_000;

export function dialWire(options: DialOptions): Promise<StationWire> {
  const ws = new WebSocket(`${options.url}/${encodeURIComponent(options.identity)}`, [options.version], {
    perMessageDeflate: false,
    handshakeTimeout: options.handshakeMs ?? HANDSHAKE_MS,
  });
  return new Promise((resolve, reject) => {
    ws.once("open", () => resolve(new PlainWire(ws, options)));
    ws.on("error", reject);
  });
}

interface Outstanding {
  readonly id: string;
  readonly settle: (outcome: Outcome) => void;
}

class PlainWire implements StationWire {
  readonly closed: Promise<void>;
  readonly #ws: WebSocket;
  readonly #options: DialOptions;
  #tail: Promise<unknown> = Promise.resolve();
  #outstanding: Outstanding | undefined;
  #answersPing = true;

  constructor(ws: WebSocket, options: DialOptions) {
    this.#ws = ws;
    this.#options = options;
    const pings = setInterval(() => this.#ping(), options.pingMs);
    ws.on("pong", () => {
      this.#answersPing = true;
    });
    ws.on("message", (data) => this.#onFrame(String(data)));
    this.closed = new Promise((resolve) => {
      ws.once("close", () => {
        clearInterval(pings);
        this.#outstanding?.settle({ kind: "closed" });
        resolve();
      });
    });
  }

  call(action: string, payload: Payload, options: CallOptions = {}): Promise<Outcome> {
    const outcome = this.#tail.then(() => this.#exchange(action, payload, options));
    this.#tail = outcome;
    return outcome;
  }

  cut(): void {
    this.#ws.terminate();
  }

  #exchange(action: string, payload: Payload, { id = this.#options.nextId(), onSent }: CallOptions): Promise<Outcome> {
    if (this.#ws.readyState !== WebSocket.OPEN) return Promise.resolve({ kind: "closed" });
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        clearTimeout(timer);
        this.#outstanding = undefined;
        resolve(outcome);
      };
      const timer = setTimeout(() => settle({ kind: "timeout" }), this.#options.callTimeoutMs);
      this.#outstanding = { id, settle };
      onSent?.(id);
      this.#ws.send(JSON.stringify([2, id, action, payload]));
    });
  }

  #onFrame(text: string): void {
    const [type, id, ...rest] = JSON.parse(text) as readonly [number, string, ...unknown[]];
    if (type === 2) {
      const answer = this.#options.onCall(String(rest[0]), rest[1] as Payload);
      const frame = answer === undefined ? [4, id, "NotImplemented", "", {}] : [3, id, answer];
      this.#ws.send(JSON.stringify(frame));
      return;
    }
    // The answer to a CALL that was given up counts no more.
    if (this.#outstanding?.id !== id) return;
    this.#outstanding.settle(
      type === 3 ? { kind: "result", payload: rest[0] as Payload } : { kind: "error", code: String(rest[0]) },
    );
  }

  #ping(): void {
    if (!this.#answersPing) this.#ws.terminate();
    this.#answersPing = false;
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }
}
