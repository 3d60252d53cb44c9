/**
 * The frames the gateway writes itself: answers it gives in its own name, calls it injects, and a relayed call whose id has
 * to change. Payload text that comes from a peer is carried over as it is, never parsed and written again.
 *
 * @see OCPP-J 1.6 §4.2; OCPP 2.0.1 Part 4 §4.2
 */
import type { MessageId } from "../ids.ts";
import { type RpcErrorKind, rpcErrorCode } from "./error-codes.ts";
import type { OcppVersion } from "./version.ts";

/** Longest description a CALLERROR may have. */
const MAX_DESCRIPTION = 255;

export function encodeCall(id: MessageId, action: string, payload: object): string {
  return JSON.stringify([2, id, action, payload]);
}

/** @param numericId the peer wrote its id as a number and gets a number back (legacy stations) */
export function encodeCallResult(id: MessageId, payload: object, numericId = false): string {
  return `[3,${idText(id, numericId)},${JSON.stringify(payload)}]`;
}

/** A CALLRESULT with a payload that is JSON text already. */
export function resultText(id: MessageId, payload: string, numericId = false): string {
  return `[3,${idText(id, numericId)},${payload}]`;
}

/**
 * A CALLERROR in the spelling of `version`. `description` is for people, names no token and no credential, and is cut to
 * 255 characters.
 */
export function encodeCallError(
  id: MessageId | "-1",
  kind: RpcErrorKind,
  description: string,
  version: OcppVersion,
  details: { readonly pointer?: string; readonly keyword?: string } = {},
  numericId = false,
): string {
  const text = JSON.stringify(description.slice(0, MAX_DESCRIPTION));
  return `[4,${idText(id, numericId)},"${rpcErrorCode(kind, version)}",${text},${JSON.stringify(details)}]`;
}

/**
 * The frame with another message id, all else byte for byte. Works on CALL, CALLRESULT, CALLERROR alike.
 *
 * @param text a frame that `decodeFrame` accepted
 */
export function withMessageId(text: string, id: MessageId, numericId = false): string {
  const comma = text.indexOf(",");
  const start = skipSpace(text, comma + 1);
  const end = text[start] === '"' ? endOfString(text, start) + 1 : endOfNumber(text, start);
  return text.slice(0, start) + idText(id, numericId) + text.slice(end);
}

function idText(id: string, numericId: boolean): string {
  return numericId ? id : JSON.stringify(id);
}

function skipSpace(text: string, from: number): number {
  let i = from;
  while (text.charCodeAt(i) <= 0x20) i += 1;
  return i;
}

function endOfString(text: string, quote: number): number {
  let i = quote + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}

function endOfNumber(text: string, from: number): number {
  let i = from;
  while (/[-+.\deE]/.test(text[i] ?? "")) i += 1;
  return i;
}
