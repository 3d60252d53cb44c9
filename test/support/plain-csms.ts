/** A CSMS of nothing but `ws`: takes every station, records, answers as it is told. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { WebSocketServer } from "ws";
import { until } from "./until.ts";
import { type Answerer, Peer } from "./ws-peer.ts";

export interface CsmsLinkPeer extends Peer {
  readonly station: string;
  readonly request: IncomingMessage;
}

export interface PlainCsmsOptions {
  /** 0: any free port. */
  readonly port?: number;
  /** Given: wss://. */
  readonly tls?: ServerOptions;
  /** With `tls`: the OCSP answer that comes with its certificate. */
  readonly staple?: () => Buffer | null;
  /** Default: the answers of {@link friendly}. */
  readonly answer?: Answerer;
  readonly deflate?: boolean;
  /** Whom it lets in; others get 401. Default: everybody. */
  readonly admits?: (request: IncomingMessage) => boolean;
  /** Called for each link before anything is read from it. */
  readonly onLink?: (link: CsmsLinkPeer) => void;
}

export class PlainCsms {
  /** Every link there ever was, in order. */
  readonly links: CsmsLinkPeer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scheme: string;

  private constructor(server: Server, scheme: string) {
    this.#server = server;
    this.#scheme = scheme;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async listen(options: PlainCsmsOptions = {}): Promise<PlainCsms> {
    const { port = 0, tls, answer = friendly, deflate = false, admits = () => true, onLink, staple } = options;
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const csms = new PlainCsms(server, tls === undefined ? "ws" : "wss");
    const sockets = new WebSocketServer({
      server,
      perMessageDeflate: deflate,
      verifyClient: ({ req }: { req: IncomingMessage }) => admits(req),
    });
    sockets.on("connection", (ws, request) => {
      const station = decodeURIComponent((request.url ?? "").split("/").pop() ?? "");
      const link = Object.assign(new Peer(ws).answering(answer), { station, request });
      csms.links.push(link);
      onLink?.(link);
    });
    server.on("tlsClientError", () => undefined);
    if (staple !== undefined)
      server.on("OCSPRequest", (_cert: unknown, _issuer: unknown, answer: (error: null, said: Buffer | null) => void) =>
        answer(null, staple()),
      );
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return csms;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}/csms`;
  }

  /** From now on it shows this certificate; only for a CSMS with TLS. */
  show(cert: string, key: string, more: SecureContextOptions = {}): void {
    if (this.#server instanceof TlsServer) this.#server.setSecureContext({ ...more, cert, key });
  }

  /** The links of one station, in order. */
  linksOf(station: string): CsmsLinkPeer[] {
    return this.links.filter((link) => link.station === station);
  }

  /** The n-th link of a station, when it is there. */
  async link(station: string, nth = 0): Promise<CsmsLinkPeer> {
    return await until(`link ${nth} of ${station}`, () => this.linksOf(station)[nth]);
  }

  /** Gone at once, port and connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Answers what a CSMS must answer, all accepted; transactions are numbered from 1. */
export function friendly(action: string, payload: Readonly<Record<string, unknown>>): object {
  switch (action) {
    case "BootNotification":
      return { currentTime: "2026-01-01T00:00:00Z", interval: 300, status: "Accepted" };
    case "Heartbeat":
      return { currentTime: "2026-01-01T00:00:00Z" };
    case "Authorize":
      return "idTag" in payload ? { idTagInfo: { status: "Accepted" } } : { idTokenInfo: { status: "Accepted" } };
    case "StartTransaction":
      return { idTagInfo: { status: "Accepted" }, transactionId: 1 };
    case "DataTransfer":
      return { status: "Accepted" };
    default:
      return {};
  }
}

/** A port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const csms = await PlainCsms.listen();
  const { port } = csms;
  await csms.close();
  return port;
}
