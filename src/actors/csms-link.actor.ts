/**
 * One station's WebSocket to its CSMS: dials with the station's identity and version, comes back after a loss, and tells who
 * asked for it. The waits are the link machine's; this file binds it to `ws`.
 */
import type { Duplex } from "node:stream";
import { createSecureContext, type DetailedPeerCertificate, type SecureContext, TLSSocket } from "node:tls";
import { type ClientOptions, WebSocket } from "ws";
import { type AnyActorRef, createActor, type EventObject, fromCallback, fromTransition } from "xstate";
import type { CsmsConfig } from "../config/types.ts";
import type { EpochMs, StationId } from "../domain/ids.ts";
import type { PeerTls } from "../domain/intrusion/peer-tls.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import { type LinkActor, type LinkBackoff, type LinkEvent, linkMachine } from "../machines/csms-link.machine.ts";
import type { Clock, Random } from "../ports.ts";
import { checkedConnect } from "./checked-connect.ts";
import type { DialBudget, Leave } from "./dial-budget.ts";
import { failureCode } from "./failure-code.ts";
import type { LinkIdentity } from "./link-identity.ts";
import type { NorthLink } from "./north-link.ts";
import { peerCertificate } from "./peer-certificate.ts";
import { CLOSE, PeerSocket } from "./peer-socket.ts";
import type { RevocationCheck } from "./pki/revocation.ts";
import type { SendBatch } from "./send-batch.ts";
import { checkServerIdentity, clientTls } from "./tls-settings.ts";

export interface CsmsLinkOptions {
  readonly stationId: StationId;
  readonly version: OcppVersion;
  /** Subprotocols to offer, where the CSMS does not speak the station's version. */
  readonly protocols?: readonly string[];
  /** Where it goes, asked with every dial. */
  readonly csms: () => CsmsConfig;
  readonly family: LinkFamily;
  readonly dials: DialBudget;
  readonly backoff: LinkBackoff;
  readonly limits: {
    readonly maxPayloadBytes: number;
    readonly pingIntervalSec: number;
    readonly missedPongs: number;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly batch: SendBatch;
  /** Replaces the network. */
  readonly openSocket?: OpenSocket | undefined;
  /** Undefined: no CSMS's certificate is asked about. */
  readonly revocation?: Pick<RevocationCheck, "check"> | undefined;
  /** Undefined: certificate and roots are those of the configuration. */
  readonly identity?: LinkIdentity | undefined;
  /** Password of HTTP Basic towards the CSMS, asked for with every dial. */
  readonly password: () => Buffer | undefined;
  /** The CSMS answered 401. */
  readonly onRefused: () => void;
  readonly onFrame: (bytes: Buffer) => void;
  /** @param protocol the subprotocol that the CSMS has chosen */
  readonly onUp: (protocol: string) => void;
  /**
   * @param reason close code or error code, no text of the peer's
   * @param wasUp false: it never came up this time
   */
  /** How the CSMS has shown itself; called before any message is sent. @returns false: the link may not be */
  readonly onTls?: (peer: PeerTls) => boolean;
  readonly onDown: (reason: string, wasUp: boolean) => void;
  readonly onDrain: () => void;
}

/** Time for TCP, TLS and the upgrade together. */
const HANDSHAKE_TIMEOUT_MS = 20_000;

/** Begins a handshake, as the constructor of `ws` does. */
export type OpenSocket = (url: string, protocols: string[], options: ClientOptions) => WebSocket;

const dialWebSocket: OpenSocket = (url, protocols, options) => new WebSocket(url, protocols, options);

/** What all links of a gateway share. */
export interface LinkFamily {
  readonly logic: typeof linkMachine;
  /** Actors with a parent share its system, which would cost each two kilobytes. It ignores what they report. */
  readonly parent: AnyActorRef;
}

/** Binds the link machine to real time. */
export function createLinkFamily(clock: Clock): LinkFamily {
  const logic = linkMachine.provide({
    actors: {
      deadline: fromCallback<EventObject, { readonly at: EpochMs }>(({ input, sendBack }) =>
        clock.callAt(input.at, () => sendBack({ type: "wait.over", at: clock.now() })),
      ),
    },
  });
  return { logic, parent: createActor(fromTransition(() => null, null)).start() };
}

export class CsmsLink implements NorthLink {
  readonly #options: CsmsLinkOptions;
  readonly #actor: LinkActor;
  #socket: PeerSocket | undefined;

  constructor(options: CsmsLinkOptions) {
    this.#options = options;
    const { family, backoff } = options;
    this.#actor = createActor(family.logic, {
      input: { backoff, dial: (send) => this.#dial(send) },
      parent: family.parent,
    });
  }

  start(): void {
    this.#actor.start();
  }

  get isUp(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  get state(): "up" | "connecting" | "down" {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.hasTag("up")) return "up";
    return snapshot.hasTag("connecting") ? "connecting" : "down";
  }

  get socket(): PeerSocket | undefined {
    return this.#socket;
  }

  /** False when the link is down: nothing was sent. */
  send(frame: Uint8Array | string): boolean {
    return this.#socket?.send(frame) ?? false;
  }

  /** Hangs up; the link dials again, with the credentials it is given then. */
  redial(): void {
    this.#socket?.close(CLOSE.goingAway);
  }

  /** Ends the link for good. */
  stop(code: number): void {
    this.#socket?.close(code);
    this.#actor.send({ type: "link.dismissed", at: this.#options.clock.now() });
  }

