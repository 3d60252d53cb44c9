/**
 * A capture, sealed for its way: compressed bytes cut into chunks, each with its digest and with the link of a hash chain
 * that begins at the capture's name.
 *
 *     link 0 = sha256(id, count, bytes)      link n = sha256(link n−1, sha256(chunk n))
 *
 * A chunk that was changed, lost, repeated, put elsewhere or taken from another capture is found. There is no key in it: who
 * can write all chunks can seal anew. The last link (`head`), kept in another place, shows that too.
 */
import { createHash } from "node:crypto";
import { err, ok, type Result } from "../result.ts";

export const CHUNK_BYTES = 16 * 1024;
export const MAX_SEALED_BYTES = 64 * 1024;

export interface SealedChunk {
  readonly id: string;
  /** Counts from 1. */
  readonly n: number;
  readonly of: number;
  /** Of the whole capture. */
  readonly bytes: number;
  readonly sha256: string;
  readonly link: string;
  readonly data: Uint8Array;
}

export type SealFault =
  | "unreadable"
  | "no-chunks"
  | "missing"
  | "foreign"
  | "wrong-digest"
  | "wrong-link"
  | "wrong-length";

export interface SealError {
  readonly fault: SealFault;
  /** Number of the chunk, as its place says. */
  readonly n: number;
}

/** Undefined: longer than {@link MAX_SEALED_BYTES}, or empty. */
export function seal(id: string, body: Uint8Array): readonly SealedChunk[] | undefined {
  if (body.length === 0 || body.length > MAX_SEALED_BYTES) return undefined;
  const of = Math.ceil(body.length / CHUNK_BYTES);
  const chunks: SealedChunk[] = [];
  let link = beginning(id, of, body.length);
  for (let n = 1; n <= of; n += 1) {
    const data = body.slice((n - 1) * CHUNK_BYTES, n * CHUNK_BYTES);
    const sha256 = digest(data);
    link = digest(`${link}${sha256}`);
    chunks.push({ id, n, of, bytes: body.length, sha256, link, data });
  }
  return chunks;
}

export interface Unsealed {
  readonly body: Uint8Array;
  /** The chain's last link: kept elsewhere, it proves that nobody sealed anew. */
  readonly head: string;
}

/** Checks all chunks of one capture, in their order, and puts them together. */
export function unseal(chunks: readonly SealedChunk[]): Result<Unsealed, SealError> {
  const [first] = chunks;
  if (first === undefined) return err({ fault: "no-chunks", n: 0 });
  const { id, of, bytes } = first;
  if (chunks.length !== of) return err({ fault: "missing", n: chunks.length + 1 });
  let link = beginning(id, of, bytes);
  for (const [i, chunk] of chunks.entries()) {
    const fault = faultOf(chunk, { id, of, bytes, n: i + 1 });
    if (fault !== undefined) return err({ fault, n: i + 1 });
    link = digest(`${link}${chunk.sha256}`);
    if (chunk.link !== link) return err({ fault: "wrong-link", n: i + 1 });
  }
  const body = Buffer.concat(chunks.map(({ data }) => data));
  return body.length === bytes ? ok({ body, head: link }) : err({ fault: "wrong-length", n: of });
}

function faultOf(chunk: SealedChunk, expected: Pick<SealedChunk, "id" | "of" | "bytes" | "n">): SealFault | undefined {
  if (chunk.id !== expected.id || chunk.of !== expected.of || chunk.bytes !== expected.bytes) return "foreign";
  if (chunk.n !== expected.n) return "missing";
  return digest(chunk.data) === chunk.sha256 ? undefined : "wrong-digest";
}

const beginning = (id: string, of: number, bytes: number): string => digest(JSON.stringify([id, of, bytes]));

const digest = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex");
