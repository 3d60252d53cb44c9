/**
 * Text frames as they are sent, unfragmented (FIN, opcode 1), header and payload in one buffer: one write where `ws` would hand
 * the kernel two pieces. A server's frame is not masked, a client's is.
 *
 * @see RFC 6455 §5.2
 */
import { writeMasked } from "./frame-mask.ts";

const TEXT_FIN = 0x81;
const MASKED = 0x80;

export function serverTextFrame(payload: Uint8Array | string): Buffer {
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  const header = headerSize(length);
  const frame = Buffer.allocUnsafe(header + length);
  writeHeader(frame, length, 0);
  if (typeof payload === "string") frame.write(payload, header, "utf8");
  else frame.set(payload, header);
  return frame;
}

export function clientTextFrame(payload: Uint8Array | string): Buffer {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  const header = headerSize(bytes.length);
  const frame = Buffer.allocUnsafe(header + 4 + bytes.length);
  writeHeader(frame, bytes.length, MASKED);
  writeMasked(bytes, frame, header);
  return frame;
}

/** Without the mask. */
const headerSize = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

function writeHeader(frame: Buffer, length: number, maskBit: number): void {
  frame[0] = TEXT_FIN;
  if (length < 126) frame[1] = maskBit | length;
  else if (length < 65_536) {
    frame[1] = maskBit | 126;
    frame[2] = length >>> 8;
    frame[3] = length & 0xff;
  } else {
    frame[1] = maskBit | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
}
