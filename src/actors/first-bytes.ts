/**
 * What a new socket says first, before anything is made for it: a TLS session costs a hundred times what its bytes do, and a scanner that
 * says nothing, half a ClientHello, or something else altogether is not worth one.
 *
 *     bytes ─▶ looks like it? ─ no ─▶ ended
 *                └ whole enough ─▶ turnstile ─▶ refused by its head alone? ─ no ─▶ given back to the socket ─▶ begin
 */
import type { Socket } from "node:net";
import type { Turnstile } from "./turnstile.ts";

/** As long as the headers of a request may take. */
const LONGEST_MS = 5_000;
const HANDSHAKE_RECORD = 0x16;
const RECORD_HEADER_BYTES = 5;
/** What the parser takes at most. */
const LONGEST_HEAD_BYTES = 8 * 1024;
const TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
/** RFC 8446 §5.1. */
const LARGEST_RECORD_BYTES = 16_384;

/** True: enough for who speaks this; false: never; undefined: more is needed. */
type Looks = (bytes: Buffer) => boolean | undefined;

/** The first record of a ClientHello, whole. */
const isHello: Looks = (bytes) => {
  if (bytes[0] !== HANDSHAKE_RECORD || (bytes[1] ?? 3) !== 3) return false;
  if (bytes.length < RECORD_HEADER_BYTES) return undefined;
  const length = bytes.readUInt16BE(3);
  if (length === 0 || length > LARGEST_RECORD_BYTES) return false;
  return bytes.length >= RECORD_HEADER_BYTES + length ? true : undefined;
};

/**
 * Methods are letters, perhaps after an empty line (RFC 9112 §2.2). A parser is made for a whole head: half of one would have it wait, and one
 * that is too long it would not take.
 */
const isRequest: Looks = (bytes) => {
  if (!/^[A-Z\r\n]/.test(String.fromCharCode(bytes[0] ?? 0))) return false;
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return bytes.length > LONGEST_HEAD_BYTES ? false : undefined;
  return end <= LONGEST_HEAD_BYTES;
};

export interface FirstBytesOptions {
  readonly isTls: boolean;
  readonly turnstile: Turnstile;
  /** Looks at the head of a request in clear. True: it has refused it, and ends the socket. */
  readonly refuses?: (head: Buffer, socket: Socket) => boolean;
}

/** Calls `begin` once the first bytes are there and can be read again; ends a socket whose bytes are something else, or do not come. */
export function afterFirstBytes(
  socket: Socket,
  { isTls, turnstile, refuses }: FirstBytesOptions,
  begin: () => void,
): void {
  const looks = isTls ? isHello : isRequest;
  let bytes: Buffer | undefined;
  const late = setTimeout(() => {
    if (isTls || bytes === undefined) socket.destroy();
    else socket.end(TOO_LATE, () => socket.destroy());
  }, LONGEST_MS);
  const onEnd = () => socket.destroy();
  const onClose = () => clearTimeout(late);
  const onData = (part: Buffer) => {
    bytes = bytes === undefined ? part : Buffer.concat([bytes, part]);
    const looked = looks(bytes);
    if (looked === undefined) return;
    clearTimeout(late);
    socket.off("data", onData).off("end", onEnd).off("close", onClose);
    if (!looked) {
      socket.destroy();
      return;
    }
    const head = bytes;
    socket.pause();
    turnstile.enter(() => {
      if (socket.destroyed) return;
      if (refuses?.(head, socket) === true) return;
      socket.unshift(head);
      socket.off("error", onEnd);
      begin();
      // TLS takes them from the socket by itself.
      if (!isTls) socket.resume();
    });
  };
  socket.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onEnd);
}
