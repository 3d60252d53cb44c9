/** Pending calls for tests of the call discipline. */
import { messageId } from "../../src/domain/ids.ts";
import type { PendingCall } from "../../src/domain/ocpp/call-gate.ts";
import type { MessageClass } from "../../src/domain/ocpp/catalogue.ts";

export function pending(id: string, fields: Partial<PendingCall> = {}): PendingCall {
  const text = `[2,"${id}","Heartbeat",{}]`;
  return {
    id: messageId(id),
    frame: { type: 2, id: messageId(id), action: "Heartbeat", payload: {} },
    text,
    bytes: Buffer.from(text),
    messageClass: 3 as MessageClass,
    rank: fields.messageClass ?? 3,
    transactional: false,
    origin: "relay",
    offeredAt: 0,
    expiresAt: Number.POSITIVE_INFINITY,
    originalId: undefined,
    numericId: false,
    wasSent: false,
    businessKey: undefined,
    twins: undefined,
    settle: undefined,
    ...fields,
  };
}
