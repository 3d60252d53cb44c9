/** CALLs of the gateway's own: made here, answered here, and never seen by the peer on the other side (field-lessons 12). */
import { messageId } from "../domain/ids.ts";
import type { GatewayAnswer, PendingCall } from "../domain/ocpp/call-gate.ts";
import { encodeCall } from "../domain/ocpp/encode-frame.ts";
import type { Payload } from "../domain/ocpp/frame.ts";
import { callToCsms } from "./legs.ts";
import type { RelayOptions } from "./relay.ts";
import type { StationConnection } from "./station-connection.ts";

export interface OwnCall {
  readonly action: string;
  readonly payload: object;
  readonly timeoutSec: number;
  readonly settle: (answer: GatewayAnswer) => void;
}

/** As a call for a gate. */
export function ownCall(
  { action, payload, timeoutSec, settle }: OwnCall,
  { clock, random }: Pick<RelayOptions, "clock" | "random">,
): PendingCall {
  const id = messageId(random.uuid());
  const text = encodeCall(id, action, payload);
  const now = clock.monotonicMs();
  return {
    id,
    frame: { type: 2, id, action, payload: payload as Payload },
    text,
    bytes: Buffer.from(text),
    messageClass: 2,
    rank: 2,
    transactional: false,
    origin: "gateway",
    offeredAt: now,
    expiresAt: now + timeoutSec * 1000,
    originalId: undefined,
    numericId: false,
    wasSent: false,
    businessKey: undefined,
    twins: undefined,
    settle,
  };
}

/** Asks the CSMS on the station's behalf, in its turn among the station's own calls. Never rejects. */
export function callCsms(
  connection: StationConnection,
  action: string,
  payload: object,
  options: RelayOptions,
): Promise<GatewayAnswer> {
  const { limits, counters } = options;
  return new Promise((resolve) => {
    if (connection.isClosed) {
      resolve({ kind: "closed" });
      return;
    }
    const call = ownCall({ action, payload, timeoutSec: limits.callTimeoutSec, settle: resolve }, options);
    const outcome = connection.toCsms.offer(call);
    if (outcome === "send") callToCsms(connection, call, counters);
    else if (outcome === "full") {
      counters.callQueueFull += 1;
      resolve({ kind: "closed" });
    }
  });
}
