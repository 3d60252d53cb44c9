/**
 * Message ids towards the CSMS. A message that leaves again leaves under the id it had, without a table: the id is computed from what
 * makes the message that message (OCPP 2.0.1 Part 4 §4.1.4, errata 2024-09: a retry may use the same id).
 *
 *     kept until answered ─▶ its content, whatever asked for it: also after a restart, also under another id of the station's
 *     all else            ─▶ the connection, the station's id, the station's payload, and which of its messages it is
 */
import { createHash } from "node:crypto";
import { type MessageId, messageId } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";

/** Namespace of the names below (RFC 9562 §6.6); any constant would do. */
const NAMESPACE = "6d1f4a0c-5f5e-4b6f-9c55-2c6d1f0f9a11";

/** `offline` says how a message came here, not which one it is. */
export function contentId(station: string, action: string, { offline: _, ...content }: Payload): MessageId {
  return named([station, action, JSON.stringify(content)]);
}

/** @param nth how many messages to the CSMS this one call of the station has caused before */
export function causedId(salt: string, ref: string, payload: Payload, nth: number): MessageId {
  return named([salt, ref, JSON.stringify(payload), String(nth)]);
}

/** A name-based UUID (version 5). */
function named(parts: readonly string[]): MessageId {
  const bytes = createHash("sha1").update(NAMESPACE).update(parts.join("\u0000")).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return messageId(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`,
  );
}
