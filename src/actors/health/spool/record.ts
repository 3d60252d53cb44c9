/**
 * What the health spool writes, one after the other:
 *
 *     u32 length of the body · u32 CRC-32 of the body · body
 *     body: u16 length of the head · head (JSON) · payload
 *
 * A record whose check fails is where a crash, or a disk, has torn the file: nothing behind it is believed, because a length that is
 * wrong leads anywhere.
 */
import { crc32 } from "node:zlib";
import type { Gap } from "../gap-book.ts";
import type { Outgoing, Payload } from "../outbox.ts";

/** A message as kept; `id` is its number in this spool, over all boots. */
export interface MessageHead extends Omit<Outgoing, "payload" | "bytes" | "kept"> {
  readonly id: number;
  readonly isText: boolean;
}

/** Something that became true of messages written before. */
export interface Note {
  /** Messages that need not be sent again. */
  readonly done?: readonly number[];
  /** What is lost and has not been told, in place of what an earlier note of the same boot said. */
  readonly gaps?: readonly Gap[];
}

export type SpoolRecord =
  | { readonly kind: "message"; readonly head: MessageHead; readonly payload: Uint8Array }
  | { readonly kind: "note"; readonly note: Note };

const PREFIX_BYTES = 8;
const HEAD_LENGTH_BYTES = 2;
/** Longer ones are not written, and where one is read the file is damaged. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** @returns undefined where it is too long to be kept */
export function encodeMessage(head: MessageHead, payload: Payload): Buffer | undefined {
  return encode(JSON.stringify({ m: head }), typeof payload === "string" ? Buffer.from(payload) : payload);
}

export function encodeNote(note: Note): Buffer | undefined {
  return encode("{}", Buffer.from(JSON.stringify(note)));
}

function encode(head: string, payload: Uint8Array): Buffer | undefined {
  const headBytes = Buffer.from(head);
  const bodyBytes = HEAD_LENGTH_BYTES + headBytes.length + payload.length;
  if (bodyBytes > MAX_BODY_BYTES || headBytes.length > 0xffff) return undefined;
  const record = Buffer.allocUnsafe(PREFIX_BYTES + bodyBytes);
  record.writeUInt16LE(headBytes.length, PREFIX_BYTES);
  headBytes.copy(record, PREFIX_BYTES + HEAD_LENGTH_BYTES);
  record.set(payload, PREFIX_BYTES + HEAD_LENGTH_BYTES + headBytes.length);
  record.writeUInt32LE(bodyBytes, 0);
  record.writeUInt32LE(crc32(record.subarray(PREFIX_BYTES)), 4);
  return record;
}

/** The record at `offset`, and where the next begins; undefined where none that is whole stands there. */
export function decode(
  file: Buffer,
  offset: number,
): { readonly record: SpoolRecord; readonly end: number } | undefined {
  if (offset + PREFIX_BYTES + HEAD_LENGTH_BYTES > file.length) return undefined;
  const bodyBytes = file.readUInt32LE(offset);
  const start = offset + PREFIX_BYTES;
  const end = start + bodyBytes;
  if (bodyBytes < HEAD_LENGTH_BYTES || bodyBytes > MAX_BODY_BYTES || end > file.length) return undefined;
  const body = file.subarray(start, end);
  if (crc32(body) !== file.readUInt32LE(offset + 4)) return undefined;
  const payloadAt = HEAD_LENGTH_BYTES + body.readUInt16LE(0);
  const head = JSON.parse(body.toString("utf8", HEAD_LENGTH_BYTES, payloadAt)) as { readonly m?: MessageHead };
  const payload = body.subarray(payloadAt);
  const record: SpoolRecord =
    head.m === undefined
      ? { kind: "note", note: JSON.parse(payload.toString("utf8")) as Note }
      : { kind: "message", head: head.m, payload };
  return { record, end };
}
