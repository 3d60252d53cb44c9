/**
 * One WebSocket with a peer, station or CSMS alike: frames in and out, liveness, back-pressure, closing.
 *
 * Promises: `onFrame` gets text frames only (a binary one closes with 1003); `onClosed` is called exactly once; nothing here
 * throws; a peer that answers no pings is terminated, half-open sockets included.
 */
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import { readTextFrames } from "./frame-reader.ts";
import type { BatchedSocket, SendBatch } from "./send-batch.ts";
import { clientTextFrame, serverTextFrame } from "./text-frame.ts";

export interface PeerSocketOptions {
  readonly onFrame: (bytes: Buffer) => void;
  readonly onClosed: (code: number, reason: string) => void;
  readonly batch: SendBatch;
  /** `server`: the peer is a station, and masks; `client`: it is a CSMS, and we do. */
  readonly role: "server" | "client";
  /** The same limit that `ws` has. */
  readonly maxPayloadBytes: number;
  /** What waits unsent has fallen below the mark again. */
  readonly onDrain?: () => void;
  readonly pingIntervalMs: number;
  /** Pings in a row that may stay unanswered. */
  readonly missedPongs: number;
  /** Milliseconds of the monotonic clock. */
  readonly now: number;
}

/** Bytes that may wait in a socket before the other leg is paused. */
export const HIGH_WATER_BYTES = 256 * 1024;
/** Close codes a peer may see: planned and trouble, see docs/protocol.md. */
export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  protocolError: 1002,
  policy: 1008,
  restart: 1012,
  tryLater: 1013,
  trouble: 1011,
} as const;
/** A peer that has not finished the closing handshake by then is cut. */
const CLOSE_GRACE_MS = 3000;

export class PeerSocket implements BatchedSocket {
  readonly #ws: WebSocket;
  readonly #options: PeerSocketOptions;
  #raw: Duplex | undefined;
  #pingAt: number;
  #unanswered = 0;
  #heard = false;
  #paused = false;
  /** Frames in the batch. */
  #batched = 0;
  #onPong: (() => void) | undefined;
  #probe: Promise<boolean> | undefined;

  constructor(ws: WebSocket, options: PeerSocketOptions) {
    this.#ws = ws;
    this.#options = options;
    // The first ping is staggered, so that a fleet that came at once is not pinged at once.
    this.#pingAt = options.now + options.pingIntervalMs * (0.5 + Math.random() / 2);
    ws.on("message", (data: RawData, isBinary: boolean) => {
      if (isBinary) {
        this.#heard = true;
        this.close(CLOSE.unsupportedData, "text frames only");
      } else this.#onText(data as Buffer);
    });
    ws.on("ping", () => {
      this.#heard = true;
    });
    ws.on("pong", () => {
      this.#heard = true;
      this.#onPong?.();
    });
    // A protocol error is followed by `close`; what it was stands in the code.
    ws.on("error", () => undefined);
    ws.on("close", (code: number, reason: Buffer) => options.onClosed(code, reason.toString("utf8")));
  }

  readonly #onText = (bytes: Buffer): void => {
    this.#heard = true;
    this.#options.onFrame(bytes);
  };

  /**
   * Reads and writes whole text frames on the TCP or TLS socket under the WebSocket, past `ws`. To be called as soon as that is
   * open. Without effect where an extension is negotiated: `ws` may then have frames of its own waiting to be compressed.
   */
  takeOver(raw: Duplex): void {
    if (this.#ws.extensions !== "") return;
    this.#raw = raw;
    const { role, maxPayloadBytes } = this.#options;
    readTextFrames(raw, { masked: role === "server", maxPayloadBytes, onText: this.#onText });
  }

  get isOpen(): boolean {
    return this.#ws.readyState === 1;
  }

  /** Bytes accepted by `send` and not yet taken by the kernel. */
  get buffered(): number {
    return this.#ws.bufferedAmount;
  }

  /**
   * Sends a text frame; false when the socket is not open (nothing was sent).
   *
   * @param urgent written at once, unless frames of this socket wait already
   */
  send(frame: Uint8Array | string, urgent = false): boolean {
    if (this.#ws.readyState !== 1) return false;
    if (urgent && this.#batched === 0) {
      this.#batched = 1;
      this.writeNow(frame);
      return true;
    }
    this.#batched += 1;
    this.#options.batch.push(this, frame);
    return true;
  }

  /** For the batch. */
  writeNow(frame: Uint8Array | string): void {
    this.#batched -= 1;
    if (this.#ws.readyState !== 1) return;
    const { role, onDrain } = this.#options;
    // Every frame that may end above the mark wakes up whoever was paused for it. A UTF-16 unit takes three bytes at most.
    const most = typeof frame === "string" ? 3 * frame.length : frame.length;
    const done = onDrain !== undefined && this.#ws.bufferedAmount + most > HIGH_WATER_BYTES ? onDrain : undefined;
    if (this.#raw !== undefined)
      this.#raw.write(role === "server" ? serverTextFrame(frame) : clientTextFrame(frame), done);
    else if (done !== undefined) this.#ws.send(frame, { binary: false }, done);
    else this.#ws.send(frame, { binary: false });
  }

  /** Stops reading; TCP tells the peer. */
  pause(): void {
    if (this.#paused || this.#ws.readyState !== 1) return;
    this.#paused = true;
    this.#ws.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#ws.resume();
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * To be called every second or so: pings when it is time, and terminates a peer that left too many pings unanswered.
   *
   * @returns true when it terminated the peer
   */
  check(now: number): boolean {
    if (now < this.#pingAt || this.#ws.readyState !== 1) return false;
    this.#pingAt = now + this.#options.pingIntervalMs;
    // A paused socket cannot hear pongs; its silence proves nothing.
    this.#unanswered = this.#heard || this.#paused ? 0 : this.#unanswered + 1;
    this.#heard = false;
    if (this.#unanswered > this.#options.missedPongs) {
      this.#ws.terminate();
      return true;
    }
    this.#ws.ping();
    return false;
  }

  /**
   * Whether the peer answers a ping within `deadlineMs`. Who asks while a probe is under way gets the outcome of that one: two
   * newcomers at once must not make a live peer look dead. A paused socket counts as alive, for it cannot hear the answer.
   */
  probe(deadlineMs: number): Promise<boolean> {
    if (this.#ws.readyState !== 1) return Promise.resolve(false);
    if (this.#paused) return Promise.resolve(true);
    this.#probe ??= new Promise((resolve) => {
      const end = (alive: boolean) => {
        clearTimeout(timer);
        this.#onPong = undefined;
        this.#probe = undefined;
        resolve(alive);
      };
      const timer = setTimeout(() => end(false), deadlineMs);
      this.#onPong = () => end(true);
      this.#ws.ping();
    });
    return this.#probe;
  }

  /** Closing handshake, then `onClosed`; a peer that does not join in is cut after three seconds. */
  close(code: number, reason = ""): void {
    if (this.#ws.readyState > 1) return;
    this.resume();
    if (this.#batched > 0) this.#options.batch.flush();
    this.#ws.close(code, reason);
    const ws = this.#ws;
    setTimeout(() => ws.readyState !== 3 && ws.terminate(), CLOSE_GRACE_MS).unref();
  }

  terminate(): void {
    this.#ws.terminate();
  }
}
