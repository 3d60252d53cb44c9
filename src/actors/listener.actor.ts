/**
 * One listening socket, ws:// or wss://: limits, admission, the rule for a second connection of the same station, upgrade.
 *
 *     TCP ─▶ address limits ─▶ first bytes ─▶ TLS ─▶ HTTP ─▶ admit ─▶ newcomer? ─▶ subprotocol ─▶ 101 ─▶ onConnection
 *
 * Promise: whatever comes in, the process stays up, and a refused peer costs no more than its refusal.
 */

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import type { LimitsConfig, ListenerConfig, TlsServerConfig } from "../config/types.ts";
import { GatewayError } from "../domain/error.ts";
import type { StationId } from "../domain/ids.ts";
import { identityFromUrl } from "../domain/security/identity.ts";
import type { Clock, Logger } from "../ports.ts";
import type { AddressLimits } from "./address-limits.ts";
import { type AdmissionOptions, type Admitted, admit, type Refused } from "./admission.ts";
import { presentedChain } from "./checked-connect.ts";
import { earlyRefusal } from "./early-refusal.ts";
import { afterFirstBytes } from "./first-bytes.ts";
import { CLOSE } from "./peer-socket.ts";
import type { RevocationCheck, RevocationVerdict } from "./pki/revocation.ts";
import type { Sentinel } from "./security/sentinel.ts";
import type { Arrival } from "./sessions.ts";
import { serverTls } from "./tls-settings.ts";
import { Turnstile } from "./turnstile.ts";

export interface ListenerOptions extends Omit<AdmissionOptions, "revocation"> {
  /** Undefined: no station's certificate is asked about. */
  readonly revocation: Pick<RevocationCheck, "check"> | undefined;
  readonly listener: ListenerConfig;
  readonly limits: LimitsConfig;
  readonly addresses: AddressLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sentinel: Pick<Sentinel, "mayConnect" | "flooded" | "saidNothing" | "confinementOf" | "loggedIn">;
  /** Whether one more connection fits; one that replaces its own predecessor always does (field-lessons 3). */
  readonly hasRoomFor: (station: StationId) => boolean;
  /** Whether the newcomer may come in; closes the connection it replaces. Never rejects. */
  readonly makeRoom: (admitted: Admitted) => Promise<boolean>;
  readonly onConnection: (ws: WebSocket, arrival: Arrival, raw: Duplex) => void;
  readonly onRefused: (refused: Refused | Refusal, address: string) => void;
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export interface Listener {
  readonly url: string;
  /** New connections get this certificate, and are asked for certificates of these authorities. False for a listener without TLS. */
  renew(tls: TlsServerConfig | undefined): boolean;
  /** Frees the port and cuts requests that are under way. Resolves when the last socket has ended as well. */
  close(): Promise<void>;
  /** Ends every socket that is left, e.g. in the middle of a TLS handshake. */
  cut(): void;
}

const HTTP_OPTIONS = {
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 1_000,
  maxHeaderSize: 8 * 1024,
  // Set once a connection is worth it.
  noDelay: false,
} as const;

/** @throws GatewayError `ERR_LISTEN` when the address cannot be bound */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { listener, limits, addresses, clock, sentinel } = options;
  const server = listener.tls === undefined ? createServer(HTTP_OPTIONS) : createTlsServer(tlsOptions(listener.tls));
  server.maxHeadersCount = 64;
  let { tls } = listener;
  const revocation = options.revocation && ((socket: TLSSocket) => isWithdrawn(socket, tls, options.revocation));
  const upgrade = createUpgrade({ ...options, revocation }, () => server.listening);
  const refuses = (head: Buffer, socket: Socket): boolean => {
    const address = socket.remoteAddress ?? "";
    const refused = earlyRefusal(head, options);
    if (refused === undefined) return false;
    const isConfined = sentinel.confinementOf(refused.stationId, address) !== undefined;
    const told = isConfined ? IN_QUARANTINE : refused;
    options.onRefused(told, address);
    answer(socket, told.status);
    return true;
  };
  const sockets = new Set<Socket>();
  const turnstile = new Turnstile();
  // Node's own listeners make a TLS session or an HTTP parser of each socket: a peer that is turned away does not get that far.
  const serve = server.listeners("connection");
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    if (!sentinel.mayConnect(address)) {
      socket.destroy();
      return;
    }
    if (!addresses.enter(address, clock.monotonicMs())) {
      options.onRefused({ status: 429, reason: "too many connections of this address" }, address);
      sentinel.flooded(address);
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      addresses.leave(address);
      if (socket.bytesRead === 0) sentinel.saidNothing(address);
    });
    afterFirstBytes(socket, { isTls: listener.tls !== undefined, turnstile, refuses }, () => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 30_000);
      for (const begin of serve) begin.call(server, socket);
    });
  });
  server.on("request", (_request, response) => {
    response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end();
  });
  server.on("upgrade", upgrade);
  server.on("clientError", (_error, socket: Duplex) => socket.destroy());
  server.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
  await bound(server, listener);
  const { port } = server.address() as AddressInfo;
  const scheme = listener.tls === undefined ? "ws" : "wss";
  const host = listener.host.includes(":") ? `[${listener.host}]` : listener.host;
  server.maxConnections = limits.maxConnections + 64;
  return {
    url: `${scheme}://${host}:${port}${options.path}`,
    renew: (renewed) => {
      if (!(server instanceof TlsServer) || renewed === undefined) return false;
      server.setSecureContext(tlsOptions(renewed));
      tls = renewed;
      return true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function isWithdrawn(
  socket: TLSSocket,
  tls: TlsServerConfig | undefined,
  check: ListenerOptions["revocation"],
): Promise<RevocationVerdict> {
  if (check === undefined || tls === undefined || tls.revocation === "off") return "pass";
  const { revocation: mode, clientCrls: lists } = tls;
  return await check.check({ mode, side: "station", chain: presentedChain(socket), lists });
}

/** Each listener takes the TLS settings of its place in the list. @returns how many did */
export const renewListeners = (listeners: readonly Listener[], configs: readonly ListenerConfig[]): number =>
  listeners.filter((listener, i) => listener.renew(configs[i]?.tls)).length;

function bound(server: Server, { host, port }: ListenerConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new GatewayError(
          "ERR_LISTEN",
          `Cannot listen on ${host}:${port}: ${cause.code}`,
          { setting: "listen" },
          { cause },
        ),
      ),
    );
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
}

