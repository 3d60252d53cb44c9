/** Plain OCPP-J over `ws`, both roles: no more than tests need that write both ends of a conversation themselves. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

export type Payload = { readonly [field: string]: unknown };
export type Answerer = (action: string, payload: Payload) => object;

interface Waiting {
  readonly resolve: (payload: Payload) => void;
  readonly reject: (error: Error) => void;
}

let lastId = 0;

/** One end of one connection. Every CALL it gets is answered by `answer`. */
export class RpcEnd {
  readonly #ws: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly closed: Promise<number>;

  constructor(ws: WebSocket, answer: Answerer) {
    this.#ws = ws;
    ws.on("message", (data) => this.#onFrame(JSON.parse(String(data)), answer));
    ws.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      ws.on("close", (code) => {
        for (const { reject } of this.#waiting.values()) reject(new Error(`closed with ${code}`));
        this.#waiting.clear();
        resolve(code);
      });
    });
  }

  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  /** False when it is still open after `ms`. */
  closesWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      void this.closed.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  /** Resolves with the CALLRESULT's payload; rejects on CALLERROR and when the connection ends. */
  call(action: string, payload: object): Promise<Payload> {
    lastId += 1;
    const id = `t${lastId}`;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new Error("not open"));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      this.#ws.send(JSON.stringify([2, id, action, payload]));
    });
  }

  terminate(): void {
    this.#ws.terminate();
  }

  #onFrame([type, id, ...rest]: [number, string, ...unknown[]], answer: Answerer): void {
    if (type === 2) {
      const [action, payload] = rest as [string, Payload];
      this.#ws.send(JSON.stringify([3, id, answer(action, payload)]));
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (type === 3) waiting?.resolve(rest[0] as Payload);
    else waiting?.reject(new Error(`CALLERROR ${String(rest[0])}: ${String(rest[1])}`));
  }
}

/** Opens a station's connection. Rejects when it is refused, with the HTTP status where there is one. */
export async function connectStation(url: string, version: string, answer: Answerer): Promise<RpcEnd> {
  const ws = new WebSocket(url, [version], { handshakeTimeout: 20_000, perMessageDeflate: false });
  const end = new RpcEnd(ws, answer);
  await once(ws, "open");
  return end;
}

export interface ScriptedCsms {
  readonly url: string;
  /** The connection of a station, when it is there. */
  of(identity: string): RpcEnd | undefined;
  close(): Promise<void>;
}

/** A CSMS on a free loopback port; `answer` is told whose call it answers. */
export async function startScriptedCsms(
  answer: (identity: string, action: string, payload: Payload) => object,
): Promise<ScriptedCsms> {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  await once(server, "listening");
  const ends = new Map<string, RpcEnd>();
  server.on("connection", (ws, { url = "" }) => {
    const identity = decodeURIComponent(url.slice(url.lastIndexOf("/") + 1));
    ends.set(identity, new RpcEnd(ws, (action, payload) => answer(identity, action, payload)));
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    of: (identity) => {
      const end = ends.get(identity);
      return end?.isOpen ? end : undefined;
    },
    close: () => {
      for (const client of server.clients) client.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
