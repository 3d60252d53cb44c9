/**
 * The demo CSMS without its sockets: stations are handed in as transports, so that tests can do without a network.
 */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Clock } from "../ports.ts";
import { createScaledClock, sleep } from "./clock.ts";
import { answerStation, type CsmsPolicy } from "./csms-answers.ts";
import { FaultSwitches } from "./csms-faults.ts";
import { CsmsBook, type CsmsLedger, type CsmsMessage } from "./csms-ledger.ts";
import { createRandom } from "./random.ts";
import { type CallOutcome, type Reply, RpcPeer } from "./rpc-peer.ts";
import type { Transport } from "./transport.ts";

export interface CsmsBehaviour {
  /** Interval given in BootNotification answers; default 300. */
  readonly heartbeatIntervalSec?: number;
  /** Default every station is accepted. */
  readonly registration?: CsmsPolicy["registration"];
  /** Tokens that may charge; default all. */
  readonly tokens?: Iterable<string>;
  /** Milliseconds before each answer; default none. */
  readonly thinkMs?: number | (() => number);
  /** Commands that a station leaves unanswered are given up after this; default 30 000. */
  readonly callTimeoutMs?: number;
  /** Messages kept per station; default 10 000. Arrivals and transactions are kept all. */
  readonly retain?: number;
  readonly clock?: Clock;
  /** For message and transaction ids; default `csms`. */
  readonly seed?: number | string;
}

export interface CsmsStation {
  readonly stationId: string;
  readonly version: OcppVersion;
  readonly connected: boolean;
  readonly connections: number;
}

export type MessageListener = (message: CsmsMessage) => void;

/** 1.6 ids begin here: ten digits that no measured value and no time in seconds of this decade looks like. */
const FIRST_TRANSACTION_ID = 2_000_000_011;
const DEFAULT_RETAIN = 10_000;
const DEFAULT_CALL_TIMEOUT_MS = 30_000;

export class CsmsCore {
  readonly faults = new FaultSwitches();
  readonly #behaviour: CsmsBehaviour;
  readonly #clock: Clock;
  readonly #policy: CsmsPolicy;
  readonly #nextId: () => string;
  readonly #books = new Map<string, CsmsBook>();
  readonly #peers = new Map<string, RpcPeer>();
  readonly #listeners = new Set<MessageListener>();

  constructor(behaviour: CsmsBehaviour = {}) {
    this.#behaviour = behaviour;
    const clock = behaviour.clock ?? createScaledClock();
    const random = createRandom(behaviour.seed ?? "csms");
    const tokens = behaviour.tokens && new Set(behaviour.tokens);
    let transactionId = FIRST_TRANSACTION_ID;
    this.#clock = clock;
    this.#nextId = () => random.uuid();
    this.#policy = {
      heartbeatIntervalSec: behaviour.heartbeatIntervalSec ?? 300,
      registration: behaviour.registration ?? (() => "Accepted"),
      isKnownToken: (token) => tokens === undefined || tokens.has(token),
      nowText: () => new Date(clock.now()).toISOString(),
      nextTransactionId: () => {
        transactionId += random.integer(1, 97);
        return transactionId;
      },
    };
  }

  /** Takes over a station's new connection; an older one of the same station is closed. */
  accept(stationId: string, version: OcppVersion, transport: Transport): void {
    const book = this.#bookOf(stationId, version);
    book.connections += 1;
    const connection = book.connections;
    const before = this.#peers.get(stationId);
    const peer = new RpcPeer({
      transport,
      clock: this.#clock,
      callTimeoutMs: this.#behaviour.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
      nextId: this.#nextId,
      onCall: (call) => this.#answer(book, call, connection),
      onFrame: (direction, text, frame) => {
        const message = book.record(this.#clock.now(), direction, { text, frame });
        for (const listener of this.#listeners) listener(message);
      },
      onClose: () => {
        if (this.#peers.get(stationId) === peer) this.#peers.delete(stationId);
      },
    });
    this.#peers.set(stationId, peer);
    before?.close(1000, "replaced by a newer connection");
  }

  stations(): readonly CsmsStation[] {
    return [...this.#books.values()].map(({ stationId, version, connections }) => ({
      stationId,
      version,
      connections,
      connected: this.#peers.has(stationId),
    }));
  }

  ledger(stationId: string): CsmsLedger | undefined {
    return this.#books.get(stationId);
  }

  /** Sends a command. `closed` where the station is not connected. Never rejects. */
  call(stationId: string, action: string, payload: Payload): Promise<CallOutcome> {
    return this.#peers.get(stationId)?.call(action, payload) ?? Promise.resolve({ kind: "closed" });
  }

  onMessage(listener: MessageListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Closes one station's connection, or all of them. */
  disconnect(code: number, stationId?: string): void {
    for (const [id, peer] of this.#peers) if (stationId === undefined || id === stationId) peer.close(code);
  }

  /** Cuts whatever is still open, without a closing handshake. */
  cutAll(): void {
    for (const peer of this.#peers.values()) peer.cut();
  }

  async #answer(book: CsmsBook, call: CallFrame, connection: number): Promise<Reply> {
    const { thinkMs = 0 } = this.#behaviour;
    const wait = typeof thinkMs === "number" ? thinkMs : thinkMs();
    if (wait > 0) await sleep(this.#clock, wait);
    const fault = this.faults.strike(book.stationId, call.action);
    if (fault?.kind === "slow") await sleep(this.#clock, fault.ms ?? 5_000);
    if (fault?.kind === "error") return { error: fault.code ?? "InternalError", description: "injected" };
    if (fault?.kind === "silent") return { silence: true };
    if (fault?.kind === "close") {
      if (book.connections === connection) this.disconnect(fault.closeCode ?? 1011, book.stationId);
      return { silence: true };
    }
    return answerStation(this.#policy, book, call);
  }

  /** A station that comes back with another version keeps its books: transactions may span the change. */
  #bookOf(stationId: string, version: OcppVersion): CsmsBook {
    const known = this.#books.get(stationId);
    if (known?.version === version) return known;
    const book = new CsmsBook(stationId, version, this.#behaviour.retain ?? DEFAULT_RETAIN);
    this.#books.set(stationId, book);
    return book;
  }
}
