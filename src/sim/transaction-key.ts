/**
 * What a transaction message is about, whatever its message id: a repeat has the same key, another message another one.
 * Station and CSMS both work it out from the payload alone, so neither has to trust the other's bookkeeping.
 */
import type { Payload } from "../domain/ocpp/frame.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

/** The key, or undefined for a message that belongs to no transaction. Versions share no action, so none is asked for. */
export function transactionKey(action: string, payload: Payload): string | undefined {
  switch (action) {
    case "StartTransaction":
      return `Start:${payload["connectorId"]}:${payload["idTag"]}:${payload["meterStart"]}:${payload["timestamp"]}`;
    case "StopTransaction":
      return `Stop:${payload["transactionId"]}`;
    case "MeterValues":
      return meterValuesKey(payload);
    case "TransactionEvent":
      return `${textAt(objectAt(payload, "transactionInfo"), "transactionId")}:${payload["seqNo"]}`;
    default:
      return undefined;
  }
}

/** 2.0.1 MeterValues never belong to a transaction and have no such field. */
function meterValuesKey(payload: Payload): string | undefined {
  const transactionId = numberAt(payload, "transactionId");
  if (transactionId === undefined) return undefined;
  const times = listAt(payload, "meterValue").map((value) => textAt(value, "timestamp"));
  return `Meter:${transactionId}:${payload["connectorId"]}:${times.join(",")}`;
}
