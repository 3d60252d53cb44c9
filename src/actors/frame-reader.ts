/**
 * Reads whole text frames straight from a socket; everything else stays with `ws`.
 *
 *     chunk ─▶ text frame, FIN, complete, of allowed size, valid UTF-8 ─▶ onText
 *          ├─▶ ping, pong ─────────────────────────────────────────────▶ ws, exactly these bytes
 *          ├─▶ incomplete ─────────────────────────────────────────────▶ kept until the rest is there
 *          └─▶ anything else ──────────────────────────────────────────▶ ws has the socket from here on
 *
 * Nearly all of OCPP's traffic is of the first kind, and `ws` would lead it through a Writable stream and five states. The last
 * kind is what has rules and close codes of its own: fragments, binary, close frames, masks that are missing or forbidden, frames
 * that are too large, broken text. Those rules are `ws`' alone: it gets the bytes as they came, and reads for itself until the
 * connection ends. So there is one implementation of each, and no state to be handed back.
 *
 * Only for sockets without extensions. Promises: messages, their order and close codes are the same as with `ws` alone, however
 * the bytes are cut (`test/actors/frame-reader.test.ts`); what is kept is bounded by the largest allowed frame.
 *
 * @see RFC 6455 §5.2 (framing), §5.1 (masks), §8.1 (UTF-8)
 */
import { isUtf8 } from "node:buffer";
import type { Duplex } from "node:stream";
import { unmask } from "./frame-mask.ts";

export interface FrameReaderOptions {
  /** True for a server, whose peer has to mask its frames; a client's must not. */
  readonly masked: boolean;
  readonly maxPayloadBytes: number;
  /** Pieces of one frame that are kept; beyond, `ws` gets them and decides what such a peer deserves. */
  readonly maxPieces?: number;
  /** The payload is the receiver's to keep. */
  readonly onText: (payload: Buffer) => void;
}

type DataListener = (this: Duplex, chunk: Buffer) => void;

/** First byte of a frame with FIN and without reserved bits. */
const TEXT = 0x81;
const PING = 0x89;
const PONG = 0x8a;
const MASKED = 0x80;
const MAX_CONTROL_PAYLOAD = 125;
/** Pieces of one frame that are kept by default: as many as the listener's `ws` keeps. */
const MAX_PIECES = 1024;

/**
 * Takes over reading from a `ws` that has just opened on `raw`; where `ws` does not listen in the way it is known to, nothing is
 * changed, and it reads as ever.
 */
export function readTextFrames(raw: Duplex, options: FrameReaderOptions): void {
  const [listener, ...others] = raw.listeners("data");
  if (listener !== undefined && others.length === 0) new FrameReader(raw, options, listener as DataListener).start();
}

class FrameReader {
  readonly #raw: Duplex;
  readonly #options: FrameReaderOptions;
  readonly #ws: DataListener;
  readonly #push: Duplex["push"];
  /** Mask bit of the second byte, as it has to be. */
  readonly #maskBit: number;
  #pieces: Buffer[] | undefined;
  #kept = 0;
  /** Bytes that have to be there before another look is worth while. */
  #needed = 0;

  constructor(raw: Duplex, options: FrameReaderOptions, ws: DataListener) {
    this.#raw = raw;
    this.#options = options;
    this.#ws = ws;
    this.#push = raw.push;
    this.#maskBit = options.masked ? MASKED : 0;
  }

  start(): void {
    const raw = this.#raw;
    raw.on("data", this.#onData);
    raw.removeListener("data", this.#ws);
    raw.prependListener("close", this.#onClose);
    raw.push = this.#onPush;
  }

  /**
   * What the socket's handle has read. While the stream flows and holds nothing back, the way through its buffer changes nothing
   * but the time it takes (a tenth of what reading costs, and a task of its own for every chunk).
   */
  readonly #onPush = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    const raw = this.#raw;
    if (chunk === null || raw.readableFlowing !== true || raw.readableLength > 0) {
      return this.#push.call(raw, chunk, encoding);
    }
    this.#onData(chunk);
    return true;
  };

  readonly #onData = (chunk: Buffer): void => {
    const pieces = this.#pieces;
    if (pieces === undefined) {
      this.#read(chunk);
      return;
    }
    pieces.push(chunk);
    this.#kept += chunk.length;
    if (this.#kept >= this.#needed) {
      this.#pieces = undefined;
      this.#read(Buffer.concat(pieces, this.#kept));
    } else if (pieces.length >= (this.#options.maxPieces ?? MAX_PIECES)) this.#handOver(pieces);
  };

  /** A paused socket that closes still holds what was not read; `ws` would take it for the beginning of a frame. */
  readonly #onClose = (): void => {
    const left: Buffer | null = this.#raw.readableLength > 0 ? this.#raw.read(this.#raw.readableLength) : null;
    if (left !== null) this.#onData(left);
  };

  #read(bytes: Buffer): void {
    const end = bytes.length;
    let at = 0;
    while (at < end) {
      const size = this.#frameSize(bytes, at, end - at);
      if (size !== undefined && at + size > end) {
        this.#keep(bytes.subarray(at), size);
        return;
      }
      if (size === undefined || !this.#take(bytes, at, size)) {
        this.#handOver([bytes.subarray(at)]);
        return;
      }
      at += size;
    }
  }

  /**
   * Size of the frame at `at`, header included; where its header is not whole yet, the bytes needed to know more.
   *
   * @returns undefined for a frame that is not read here
   */
  #frameSize(bytes: Buffer, at: number, left: number): number | undefined {
    if (left < 2) return 2;
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const short = second & 0x7f;
    if ((second & MASKED) !== this.#maskBit) return undefined;
    if (first !== TEXT && !((first === PING || first === PONG) && short <= MAX_CONTROL_PAYLOAD)) return undefined;
    const mask = this.#maskBit === 0 ? 0 : 4;
    if (short < 126) return this.#allowed(short, 2 + mask);
    if (short === 126) return left < 4 ? 4 : this.#allowed(bytes.readUInt16BE(at + 2), 4 + mask);
    return left < 10 ? 10 : this.#allowed(Number(bytes.readBigUInt64BE(at + 2)), 10 + mask);
  }

  #allowed(length: number, header: number): number | undefined {
    return length > this.#options.maxPayloadBytes ? undefined : header + length;
  }

  /** One whole frame; false when its text is broken: the bytes are then what they were. */
  #take(bytes: Buffer, at: number, size: number): boolean {
    if (bytes[at] !== TEXT) {
      this.#ws.call(this.#raw, bytes.subarray(at, at + size));
      return true;
    }
    const short = (bytes[at + 1] as number) & 0x7f;
    const isMasked = this.#maskBit !== 0;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10) + (isMasked ? 4 : 0);
    const payload = bytes.subarray(start, at + size);
    if (isMasked) unmask(payload, bytes, start - 4);
    if (isUtf8(payload)) {
      this.#options.onText(payload);
      return true;
    }
    if (isMasked) unmask(payload, bytes, start - 4);
    return false;
  }

  #keep(piece: Buffer, needed: number): void {
    this.#pieces = [piece];
    this.#kept = piece.length;
    this.#needed = needed;
  }

  #handOver(pieces: readonly Buffer[]): void {
    const raw = this.#raw;
    this.#pieces = undefined;
    raw.push = this.#push;
    raw.on("data", this.#ws);
    raw.removeListener("data", this.#onData);
    raw.removeListener("close", this.#onClose);
    for (const piece of pieces) this.#ws.call(raw, piece);
  }
}
