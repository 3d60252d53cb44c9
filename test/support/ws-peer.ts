/**
 * A plain WebSocket peer, station or CSMS, that sends what it is told and keeps what it gets: no OCPP library between the test
 * and the wire.
 */
import { randomUUID } from "node:crypto";
import { type ClientOptions, type RawData, WebSocket } from "ws";
import { until, within } from "./until.ts";

export type Json = readonly [type: number, id: string | number, ...rest: unknown[]];
/** The payload to answer a CALL with; undefined: no answer. */
export type Answerer = (action: string, payload: Readonly<Record<string, unknown>>, id: string) => object | undefined;

export class Peer {
  readonly ws: WebSocket;
  /** Every frame that came, as text. */
  readonly frames: string[] = [];
  /** Set once the socket is closed. */
  closed: { readonly code: number; readonly reason: string } | undefined;
  #read = 0;
  #answer: Answerer | undefined;

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on("message", (data: RawData) => this.#onFrame(data.toString()));
    ws.on("close", (code, reason) => {
      this.closed = { code, reason: reason.toString() };
    });
    ws.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }

  /** CALLs are answered by `answer` from now on; they are recorded all the same. */
  answering(answer: Answerer): this {
    this.#answer = answer;
    return this;
  }

  send(frame: string | Json): void {
    this.ws.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** The next frame that nobody has asked for yet. */
  async next(what = "a frame"): Promise<string> {
    await until(`${what}, after ${JSON.stringify(this.frames.slice(-3))}`, () => this.frames.length > this.#read);
    this.#read += 1;
    return this.frames[this.#read - 1] as string;
  }

  async nextJson(what?: string): Promise<Json> {
    return JSON.parse(await this.next(what)) as Json;
  }

  /** The frame that answers `id`; it may have come already. */
  async answerTo(id: string | number): Promise<Json> {
    return await until(`the answer to ${id}`, () => this.answersTo(id)[0]);
  }

  /** Every answer to `id` so far. */
  answersTo(id: string | number): Json[] {
    return this.parsed().filter(([type, to]) => type >= 3 && type <= 5 && to === id);
  }

  /** Every CALL so far, or those of one action. */
  calls(action?: string): Json[] {
    return this.parsed().filter(([type, , name]) => type === 2 && (action === undefined || name === action));
  }

  /** The first CALL of this action, when it is there. */
  async call(action: string, nth = 0): Promise<Json> {
    return await until(`CALL ${action}`, () => this.calls(action)[nth]);
  }

  /** Sends a CALL and resolves with its answer. */
  async ask(action: string, payload: object = {}, id: string = randomUUID()): Promise<Json> {
    const before = this.answersTo(id).length;
    this.send([2, id, action, payload]);
    return await until(`the answer to ${action}`, () => this.answersTo(id)[before]);
  }

  /** Resolves when everything this peer sent before has reached the other end, and everything sent to it has arrived. */
  async barrier(): Promise<void> {
    const pong = new Promise((resolve) => this.ws.once("pong", resolve));
    this.ws.ping();
    await within("a pong", pong);
  }

  /** The close code, once closed. */
  async closeCode(withinMs?: number): Promise<number> {
    return (await until("the socket to close", () => this.closed, withinMs)).code;
  }

  async close(code = 1000): Promise<void> {
    this.ws.close(code);
    await until("the closing handshake", () => this.closed);
  }

  parsed(): Json[] {
    return this.frames.map((text) => JSON.parse(text) as Json);
  }

  #onFrame(text: string): void {
    this.frames.push(text);
    const answer = this.#answer;
    if (answer === undefined) return;
    const [type, id, action, payload] = JSON.parse(text) as [number, string, string, Record<string, unknown>];
    if (type !== 2) return;
    const result = answer(action, payload, id);
    if (result !== undefined) this.ws.send(JSON.stringify([3, id, result]));
  }
}

/** Opens a WebSocket; resolves when it is open, rejects with `HTTP <status>` when the upgrade is refused. */
export async function dial(url: string, protocols: readonly string[], options: ClientOptions = {}): Promise<Peer> {
  const ws = new WebSocket(url, [...protocols], { perMessageDeflate: false, ...options });
  const peer = new Peer(ws);
  await within(
    `${url} to open`,
    new Promise<void>((resolve, reject) => {
      ws.once("open", () => resolve());
      ws.once("error", reject);
      ws.once("unexpected-response", (request, response) => {
        reject(new Error(`HTTP ${response.statusCode}`));
        request.destroy();
      });
    }),
  );
  return peer;
}

/** What an upgrade is answered, as a number: 101 where it is accepted. */
export async function statusOf(
  url: string,
  protocols: readonly string[],
  options: ClientOptions = {},
): Promise<number> {
  try {
    const peer = await dial(url, protocols, options);
    await peer.close();
    return 101;
  } catch (error) {
    const status = /^HTTP (\d+)$/.exec((error as Error).message)?.[1];
    if (status === undefined) throw error;
    return Number(status);
  }
}

/** The header of HTTP Basic authentication; the key may be bytes that are no text. */
export function basicAuth(user: string, key: string | Buffer): { readonly Authorization: string } {
  const credentials = Buffer.concat([Buffer.from(`${user}:`), typeof key === "string" ? Buffer.from(key) : key]);
  return { Authorization: `Basic ${credentials.toString("base64")}` };
}
