/**
 * A text frame as a server sends it (FIN, opcode 1, no mask), header and payload in one buffer: one write where `ws` would hand
 * the kernel two pieces.
 *
 * @see RFC 6455 §5.2
 */

const TEXT_FIN = 0x81;

export function serverTextFrame(payload: Uint8Array | string): Buffer {
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = TEXT_FIN;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof payload === "string") frame.write(payload, header, "utf8");
  else frame.set(payload, header);
  return frame;
}
