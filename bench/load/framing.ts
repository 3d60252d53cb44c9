/**
 * As much of RFC 6455 as a load generator needs, on raw `net` sockets: a WebSocket library in the generator would cost
 * more per message than the proxies that are to be measured. No extensions, no fragments (a fragment is reported as an
 * error: none of the measured proxies sends any for messages of this size).
 */
import { createHash } from "node:crypto";

export const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 } as const;

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The `Sec-WebSocket-Accept` that answers `key`. RFC 6455 §4.2.2. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}${ACCEPT_SUFFIX}`).digest("base64");
}

/** Length of the header in front of a payload of `length` bytes, without mask. */
export const headerLength = (length: number): number => (length < 126 ? 2 : 4);

/** Writes an unmasked header (FIN set) for `length` < 65 536 and returns its length. */
export function writeHeader(target: Buffer, opcode: number, length: number): number {
  target[0] = 0x80 | opcode;
  if (length < 126) {
    target[1] = length;
    return 2;
  }
  target[1] = 126;
  target.writeUInt16BE(length, 2);
  return 4;
}

/** A whole server frame. */
export function plainFrame(opcode: number, payload: Uint8Array): Buffer {
  const header = headerLength(payload.length);
  const frame = Buffer.allocUnsafe(header + payload.length);
  writeHeader(frame, opcode, payload.length);
  frame.set(payload, header);
  return frame;
}

/** A whole client frame, masked with `key` (4 bytes, not zero: some servers skip the work for a zero key). */
export function maskedFrame(opcode: number, payload: Uint8Array, key: Uint8Array): Buffer {
  const header = headerLength(payload.length);
  const frame = Buffer.allocUnsafe(header + 4 + payload.length);
  writeHeader(frame, opcode, payload.length);
  frame[1] = (frame[1] ?? 0) | 0x80;
  frame.set(key, header);
  frame.set(payload, header + 4);
  unmask(frame, header + 4, frame.length, frame, header);
  return frame;
}

/** XORs `data[start..end)` in place with the four bytes at `key[keyAt..]`. */
export function unmask(data: Uint8Array, start: number, end: number, key: Uint8Array, keyAt: number): void {
  for (let i = start; i < end; i++) data[i] = (data[i] ?? 0) ^ (key[keyAt + ((i - start) & 3)] ?? 0);
}

/**
 * Takes one frame. `data[start..end)` is the payload, still masked when `maskAt` (where the key is) is not −1. The bytes
 * are only valid during the call.
 */
export type FrameHandler = (opcode: number, data: Buffer, start: number, end: number, maskAt: number) => void;

/** Cuts a byte stream into frames. */
export class FrameReader {
  readonly #onFrame: FrameHandler;
  #rest: Buffer | undefined;

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame;
  }

  /**
   * @param chunk bytes as they came; not kept after the call
   * @throws Error on a fragmented message
   */
  push(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let at = 0;
    while (at < data.length) {
      const end = this.#one(data, at);
      if (end === at) break;
      at = end;
    }
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
  }

  /** Handles the frame at `at` and returns where it ends; `at` itself when it is not complete yet. */
  #one(data: Buffer, at: number): number {
    const available = data.length - at;
    if (available < 2) return at;
    const first = data[at] ?? 0;
    const second = data[at + 1] ?? 0;
    if (first < 0x80) throw new Error("fragmented WebSocket message");
    const code = second & 0x7f;
    const lengthBytes = code < 126 ? 0 : code === 126 ? 2 : 8;
    const masked = second >= 0x80;
    const header = 2 + lengthBytes + (masked ? 4 : 0);
    if (available < header) return at;
    const length = code < 126 ? code : code === 126 ? data.readUInt16BE(at + 2) : data.readUIntBE(at + 4, 6);
    const end = at + header + length;
    if (end > data.length) return at;
    this.#onFrame(first & 0x0f, data, at + header, end, masked ? at + header - 4 : -1);
    return end;
  }
}