function tlsOptions({ cert, key, clientCa, ciphers }: TlsServerConfig): object {
  return {
    ...HTTP_OPTIONS,
    cert,
    key,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
    // Admission decides who needs a certificate, for stations of several profiles may share the port.
    requestCert: clientCa !== undefined,
    rejectUnauthorized: false,
    ...serverTls(ciphers),
    handshakeTimeout: 10_000,
    ALPNProtocols: ["http/1.1"],
  };
}

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

type UpgradeOptions = Omit<ListenerOptions, "revocation"> & AdmissionOptions;

function createUpgrade(options: UpgradeOptions, isListening: () => boolean): Upgrade {
  const { limits, onConnection, onRefused } = options;
  const chosen = new WeakMap<IncomingMessage, string | false>();
  const common = {
    noServer: true,
    clientTracking: false,
    maxPayload: limits.maxPayloadBytes,
    maxFragments: 64,
    maxBufferedChunks: 1024,
    handleProtocols: (_offered: Set<string>, request: IncomingMessage) => chosen.get(request) ?? false,
  } as const;
  const plain = new WebSocketServer({ ...common, perMessageDeflate: false });
  const deflating = new WebSocketServer({
    ...common,
    perMessageDeflate: {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      serverMaxWindowBits: 10,
      concurrencyLimit: 2,
      threshold: 512,
    },
  });

  const enter = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const address = request.socket.remoteAddress ?? "";
    const refuse = (refused: Refused | Refusal) => {
      onRefused(refused, address);
      answer(socket, refused.status);
    };
    const admitted = await admitOrConfine(request, address, options);
    if (!admitted.ok) return refuse(admitted);
    const noRoom = await lackOfRoom(admitted, options);
    if (socket.destroyed) return;
    if (noRoom !== undefined) return refuse(noRoom);
    if (!isListening()) return refuse({ status: 503, reason: "the gateway stops" });
    const { version, assumed, rule } = admitted;
    chosen.set(request, version === "none-offered-fits" || assumed ? false : version);
    const server = rule.deflate ? deflating : plain;
    server.handleUpgrade(request, socket, head, (ws) => {
      // Part 4 §3.1.2: without a common subprotocol the handshake is completed, then the connection closed.
      if (version === "none-offered-fits") ws.close(CLOSE.protocolError);
      else onConnection(ws, { ...admitted, version, remoteAddress: address }, socket);
    });
  };

  return (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    enter(request, socket, head).catch(() => socket.destroy());
  };
}

const IN_QUARANTINE = { ok: false, status: 429, reason: "in quarantine" } as const;

/** Who is locked out costs no hashing, and does not learn that his last guess was right. */
async function admitOrConfine(
  request: IncomingMessage,
  address: string,
  options: UpgradeOptions,
): Promise<Admitted | Refused | (Refusal & { readonly ok: false })> {
  const { sentinel } = options;
  const named = identityFromUrl(request.url ?? "", options.path);
  const isConfined = () => sentinel.confinementOf(named.ok ? named.value : undefined, address) !== undefined;
  if (isConfined()) return IN_QUARANTINE;
  const admitted = await admit(request, options);
  // While this password was checked, others of the same peer may have been wrong.
  if (isConfined()) return IN_QUARANTINE;
  if (admitted.ok) sentinel.loggedIn(admitted.stationId, address);
  return admitted;
}

/** Why an admitted newcomer cannot stay; undefined when it can, and then its predecessor is gone. */
async function lackOfRoom(
  admitted: Admitted,
  { hasRoomFor, makeRoom }: Pick<ListenerOptions, "hasRoomFor" | "makeRoom">,
): Promise<Refusal | undefined> {
  if (!hasRoomFor(admitted.stationId)) return { status: 503, reason: "maxConnections reached" };
  if (await makeRoom(admitted)) return undefined;
  return { status: 409, reason: "the station is connected already" };
}

function answer(socket: Duplex, status: number): void {
  if (!socket.writable) return;
  const extra = status === 401 ? 'WWW-Authenticate: Basic realm="ocpp", charset="UTF-8"\r\n' : "";
  const retry = status === 503 || status === 429 ? "Retry-After: 30\r\n" : "";
  // A peer that does not read its refusal does not keep the socket; one that does needs nothing after it.
  const late = setTimeout(() => socket.destroy(), 1000).unref();
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${extra}${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    () => {
      clearTimeout(late);
      socket.destroy();
    },
  );
}
