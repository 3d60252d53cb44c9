/** A CALL on its way, from the message that brought it. */
import { messageId } from "../domain/ids.ts";
import type { CallGate, PendingCall } from "../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { withMessageId } from "../domain/ocpp/encode-frame.ts";
import type { CallFrame } from "../domain/ocpp/frame.ts";
import type { With } from "../streams/value-lane.ts";
import type { RelayOptions } from "./relay.ts";
import type { StationConnection } from "./station-connection.ts";

/** Whatever else waits, nothing makes sense to a CSMS before the boot. */
const BOOT_RANK = -1;

const TRANSACTIONAL: ReadonlySet<string> = new Set([
  "StartTransaction",
  "StopTransaction",
  "MeterValues",
  "TransactionEvent",
]);

/**
 * The id stays as the sender wrote it, except where an answer could then reach the wrong call: the gateway itself has a call of
 * that id under way or waiting in the spool, or an earlier call of that id and other content timed out and may still be answered (field-lessons 6, 10).
 */
export function relayedCall(
  message: With<CallFrame, StationConnection>,
  gate: CallGate,
  timeoutSec: number,
  { clock, random, counters, spool }: RelayOptions,
): PendingCall {
  const { frame, text, bytes, messageClass, connection } = message;
  const now = clock.monotonicMs();
  const isTaken = gate.load > 0 || gate.hasExpired ? wouldCollide(gate, frame, text) : false;
  const collides = isTaken || (message.from === "south" && spool?.usesId(connection.host, frame.id) === true);
  if (collides) counters.rewrittenIds += 1;
  const id = collides ? messageId(random.uuid()) : frame.id;
  return {
    id,
    frame,
    text,
    bytes: collides ? Buffer.from(withMessageId(text, id)) : bytes,
    messageClass,
    rank: frame.action === "BootNotification" ? BOOT_RANK : messageClass,
    transactional: TRANSACTIONAL.has(frame.action),
    origin: "relay",
    offeredAt: now,
    expiresAt: now + timeoutSec * 1000,
    originalId: collides ? frame.id : undefined,
    numericId: text.charCodeAt(3) !== 0x22 && hasNumericId(text),
    wasSent: false,
    businessKey: undefined,
    twins: undefined,
    settle: undefined,
  };
}

function wouldCollide(gate: CallGate, frame: CallFrame, text: string): boolean {
  const expired = gate.expiredLately(frame.id);
  return (expired !== undefined && expired.text !== text) || gate.find((call) => call.id === frame.id) !== undefined;
}
