/**
 * A maintenance platform's HTTPS server in the broker's place: batches of messages, one POST at a time.
 *
 *     publish ─▶ open batch ──nothing under way──▶ POST ──2xx──▶ acknowledged
 *                    ▲                              ├──4xx──▶ halves again, until the one that is wrong is alone: refused
 *                    └── while one is under way     └──5xx, 429, no answer──▶ the same batch again, later
 *
 * A batch keeps its messages and its `Idempotency-Key` over all attempts, so a server that has taken it and could not say so
 * knows it again. The spool keeps everything until the server has answered.
 *
 * @see RFC 9110 §15, §10.2.3 (Retry-After); draft-ietf-httpapi-idempotency-key-header
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { HttpsSinkConfig } from "../../config/types.ts";
import { backOffMs } from "./back-off.ts";
import type { Flight, Outcome } from "./flight-window.ts";
import { type Verdict, verdictOf } from "./https-answer.ts";
import { HttpsBatch } from "./https-batch.ts";
import type { Link, LinkHooks, LinkMessage } from "./link.ts";
import type { HealthTuning } from "./thread-messages.ts";

export interface HttpsLinkOptions {
  readonly https: HttpsSinkConfig;
  /** Begins every idempotency key. */
  readonly gateway: string;
  readonly tuning: HealthTuning;
  readonly hooks: LinkHooks;
  /** Milliseconds, monotonic; and since the epoch. */
  readonly now: () => number;
  readonly wallClock: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

type Phase = "idle" | "up" | "waiting" | "closed";

const PROTOCOL = "https";

export class HttpsLink implements Link {
  readonly #options: HttpsLinkOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #phase: Phase = "idle";
  #open = new HttpsBatch();
  /** What has been sent at least once, the first of it now or next. */
  #sent: HttpsBatch[] = [];
  #posting: ClientRequest | undefined;
  #attempts = 0;
  #retryAt = 0;
  connects = 0;

  constructor(options: HttpsLinkOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#phase === "up";
  }

  get isConnecting(): boolean {
    return false;
  }

  get protocol(): string | undefined {
    return this.connects === 0 ? undefined : PROTOCOL;
  }

  get inFlight(): number {
    return this.#open.size + this.#sent.reduce((sum, { size }) => sum + size, 0);
  }

  /** True while the batch that gathers takes one more. */
  get hasRoom(): boolean {
    const { https, tuning } = this.#options;
    return this.isUp && this.#open.size < https.batchMessages && this.#open.bytes < tuning.inFlightBytes;
  }

  /** There is no connection to be made first: the server is there until it is not. */
  start(): void {
    if (this.#phase === "idle") this.#up();
  }

  publish(message: LinkMessage, done: (outcome: Outcome) => void): void {
    const flight: Flight = { bytes: message.bytes, sentAt: this.#options.now(), done };
    this.#open.add(message, flight);
    if (this.#open.size === 1) setImmediate(() => this.#post());
  }

  tick(): void {
    if (this.#phase === "waiting" && this.#options.now() >= this.#retryAt) this.#post();
  }

  async close(graceMs: number): Promise<void> {
    const posting = this.#posting;
    if (posting !== undefined && graceMs > 0) await settled(posting, graceMs);
    this.#phase = "closed";
    this.#posting?.destroy();
    this.#agent.destroy();
    const batches = [...this.#sent.splice(0), this.#open];
    for (const batch of batches.reverse()) batch.settle("lost");
  }

  #up(): void {
    this.#phase = "up";
    this.#attempts = 0;
    this.connects += 1;
    this.#options.hooks.onUp(PROTOCOL);
  }

  #post(): void {
    if (this.#posting !== undefined || this.#phase === "closed") return;
    if (this.#phase === "waiting" && this.#options.now() < this.#retryAt) return;
    if (this.#sent.length === 0) {
      if (this.#open.size === 0) return;
      this.#sent.push(this.#open);
      this.#open = new HttpsBatch();
    }
    const [batch] = this.#sent;
    if (batch !== undefined) this.#send(batch);
  }

  #send(batch: HttpsBatch): void {
    const { https, gateway, tuning, wallClock } = this.#options;
    const { body, key } = batch.pack(gateway);
    const headers = {
      "Content-Type": "application/x-ndjson",
      "Content-Encoding": "gzip",
      "Content-Length": body.length,
      "Idempotency-Key": key,
      ...(https.token !== undefined && { Authorization: `Bearer ${https.token}` }),
    };
    const { ca, cert, key: privateKey, servername } = https.tls ?? {};
    const tls = {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(privateKey !== undefined && { key: privateKey }),
      ...(servername !== undefined && { servername }),
    };
    const options = { method: "POST", headers, timeout: tuning.ackTimeoutMs, agent: this.#agent, ...tls };
    const posting = request(https.url, options);
    this.#posting = posting;
    // Once, whatever a broken connection says after an answer.
    const finish = (verdict: Verdict) => {
      if (this.#posting !== posting) return;
      this.#posting = undefined;
      this.#settle(batch, verdict);
    };
    const later = (reason: string) => finish({ kind: "later", reason, waitMs: undefined });
    posting.on("timeout", () => posting.destroy(new Error("no answer in time")));
    posting.on("error", (error) => later(error.message));
    posting.on("response", (response: IncomingMessage) => {
      response.on("error", (error) => later(error.message));
      response.on("end", () =>
        finish(verdictOf(response.statusCode ?? 0, response.headers["retry-after"], wallClock())),
      );
      // Its text is of no use to us, and may be anything.
      response.resume();
    });
    posting.end(body);
  }

  #settle(batch: HttpsBatch, verdict: Verdict): void {
    if (this.#phase === "closed") return;
    if (verdict.kind === "later") {
      this.#wait(verdict);
      return;
    }
    this.#sent.shift();
    if (verdict.kind === "refused" && batch.size > 1) this.#sent.unshift(...batch.split());
    else batch.settle(verdict.kind === "taken" ? "acknowledged" : "refused");
    if (this.#phase === "waiting") this.#up();
    else this.#options.hooks.onRoom();
    this.#post();
  }

  #wait({ reason, waitMs }: Verdict & { kind: "later" }): void {
    const { now, random, tuning, hooks } = this.#options;
    this.#attempts += 1;
    const wasUp = this.#phase === "up";
    this.#phase = "waiting";
    this.#retryAt = now() + (waitMs ?? backOffMs(tuning.reconnectMs, this.#attempts, random()));
    if (wasUp) hooks.onDown(reason);
  }
}

/** Resolves when the request has ended, or after `graceMs`. */
function settled(posting: ClientRequest, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    posting.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
