/**
 * Message ids towards the CSMS. A message that leaves again leaves under the id it had, without a table: the id is computed from what
 * makes the message that message (OCPP 2.0.1 Part 4 §4.1.4, errata 2024-09: a retry may use the same id).
 *
 *     kept until answered ─▶ its content, whatever asked for it: also after a restart, also under another id of the station's
 *     all else            ─▶ the connection, the station's id, the station's payload, and which of its messages it is
 */
import { hash } from "node:crypto";
import { type MessageId, messageId } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";

/** Namespace of the names below (RFC 9562 §6.6); any constant would do. */
const NAMESPACE = "6d1f4a0c-5f5e-4b6f-9c55-2c6d1f0f9a11";

/** An event is named by its transaction and number; of other messages `offline` says how they came here, not which ones they are. */
export function contentId(station: string, action: string, payload: Payload): MessageId {
  const { offline: _, ...content } = payload;
  return named([station, action, eventKey(payload) ?? JSON.stringify(content)]);
}

/** @see OCPP 2.0.1 Part 2 E01.FR.07: the number counts within the transaction */
function eventKey({ transactionInfo, seqNo, eventType, timestamp }: Payload): string | undefined {
  const id = (transactionInfo as Payload | undefined)?.["transactionId"];
  return typeof id === "string" ? `${id} ${String(seqNo)} ${String(eventType)} ${String(timestamp)}` : undefined;
}

/** @param nth how many messages to the CSMS this one call of the station has caused before */
export function causedId(salt: string, ref: string, payload: Payload, nth: number): MessageId {
  return named([salt, ref, JSON.stringify(payload), String(nth)]);
}

/** A name-based UUID (version 5). */
function named(parts: readonly string[]): MessageId {
  const hex = hash("sha1", `${NAMESPACE}${parts.join("\u0000")}`, "hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return messageId(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  );
}
