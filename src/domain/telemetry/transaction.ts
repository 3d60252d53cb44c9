/**
 * Transactions, as far as they say something about the station: why they stopped, and the samples they carry. Not who, not
 * how much, not which.
 *
 * A reason that is left out means `Local`, in every version.
 *
 * @see OCPP 1.6 edition 2 §6.49 StopTransaction.req; OCPP 2.0.1 Part 2 TransactionEventRequest, TransactionType
 */
import type { Carrier, ExtractContext } from "./carrier.ts";
import { eventChannel, MAX_CONNECTOR_ID, MAX_EVSE_ID } from "./channels.ts";
import { eventNo, eventValue } from "./event-lists.ts";
import { type Place, UNPLACED } from "./memory.ts";
import { observeMeterValues, sample2x, sample16 } from "./meter-values.ts";
import { observedAt } from "./parse-timestamp.ts";
import { smallInteger, type Wire, wire } from "./wire.ts";

const STOPPED_REASON = eventChannel("stoppedReason");
const REASONS = eventNo("stoppedReason");

export const stopTransaction: Carrier = (payload, context) => {
  const message: Wire<"transactionId" | "timestamp" | "reason" | "transactionData"> = payload;
  const place = context.memory.place(message.transactionId) ?? UNPLACED;
  context.memory.forgetPlace(message.transactionId);
  const left = observeMeterValues(message.transactionData, place, sample16, context);
  return left + observeReason(message.reason, message.timestamp, place, context);
};

export const transactionEvent: Carrier = (payload, context) => {
  const message: Wire<"eventType" | "timestamp" | "evse" | "transactionInfo" | "meterValue"> = payload;
  const { transactionId, stoppedReason } = wire<"transactionId" | "stoppedReason">(message.transactionInfo) ?? {};
  const place = transactionPlace(message.evse, transactionId, context);
  const meter = place === UNPLACED ? UNPLACED : { evseId: place.evseId, connectorId: 0 };
  const left = observeMeterValues(message.meterValue, meter, sample2x, context);
  if (message.eventType !== "Ended") return left;
  context.memory.forgetPlace(transactionId);
  return left + observeReason(stoppedReason, message.timestamp, place, context);
};

/** The EVSE the message names, else the one an earlier message of the transaction named. */
function transactionPlace(evse: unknown, transactionId: unknown, { memory }: ExtractContext): Place {
  const { id, connectorId } = wire<"id" | "connectorId">(evse) ?? {};
  const known = memory.place(transactionId);
  const evseId = smallInteger(id, MAX_EVSE_ID);
  if (evseId < 0) return known ?? UNPLACED;
  const named = smallInteger(connectorId, MAX_CONNECTOR_ID);
  const remembered = known?.evseId === evseId ? known.connectorId : 0;
  const place = { evseId, connectorId: named > 0 ? named : remembered };
  memory.learnPlace(transactionId, place.evseId, place.connectorId);
  return place;
}

function observeReason(
  reason: unknown,
  timestamp: unknown,
  place: Place,
  { sink, receivedAt }: ExtractContext,
): number {
  const value = eventValue(REASONS, reason ?? "Local");
  if (value < 0) return 1;
  const { at, quality } = observedAt(timestamp, receivedAt);
  sink.observe(place.evseId, place.connectorId, STOPPED_REASON, at, value, place === UNPLACED ? 1 : quality);
  return 0;
}
