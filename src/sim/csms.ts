/**
 * The demo CSMS: an OCPP-J server for 1.6, 2.0.1 and 2.1 that answers as a CSMS should, keeps books of everything, sends
 * commands, and fails on request. For demonstrations and tests; it persists nothing.
 */
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { GatewayError } from "../domain/error.ts";
import type { Payload } from "../domain/ocpp/frame.ts";
import { isOcppVersion, OCPP_VERSIONS, type OcppVersion } from "../domain/ocpp/version.ts";
import { type CsmsBehaviour, CsmsCore, type CsmsStation, type MessageListener } from "./csms-core.ts";
import type { CsmsFault } from "./csms-faults.ts";
import type { CsmsLedger } from "./csms-ledger.ts";
import type { CallOutcome } from "./rpc-peer.ts";
import { overWebSocket } from "./transport.ts";

export interface CsmsOptions extends CsmsBehaviour {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default any free port. */
  readonly port?: number;
  /** URL path before the identity; default `/ocpp`. */
  readonly path?: string;
  /** PEM text. With `clientCa`, stations must show a certificate of it (security profile 3). */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Default all. */
  readonly versions?: readonly OcppVersion[];
  /** Basic passwords by identity; a station that is not listed needs none. */
  readonly passwords?: ReadonlyMap<string, string>;
}

export interface Csms {
  /** Endpoint; the identity is appended as one path segment. */
  readonly url: string;
  readonly port: number;
  stations(): readonly CsmsStation[];
  /** The station's books; undefined for one that was never connected. They grow. */
  ledger(stationId: string): CsmsLedger | undefined;
  /** Sends a command; resolves with the outcome, `closed` where the station is not connected. Never rejects. */
  call(stationId: string, action: string, payload: Payload): Promise<CallOutcome>;
  /** Hears every frame in and out; the function returned ends it. */
  onMessage(listener: MessageListener): () => void;
  /** Switches a fault on; the function returned switches it off. */
  fault(fault: CsmsFault): () => void;
  clearFaults(): void;
  /** Closes one station's connection, or all of them, with `code`. */
  disconnect(code: number, stationId?: string): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 500;

/** Listens. Rejects with `ERR_LISTEN`. */
export async function startCsms(options: CsmsOptions = {}): Promise<Csms> {
  const { host = "127.0.0.1", port = 0, path = "/ocpp", tls } = options;
  const core = new CsmsCore(options);
  const server =
    tls === undefined
      ? createHttpServer()
      : createHttpsServer({
          cert: tls.cert,
          key: tls.key,
          ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
        });
  const sockets = acceptStations(core, options, path);
  server.on("upgrade", sockets.upgrade);
  server.on("request", (_request, response) => response.writeHead(426).end());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new GatewayError("ERR_LISTEN", `cannot listen on ${host}:${port}`, {}, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    core.disconnect(1001);
    const grace = setTimeout(() => sockets.cutAll(), STOP_GRACE_MS);
    await closed;
    clearTimeout(grace);
  };
  return {
    url: `${tls === undefined ? "ws" : "wss"}://${host}:${bound}${path}`,
    port: bound,
    stations: () => core.stations(),
    ledger: (stationId) => core.ledger(stationId),
    call: (stationId, action, payload) => core.call(stationId, action, payload),
    onMessage: (listener) => core.onMessage(listener),
    fault: (fault) => core.faults.add(fault),
    clearFaults: () => core.faults.clear(),
    disconnect: (code, stationId) => core.disconnect(code, stationId),
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function acceptStations(core: CsmsCore, options: CsmsOptions, path: string) {
  const versions = options.versions ?? OCPP_VERSIONS;
  const open = new Set<Duplex>();
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // The station's order is its preference; OCPP-J 1.6 §3.1.2 leaves the choice to the server.
    handleProtocols: (offered) => [...offered].find((name) => isOcppVersion(name) && versions.includes(name)) ?? false,
  });
  const refusal = (request: IncomingMessage, stationId: string | undefined): 401 | 404 | undefined => {
    if (stationId === undefined) return 404;
    const wanted = options.passwords?.get(stationId);
    return wanted === undefined || basicPassword(request, stationId) === wanted ? undefined : 401;
  };
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const stationId = identity(request.url ?? "", path);
    const status = refusal(request, stationId);
    if (stationId === undefined || status !== undefined) {
      refuse(socket, status ?? 404);
      return;
    }
    (socket as Socket).setNoDelay(true);
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    server.handleUpgrade(request, socket, head, (webSocket) => enter(core, stationId, webSocket));
  };
  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return { upgrade, cutAll };
}

function enter(core: CsmsCore, stationId: string, socket: WebSocket): void {
  // A station that offers nothing we speak gets an answer without a subprotocol, and then the door.
  if (!isOcppVersion(socket.protocol)) socket.close(1002, "no common subprotocol");
  else core.accept(stationId, socket.protocol, overWebSocket(socket));
}

/** The last path segment, decoded; undefined when the path is another. */
function identity(url: string, path: string): string | undefined {
  const [pathname = ""] = url.split("?");
  if (!pathname.startsWith(`${path}/`)) return undefined;
  const segment = pathname.slice(path.length + 1);
  if (segment === "" || segment.includes("/")) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    // A percent sign that encodes nothing: no station has such a name.
    return undefined;
  }
}

/** The password of a Basic header whose user name is the identity. It may hold colons; the identity is cut off by length. */
function basicPassword(request: IncomingMessage, stationId: string): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString();
  return text.startsWith(`${stationId}:`) ? text.slice(stationId.length + 1) : undefined;
}

function refuse(socket: Duplex, status: 401 | 404): void {
  const line = status === 401 ? '401 Unauthorized\r\nWWW-Authenticate: Basic realm="ocpp"' : "404 Not Found";
  socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
