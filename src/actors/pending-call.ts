/** A CALL on its way, from the message that brought it. */
import { messageId } from "../domain/ids.ts";
import type { CallGate, PendingCall } from "../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { withMessageId } from "../domain/ocpp/encode-frame.ts";
import type { CallFrame } from "../domain/ocpp/frame.ts";
import type { Clock, Random } from "../ports.ts";
import type { Inspected } from "../streams/messages.ts";

export interface PendingCallOptions {
  readonly gate: CallGate;
  readonly timeoutSec: number;
  readonly businessKey: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const TRANSACTIONAL: ReadonlySet<string> = new Set([
  "StartTransaction",
  "StopTransaction",
  "MeterValues",
  "TransactionEvent",
]);

/**
 * The id stays as the sender wrote it, except where an answer could then reach the wrong call: the gateway itself has a call of
 * that id under way, or an earlier call of that id and other content timed out and may still be answered (field-lessons 6, 10).
 */
export function relayedCall(
  { frame, text, bytes, messageClass }: Inspected & { readonly frame: CallFrame },
  { gate, timeoutSec, businessKey, clock, random }: PendingCallOptions,
): PendingCall & { readonly rewritten: boolean } {
  const now = clock.monotonicMs();
  const expired = gate.expiredLately(frame.id);
  const collides =
    (expired !== undefined && expired.text !== text) || gate.find((call) => call.id === frame.id) !== undefined;
  const id = collides ? messageId(random.uuid()) : frame.id;
  return {
    id,
    frame,
    text,
    bytes: collides ? Buffer.from(withMessageId(text, id)) : bytes,
    messageClass,
    transactional: TRANSACTIONAL.has(frame.action),
    origin: "relay",
    offeredAt: now,
    expiresAt: now + timeoutSec * 1000,
    originalId: collides ? frame.id : undefined,
    numericId: text.charCodeAt(3) !== 0x22 && hasNumericId(text),
    businessKey,
    twins: [],
    settle: undefined,
    rewritten: collides,
  };
}
