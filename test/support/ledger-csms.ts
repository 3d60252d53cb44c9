/**
 * A CSMS of its own mind, for OCPP 1.6 and 2.0.1: it keeps its own ledger (ledger-books.ts), has its own transaction ids, fails
 * in the ways that are scripted, and shares no code with the gateway it judges.
 */
import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";
import { LedgerBooks, type LedgerVersion, type Payload, type StationBook } from "./ledger-books.ts";

export interface CsmsFaults {
  /** Milliseconds each answer waits. */
  readonly slowMs?: number | undefined;
  /** The next CALLs are answered CALLERROR and have no effect. */
  readonly errors?: number | undefined;
  /** Messages that are never anything but CALLERROR. */
  readonly poison?: ((action: string, payload: Payload) => boolean) | undefined;
  /** The next CALLs get no answer; with `forgets` they have no effect either. */
  readonly silences?: number | undefined;
  readonly forgets?: boolean | undefined;
  /** After so many CALLs, counted over all connections, the connection is closed instead of the answer; their effect stays. */
  readonly closeAfter?: number | undefined;
  /** Connections are accepted, and that is all: no answer, no pong, no effect. */
  readonly mute?: boolean | undefined;
  /** What BootNotification is answered. */
  readonly boot?: "Accepted" | "Pending" | "Rejected" | undefined;
}

export interface LedgerCsmsOptions {
  readonly host?: string;
  readonly port?: number;
  /** Tokens that are answered Invalid. Default: those that begin with BAD. */
  readonly isInvalid?: (token: unknown) => boolean;
  /** Seconds that accepted stations are told. */
  readonly heartbeatSec?: number;
}

interface Link {
  readonly ws: WebSocket;
  readonly book: StationBook;
  readonly waiting: Map<string, (answer: readonly unknown[]) => void>;
}

const isBad = (token: unknown): boolean => typeof token === "string" && token.startsWith("BAD");
const REGISTRATION_RETRY_SEC = 1;

export class LedgerCsms {
  readonly books: LedgerBooks;
  #server: WebSocketServer;
  readonly #links = new Map<string, Link>();
  readonly #heartbeatSec: number;
  #faults: CsmsFaults = {};
  #errorsLeft = 0;
  #silencesLeft = 0;
  #untilClose: number | undefined;
  #lastId = 0;
  #port = 0;
  /** CALLs that came, repeats included. */
  calls = 0;

  private constructor({ host = "127.0.0.1", port = 0, isInvalid = isBad, heartbeatSec = 300 }: LedgerCsmsOptions) {
    this.books = new LedgerBooks(isInvalid);
    this.#heartbeatSec = heartbeatSec;
    this.#server = this.#open(host, port);
  }