  /** Waits for a place among the handshakes first: that takes its time, and is no failure. */
  #dial(send: (event: LinkEvent) => void): () => void {
    const { dials, csms: target } = this.#options;
    let hangUp: () => void = () => undefined;
    const leave = dials.enter(target().url, (begun) => {
      hangUp = this.#connect(send, begun);
    });
    return () => {
      leave();
      hangUp();
    };
  }

  /** @param leave to be called when the handshake has ended, well or badly */
  #connect(send: (event: LinkEvent) => void, leave: Leave): () => void {
    const { clock, random, limits, batch, identity, onUp, onDown, onFrame, onDrain } = this.#options;
    let ws: WebSocket;
    try {
      ws = this.#open();
    } catch (error) {
      leave();
      // An unusable key or certificate shows here; the station waits and tries again like after any other failure.
      onDown(error instanceof Error ? error.message : "dial failed", false);
      queueMicrotask(() => send({ type: "link.lost", at: clock.now(), jitter: random.next() }));
      return () => undefined;
    }
    let cause = "";
    let wasUp = false;
    ws.on("error", (error: NodeJS.ErrnoException) => {
      cause = failureCode(error);
      if (cause.endsWith(" 401")) this.#options.onRefused();
    });
    let raw: Duplex | undefined;
    ws.on("upgrade", (response) => {
      raw = response.socket;
      if (!(raw instanceof TLSSocket)) return;
      const peer = peerTls(raw);
      const isInstalled = identity?.isByInstalledRoot(raw) ?? false;
      if (this.#options.onTls?.({ ...peer, isInstalled }) !== false) return;
      cause = "ERR_CSMS_TLS_CHANGED";
      ws.terminate();
    });
    ws.on("open", () => {
      leave();
      wasUp = true;
      if (raw !== undefined) socket.takeOver(raw);
      send({ type: "link.opened", at: clock.now() });
      identity?.up(raw);
      onUp(ws.protocol);
    });
    const socket = new PeerSocket(ws, {
      role: "client",
      maxPayloadBytes: limits.maxPayloadBytes,
      onFrame,
      onDrain,
      batch,
      pingIntervalMs: limits.pingIntervalSec * 1000,
      missedPongs: limits.missedPongs,
      now: clock.monotonicMs(),
      onClosed: (code) => {
        leave();
        if (this.#socket !== socket) return;
        this.#socket = undefined;
        // A link that was stopped has told so already.
        const reason = cause === "" ? String(code) : cause;
        identity?.down(reason, wasUp);
        onDown(reason, wasUp);
        send({ type: "link.lost", at: clock.now(), jitter: random.next() });
      },
    });
    this.#socket = socket;
    return () => {
      if (this.#socket === socket) this.#socket = undefined;
      if (ws.readyState === WebSocket.OPEN) socket.close(CLOSE.goingAway);
      else if (ws.readyState === WebSocket.CONNECTING) ws.terminate();
    };
  }

  #open(): WebSocket {
    const { version, protocols = [version], stationId, limits, openSocket = dialWebSocket } = this.#options;
    const csms = this.#options.csms();
    const identity = csms.identity ?? stationId;
    const headers: Record<string, string> = {};
    const password = this.#options.password();
    if (password !== undefined) {
      const credentials = Buffer.concat([Buffer.from(`${identity}:`), password]);
      headers["Authorization"] = `Basic ${credentials.toString("base64")}`;
    }
    return openSocket(`${csms.url.replace(/\/+$/, "")}/${encodeURIComponent(identity)}`, [...protocols], {
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      followRedirects: false,
      maxPayload: limits.maxPayloadBytes,
      perMessageDeflate: csms.deflate
        ? { serverNoContextTakeover: true, clientNoContextTakeover: true, serverMaxWindowBits: 10, threshold: 512 }
        : false,
      ...(this.#options.identity?.dial(csms) ?? tlsOptions(csms)),
      ...this.#checked(csms),
    });
  }

  /** Whether the CSMS's certificate was withdrawn is asked before it gets a password. */
  #checked(csms: CsmsConfig): ClientOptions {
    const { revocation } = this.#options;
    if (revocation === undefined || csms.revocation === "off" || !csms.url.startsWith("wss:")) return {};
    return { createConnection: checkedConnect(revocation, csms.revocation) };
  }
}

function peerTls(socket: TLSSocket): PeerTls {
  // First: after the other call this one finds no chain.
  const anchor = anchorOf(socket);
  const certificate = peerCertificate(socket);
  return {
    fingerprint: certificate?.fingerprint256 ?? "",
    issuer: certificate?.issuer ?? "",
    anchor,
    protocol: socket.getProtocol() ?? "",
    cipher: socket.getCipher()?.name ?? "",
  };
}

/** An anchor names itself as its issuer; a chain that ends without one is a partial one. */
function anchorOf(socket: TLSSocket): string | undefined {
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  for (let depth = 0; depth < LONGEST_CHAIN && certificate?.issuerCertificate !== undefined; depth += 1) {
    if (certificate.issuerCertificate.fingerprint256 === certificate.fingerprint256) return certificate.fingerprint256;
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

const LONGEST_CHAIN = 10;

const contexts = new WeakMap<NonNullable<CsmsConfig["tls"]>, SecureContext>();

/** One secure context per configured credential, shared by all links: parsing keys per connection costs a storm dearly. */
function tlsOptions({ url, tls, allowWildcards, staticRsa }: CsmsConfig): object {
  if (!url.startsWith("wss:") || tls === undefined) return {};
  let secureContext = contexts.get(tls);
  if (secureContext === undefined) {
    // An empty list, not Node's bundled roots, when no trust anchor is configured.
    secureContext = createSecureContext({
      ...clientTls(staticRsa),
      ca: tls.ca ?? [],
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
    });
    contexts.set(tls, secureContext);
  }
  return {
    secureContext,
    ALPNProtocols: ["http/1.1"],
    checkServerIdentity: checkServerIdentity(allowWildcards),
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
  };
}
