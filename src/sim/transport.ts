/** A WebSocket as the simulator sees it: text in, text out, and an end. Tests put two of them back to back in memory. */
import { WebSocket } from "ws";
import { isOcppVersion, type OcppVersion } from "../domain/ocpp/version.ts";

export interface Transport {
  send(text: string): void;
  /** Closing handshake with `code`. */
  close(code: number, reason?: string): void;
  /** Cuts the connection without a word, as a lost radio link does. */
  cut(): void;
  /** Reads nothing any more and says nothing of it: a connection that one side alone believes in. */
  freeze?(): void;
  /** Each is called for what happens after it was set; `onClose` exactly once. */
  onText: (text: string) => void;
  onClose: (code: number, reason: string) => void;
}

export interface DialTarget {
  /** Endpoint without the identity, e.g. `ws://127.0.0.1:9000/ocpp`. */
  readonly url: string;
  readonly stationId: string;
  /** Offered as subprotocols, most wanted first. */
  readonly versions: readonly OcppVersion[];
  /** HTTP Basic password; the user name is the identity (OCPP security profiles 1 and 2). */
  readonly password?: string | undefined;
  readonly tls?: DialTls | undefined;
  /** False: no subprotocol is offered, and the first of `versions` is spoken. Default true. */
  readonly namesVersion?: boolean;
  /** True: the identity is put into the URL as it is. Default false. */
  readonly rawIdentity?: boolean;
}

export interface DialTls {
  /** PEM text. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
}

export interface Dialled {
  readonly transport: Transport;
  readonly version: OcppVersion;
}

export type Dial = (target: DialTarget) => Promise<Dialled>;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Opens a WebSocket. Rejects with the HTTP status in the message (`Unexpected server response: 401`) or the socket's error. */
export const dialWebSocket: Dial = (target) =>
  new Promise((resolve, reject) => {
    const { url, stationId, versions, namesVersion = true, rawIdentity = false } = target;
    const socket = new WebSocket(stationUrl(url, stationId, rawIdentity), namesVersion ? [...versions] : [], {
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      ...basicAuth(target),
      ...definedTls(target.tls),
    });
    socket.once("error", reject);
    socket.once("open", () => {
      socket.off("error", reject);
      const version = socket.protocol === "" ? versions[0] : socket.protocol;
      if (version === undefined || !isOcppVersion(version)) {
        socket.close(1002);
        reject(new Error(`the server chose the subprotocol ${JSON.stringify(socket.protocol)}`));
        return;
      }
      resolve({ transport: overWebSocket(socket), version });
    });
  });

/** The endpoint with the identity as one more path segment, percent-encoded (OCPP-J 1.6 §3.1.1). */
export function stationUrl(url: string, stationId: string, isRaw = false): string {
  const endpoint = new URL(url);
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, "")}/${isRaw ? stationId : encodeURIComponent(stationId)}`;
  return endpoint.href;
}

/**
 * An open WebSocket, of either side, as a {@link Transport}. Text that comes before `onText` is set waits for it: a CSMS
 * may call within the same packet that ends the handshake.
 */
export function overWebSocket(socket: WebSocket): Transport {
  let onText: ((text: string) => void) | undefined;
  const early: string[] = [];
  const transport: Transport = {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
    freeze: () => socket.pause(),
    get onText() {
      return onText ?? (() => undefined);
    },
    set onText(listener) {
      onText = listener;
      for (const text of early.splice(0)) listener(text);
    },
    onClose: () => undefined,
  };
  socket.on("message", (data) => {
    if (onText === undefined) early.push(String(data));
    else onText(String(data));
  });
  // An error is always followed by `close`, which is what the owner hears.
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => transport.onClose(code, String(reason)));
  return transport;
}

function basicAuth({ stationId, password }: DialTarget): { headers?: { authorization: string } } {
  if (password === undefined) return {};
  return { headers: { authorization: `Basic ${Buffer.from(`${stationId}:${password}`).toString("base64")}` } };
}

function definedTls(tls: DialTls | undefined): Record<string, string> {
  const entries = Object.entries(tls ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
