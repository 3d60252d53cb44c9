/** Reads a payload of the health lane as any subscriber has to: JSON or CBOR (first byte 0xa0 to 0xbf), or one of them deflated (0x78). */
import { inflateSync } from "node:zlib";
import { decodeCbor } from "./cbor.ts";

/** Of what a batch may become; a gateway's are far below. */
const MAX_BYTES = 16 * 1024 * 1024;
const ZLIB = 0x78;
/** Major type 5 in the upper three bits. */
const CBOR_MAP = 5;

/** The message as JSON text. */
export function healthText(payload: Uint8Array): string {
  const plain = payload[0] === ZLIB ? inflateSync(payload, { maxOutputLength: MAX_BYTES }) : payload;
  if ((plain[0] ?? 0) >> 5 === CBOR_MAP) return JSON.stringify(decodeCbor(plain));
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString();
}
