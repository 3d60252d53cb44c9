/**
 * WebSockets without a network: the gateway's end is what `PeerSocket` takes for one of `ws`, the other end is a peer of the
 * model. Frames arrive in order, after the line's latency; a line can break, or fall silent without anybody being told.
 */
import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import { type Owner, type VirtualTime, WORLD } from "./virtual-time.ts";

/** The end that is not the gateway's. */
export interface Peer {
  readonly onText: (text: string) => void;
  /** Called once. */
  readonly onClosed: () => void;
}

export interface LineOptions {
  readonly time: VirtualTime;
  /** The life of the gateway that holds the other end. */
  readonly owner: Owner;
  readonly latencyMs: () => number;
  readonly peer: Peer;
  /** `connecting`: not open yet. */
  readonly state: "connecting" | "open";
}

const OPEN = 1;
const CLOSED = 3;
/** A peer notices by its own pings that nobody is there. */
const PEER_PATIENCE_MS = 45_000;

export class Line extends EventEmitter {
  readyState: number;
  readonly extensions = "none";
  readonly bufferedAmount = 0;
  readonly #options: LineOptions;
  #toGatewayAt = 0;
  #toPeerAt = 0;
  #isSilent = false;
  #isPaused = false;
  #peerIsTold = false;
  #held: (() => void)[] = [];

  constructor(options: LineOptions) {
    super();
    this.#options = options;
    this.readyState = options.state === "open" ? OPEN : 0;
  }

  /** For the gateway, which knows only this of it. */
  get socket(): WebSocket {
    return this as unknown as WebSocket;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Nothing arrives any more, in either direction, and nobody is told. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** The handshake is over. */
  opened(): void {
    if (this.readyState !== 0) return;
    this.readyState = OPEN;
    this.emit("open");
  }

  /** The handshake failed. */
  refused(code: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit("error", Object.assign(new Error(code), { code }));
    this.emit("close", 1006, Buffer.alloc(0));
  }

  // What the gateway calls.

  send(frame: Uint8Array | string, _options?: object, done?: () => void): void {
    const text = typeof frame === "string" ? frame : Buffer.from(frame).toString("utf8");
    this.#towardsPeer(() => this.#options.peer.onText(text));
    done?.();
  }

  ping(): void {
    this.#towardsPeer(() => this.#towardsGateway(() => this.emit("pong")));
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    for (const deliver of held) this.#towardsGateway(deliver);
  }

  close(code = 1005, reason = ""): void {
    if (this.readyState > OPEN) return;
    this.readyState = 2;
    this.#towardsPeer(() => {
      this.#tellPeer();
      this.#towardsGateway(() => this.#ended(code, reason));
    });
  }

  terminate(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    const { time, owner } = this.#options;
    this.#towardsPeer(() => this.#tellPeer());
    time.after(0, () => this.emit("close", 1006, Buffer.alloc(0)), owner);
  }

  // What the peer and the world do.

  fromPeer(text: string): void {
    const bytes = Buffer.from(text);
    this.#towardsGateway(() => {
      if (this.#isPaused) this.#held.push(() => this.emit("message", bytes, false));
      else if (this.readyState < CLOSED) this.emit("message", bytes, false);
    });
  }

  closedByPeer(): void {
    this.#peerIsTold = true;
    this.#towardsGateway(() => this.#ended(1000, ""));
  }

  /** The connection breaks, and both ends are told. */
  cut(): void {
    const { time } = this.#options;
    if (this.#isSilent) return;
    this.#isSilent = true;
    time.after(1, () => this.#tellPeer());
    time.after(1, () => this.#ended(1006, ""), this.#options.owner);
  }

  fallSilent(): void {
    this.#isSilent = true;
    this.#options.time.after(PEER_PATIENCE_MS, () => this.#tellPeer());
  }

  /** The gateway's process has ended: its system tells the peer. */
  killed(): void {
    this.readyState = CLOSED;
    this.#towardsPeer(() => this.#tellPeer());
  }

  #ended(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.emit("close", code, Buffer.from(reason));
  }

  #tellPeer(): void {
    if (this.#peerIsTold) return;
    this.#peerIsTold = true;
    this.#options.peer.onClosed();
  }

  #towardsPeer(deliver: () => void): void {
    const { time, latencyMs } = this.#options;
    this.#toPeerAt = Math.max(this.#toPeerAt, time.now + latencyMs());
    time.after(this.#toPeerAt - time.now, () => !this.#isSilent && !this.#peerIsTold && deliver(), WORLD);
  }

  #towardsGateway(deliver: () => void): void {
    const { time, latencyMs, owner } = this.#options;
    this.#toGatewayAt = Math.max(this.#toGatewayAt, time.now + latencyMs());
    time.after(this.#toGatewayAt - time.now, () => !this.#isSilent && deliver(), owner);
  }
}
