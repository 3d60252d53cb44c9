/** A message as it travels: JSON or CBOR, and deflated where that is shorter. After the tripwire, which reads text. */
import { deflateSync } from "node:zlib";
import { encodeCbor } from "../../domain/cbor/encode.ts";
import type { Payload } from "./outbox.ts";
import type { WorkerConfig } from "./thread-messages.ts";

/** Shorter payloads gain too little. */
const DEFLATE_FROM_BYTES = 256;

/** @param text JSON of an object of ours */
export function packPayload(
  text: string,
  { encoding, deflate }: Pick<WorkerConfig, "encoding" | "deflate">,
): { readonly payload: Payload; readonly bytes: number } {
  const plain = encoding === "cbor" ? encodeCbor(JSON.parse(text)) : text;
  const bytes = Buffer.byteLength(plain);
  if (!deflate || bytes < DEFLATE_FROM_BYTES) return { payload: plain, bytes };
  const deflated = deflateSync(plain);
  return deflated.length < bytes ? { payload: deflated, bytes: deflated.length } : { payload: plain, bytes };
}
