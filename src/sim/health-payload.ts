/** Reads a payload of the health lane as any subscriber has to: JSON, or JSON that is deflated (first byte 0x78). */
import { inflateSync } from "node:zlib";

/** Of what a batch may become; a gateway's are far below. */
const MAX_BYTES = 16 * 1024 * 1024;
const ZLIB = 0x78;

export function healthText(payload: Uint8Array): string {
  const plain = payload[0] === ZLIB ? inflateSync(payload, { maxOutputLength: MAX_BYTES }) : payload;
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString();
}