  static async listen(options: LedgerCsmsOptions = {}): Promise<LedgerCsms> {
    const csms = new LedgerCsms(options);
    await once(csms.#server, "listening");
    return csms;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the CSMS does not listen");
    return address.port;
  }

  /** Stations that are connected now. */
  get connected(): readonly string[] {
    return [...this.#links.keys()];
  }

  /** Replaces the faults; `{}` heals it. Answers that were withheld stay so. */
  set(faults: CsmsFaults): void {
    this.#faults = faults;
    this.#errorsLeft = faults.errors ?? 0;
    this.#silencesLeft = faults.silences ?? 0;
    this.#untilClose = faults.closeAfter;
  }

  /** Goes away: connections are cut and new ones refused by the system, as when the host is down. The books stay. */
  async down(): Promise<void> {
    const { port } = this;
    await this.close();
    this.#port = port;
  }

  /** Comes back on the same port. */
  async up(): Promise<void> {
    this.#server = this.#open("127.0.0.1", this.#port);
    await once(this.#server, "listening");
  }

  /** Cuts every connection. */
  cut(): void {
    for (const { ws } of this.#links.values()) ws.terminate();
  }

  /** Asks for the end of a transaction, under the id by which this CSMS knows it. Resolves when answered, or when the link is lost. */
  async remoteStop(station: string, transactionId: number | string): Promise<void> {
    const link = this.#links.get(station);
    if (link === undefined) return;
    const stop = { station, transactionId, at: Date.now(), answer: undefined, answeredAt: undefined };
    const [action, payload] =
      link.book.version === "ocpp1.6"
        ? ["RemoteStopTransaction", { transactionId }]
        : ["RequestStopTransaction", { transactionId }];
    const answer = await this.#call(link, action, payload);
    if (answer === undefined) return;
    const status = answer[0] === 3 ? (answer[2] as Payload)["status"] : `CALLERROR ${answer[2]}`;
    this.books.remoteStops.push({ ...stop, answer: String(status), answeredAt: Date.now() });
  }

  async close(): Promise<void> {
    for (const { ws } of this.#links.values()) ws.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }

  #open(host: string, port: number): WebSocketServer {
    const server = new WebSocketServer({
      host,
      port,
      autoPong: false,
      perMessageDeflate: false,
      handleProtocols: (offered) =>
        (["ocpp2.0.1", "ocpp1.6"] as const).find((version) => offered.has(version)) ?? false,
    });
    server.on("connection", (ws, request) => {
      const station = decodeURIComponent(request.url?.split("/").at(-1) ?? "");
      this.#onConnection(ws, station, ws.protocol as LedgerVersion);
    });
    return server;
  }

  #onConnection(ws: WebSocket, station: string, version: LedgerVersion): void {
    const book = this.books.book(station, version);
    book.connections += 1;
    const link: Link = { ws, book, waiting: new Map() };
    this.#links.get(station)?.ws.terminate();
    this.#links.set(station, link);
    ws.on("error", () => undefined);
    ws.on("ping", (data) => this.#faults.mute === true || ws.pong(data));
    ws.on("message", (data) => this.#onFrame(link, String(data)));
    ws.on("close", () => {
      for (const settle of link.waiting.values()) settle([0]);
      if (this.#links.get(station) === link) this.#links.delete(station);
    });
  }

  #onFrame(link: Link, text: string): void {
    if (this.#faults.mute === true) return;
    const frame = JSON.parse(text) as readonly [number, string, ...unknown[]];
    if (frame[0] === 2)
      this.#onCall(link, { id: frame[1], action: String(frame[2]), payload: frame[3] as Payload, text });
    else link.waiting.get(frame[1])?.(frame);
  }

  #onCall(link: Link, call: { id: string; action: string; payload: Payload; text: string }): void {
    this.calls += 1;
    if (this.#refuses(call.action, call.payload)) {
      this.#send(link, [4, call.id, "InternalError", "scripted", {}]);
      return;
    }
    const isSilent = this.#silencesLeft > 0;
    if (isSilent) this.#silencesLeft -= 1;
    if (isSilent && this.#faults.forgets === true) return;
    const answer =
      this.books.accept(link.book, call, Date.now()) ?? this.#answerState(link.book, call.action, call.payload);
    if (this.#untilClose !== undefined) {
      this.#untilClose -= 1;
      if (this.#untilClose <= 0) {
        this.#untilClose = undefined;
        link.ws.close(1011, "scripted");
        return;
      }
    }
    if (!isSilent) this.#send(link, [3, call.id, answer]);
  }

  #refuses(action: string, payload: Payload): boolean {
    if (this.#faults.poison?.(action, payload) === true) return true;
    if (this.#errorsLeft <= 0) return false;
    this.#errorsLeft -= 1;
    return true;
  }

  #answerState(book: StationBook, action: string, payload: Payload): Payload {
    switch (action) {
      case "BootNotification": {
        book.boots += 1;
        const { boot = "Accepted" } = this.#faults;
        const interval = boot === "Accepted" ? this.#heartbeatSec : REGISTRATION_RETRY_SEC;
        return { currentTime: new Date().toISOString(), interval, status: boot };
      }
      case "Heartbeat":
        return { currentTime: new Date().toISOString() };
      case "Authorize":
        return book.version === "ocpp1.6"
          ? { idTagInfo: this.books.tokenStatus(payload["idTag"]) }
          : { idTokenInfo: this.books.tokenStatus((payload["idToken"] as Payload | undefined)?.["idToken"]) };
      default:
        return {};
    }
  }

  #send({ ws }: Link, frame: readonly unknown[]): void {
    const text = JSON.stringify(frame);
    const { slowMs = 0 } = this.#faults;
    if (slowMs > 0) setTimeout(() => ws.readyState === ws.OPEN && ws.send(text), slowMs);
    else if (ws.readyState === ws.OPEN) ws.send(text);
  }

  async #call(link: Link, action: string, payload: Payload): Promise<readonly unknown[] | undefined> {
    this.#lastId += 1;
    const id = `csms-${this.#lastId}`;
    const answered = new Promise<readonly unknown[]>((resolve) => link.waiting.set(id, resolve));
    const timer = setTimeout(() => link.waiting.get(id)?.([0]), 10_000);
    if (link.ws.readyState === link.ws.OPEN) link.ws.send(JSON.stringify([2, id, action, payload]));
    const answer = await answered;
    clearTimeout(timer);
    link.waiting.delete(id);
    return answer[0] === 0 ? undefined : answer;
  }
}
