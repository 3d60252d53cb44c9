/**
 * What makes two transaction messages the same message, whatever their ids: stations that lost an answer send the content
 * again under a new id.
 *
 * | version | message          | key                                        |
 * | ------- | ---------------- | ------------------------------------------ |
 * | 1.6     | StartTransaction | connectorId, idTag, meterStart, timestamp  |
 * | 1.6     | StopTransaction  | transactionId, timestamp                   |
 * | 2.x     | TransactionEvent | transactionInfo.transactionId, seqNo, eventType, timestamp |
 *
 * `seqNo` alone would do, were there no stations that do not count it up: their later events must not be taken for the first.
 *
 * MeterValues has none: two equal readings may both be meant.
 *
 * @see OCPP 1.6 §4.8, §4.10; OCPP 2.0.1 Part 2 E01, E04, E13
 */
import type { CallFrame, Payload } from "./frame.ts";
import type { OcppVersion } from "./version.ts";

/** The key as text, unique per station; undefined for messages that are not recognised by content. */
export function businessKey(version: OcppVersion, frame: CallFrame): string | undefined {
  const { action, payload } = frame;
  if (version !== "ocpp1.6") return action === "TransactionEvent" ? eventKey(payload) : undefined;
  if (action === "StartTransaction") {
    const { connectorId, idTag, meterStart, timestamp } = payload as Record<string, unknown>;
    return key("start", connectorId, idTag, meterStart, timestamp);
  }
  if (action === "StopTransaction") {
    const { transactionId, timestamp } = payload as Record<string, unknown>;
    return key("stop", transactionId, timestamp);
  }
  return undefined;
}

function eventKey(payload: Payload): string | undefined {
  const info = payload["transactionInfo"] as { readonly transactionId?: unknown } | null | undefined;
  return key("event", info?.transactionId, payload["seqNo"], payload["eventType"], payload["timestamp"]);
}

/** A message that leaves out a part of its key cannot be told from another one. */
function key(kind: string, ...parts: readonly unknown[]): string | undefined {
  return parts.some((part) => part === undefined || part === null) ? undefined : JSON.stringify([kind, ...parts]);
}
