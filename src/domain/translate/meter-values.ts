/**
 * MeterValues of a 1.6 station: samples of a transaction become events of it, the others stay what they are.
 *
 * | samples                                                        | become                                         |
 * | -------------------------------------------------------------- | ---------------------------------------------- |
 * | of connector 0                                                 | MeterValues, evseId 0                          |
 * | that TriggerMessage(MeterValues) waits for                     | MeterValues, also during a transaction (F06.FR.06) |
 * | that TriggerMessage(TransactionEvent) waits for                | TransactionEvent, triggerReason Trigger        |
 * | of a transaction that is open                                  | TransactionEvent(Updated), on its EVSE         |
 * | of one that has ended                                          | MeterValues: nothing follows an Ended          |
 * | without a known transaction, of a connector with an open one, since its start, no context Other | TransactionEvent(Updated) |
 * | anything else                                                  | MeterValues                                    |
 *
 * One event for each instant (J02.FR.10). A MeterValues that comes again with the same content is answered, and no more.
 *
 * @see OCPP 1.6 edition 2 §4.7, errata 3.18 (transactionId −1)
 */
import type { Payload } from "../ocpp/frame.ts";
import { type Asked, type CallRule, openTransactionAt, type Transaction, type TranslationState } from "./contract.ts";
import { meterValueOf, payloadsOf, type Reading, readMeterValues } from "./meter-values-read.ts";
import { notifyProblem } from "./status-events.ts";
import { answerWhenTold, tellEvent } from "./tx-events.ts";
import { chunksOf } from "./tx-fit.ts";
import { byTx16, isTx16, TextsKey } from "./tx-ids.ts";
import { DEFAULT_MAX_EVENT_BYTES, type TxOptions } from "./tx-options.ts";
import { evsePlace } from "./tx-places.ts";
import { changeMore, type Draft, draftOf, finished, moreOf, refuse } from "./tx-state.ts";
import { wasOffline } from "./tx-time.ts";

/** Enough for what a station sends again after it lost its connection. */
const MAX_KEYS = 16;

export const meterValuesRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const connector16 = Number(asked.payload["connectorId"]);
    if (connector16 < 0) {
      refuse(draft, asked.ref, "PropertyConstraintViolation", "connectorId");
      return finished(draft);
    }
    if (isTriggered(draft, connector16) || !isRepeated(draft, asked.payload)) {
      tell(draft, connector16, asked);
    }
    answerWhenTold(draft, asked.ref, {});
    return finished(draft);
  };

const isTriggered = ({ state, env, options }: Draft, connector16: number): boolean =>
  options.triggers?.find(state, connector16, env.now, ["MeterValues", "TransactionEvent"]) !== undefined;

/** Remembers the message, and says whether it was remembered before. */
function isRepeated(draft: Draft, { connectorId, transactionId, meterValue }: Payload): boolean {
  const key = keyOf(connectorId, transactionId, meterValue);
  const { meterKeys } = moreOf(draft.state);
  if (meterKeys.includes(key)) return true;
  changeMore(draft, { meterKeys: [...meterKeys.slice(1 - MAX_KEYS), key] });
  return false;
}

/** Of all that tells one message from another. */
function keyOf(connectorId: unknown, transactionId: unknown, meterValue: unknown): number {
  const key = new TextsKey();
  key.add(connectorId);
  key.add(transactionId);
  for (const { timestamp, sampledValue } of payloadsOf(meterValue)) {
    key.add(timestamp);
    for (const { value, context, format, measurand, phase, location, unit } of payloadsOf(sampledValue)) {
      key.add(value);
      key.add(context);
      key.add(format);
      key.add(measurand);
      key.add(phase);
      key.add(location);
      key.add(unit);
    }
  }
  return key.value;
}

function tell(draft: Draft, connector16: number, asked: Asked): void {
  const { transactionId } = asked.payload;
  const named = isTx16(transactionId) ? byTx16(draft.state, transactionId) : undefined;
  const open = connector16 === 0 ? undefined : openTransactionAt(draft.state, connector16);
  const { readings, signaturesLost } = readMeterValues(
    draft,
    asked.payload["meterValue"],
    asked.at,
    (named ?? open)?.lastRegister,
  );
  const connectorOf = named !== undefined && named.connector16 !== 0 ? named.connector16 : connector16;
  const outside: Reading[] = [];
  for (const reading of readings) {
    const triggered = obeyed(draft, connector16, reading);
    const transaction = triggered === "MeterValues" ? undefined : transactionOf(draft, connector16, named, reading);
    if (transaction === undefined) outside.push(reading);
    else tellReading(draft, transaction, reading, asked, triggered === "TransactionEvent");
  }
  tellOutside(draft, connector16 === 0 ? 0 : named?.evseId || evseOf(draft, connectorOf), outside);
  if (signaturesLost > 0) {
    notifyProblem(draft, connectorOf, { component: "FiscalMetering", techCode: "SignedDataTooLong", at: asked.at });
  }
}

const evseOf = ({ env }: Draft, connector16: number): number => evsePlace(env, connector16).evseId;

/** As what the CSMS has triggered this reading, if it has. */
function obeyed(draft: Draft, connector16: number, reading: Reading): string | undefined {
  const { triggers } = draft.options;
  if (triggers === undefined || !reading.mayBeTriggered) return undefined;
  const trigger = triggers.find(draft.state, connector16, draft.env.now, ["MeterValues", "TransactionEvent"]);
  if (trigger === undefined) return undefined;
  draft.state = triggers.consume(draft.state, trigger, connector16);
  return trigger.message;
}

/** The open transaction a reading belongs to. */
function transactionOf(
  { state }: Draft,
  connector16: number,
  named: Transaction | undefined,
  { time, mayBeOfTransaction }: Reading,
): Transaction | undefined {
  if (connector16 === 0) return undefined;
  if (named !== undefined) {
    const now = byTx16(state, named.tx16);
    return now?.endedAt === undefined ? now : undefined;
  }
  if (!mayBeOfTransaction) return undefined;
  return state.tx.transactions.findLast(
    (transaction) =>
      transaction.endedAt === undefined && transaction.connector16 === connector16 && time.at >= transaction.startedAt,
  );
}

function tellReading(
  draft: Draft,
  transaction: Transaction,
  reading: Reading,
  asked: Asked,
  isTriggered: boolean,
): void {
  const { register } = reading;
  const lastRegister = Math.max(transaction.lastRegister, register ?? transaction.lastRegister);
  const state = isTriggered ? transaction.chargingState : undefined;
  tellEvent(
    draft,
    { ...transaction, lastRegister },
    {
      eventType: "Updated",
      timestamp: reading.time.text,
      triggerReason: isTriggered ? "Trigger" : reading.triggerReason,
      offline: wasOffline(asked, reading.time, draft.env),
      meterValue: [meterValueOf(reading)],
      ...(state === undefined ? {} : { info: { chargingState: state } }),
    },
  );
}

function tellOutside(draft: Draft, evseId: number, readings: readonly Reading[]): void {
  const max = draft.options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES;
  for (const meterValue of chunksOf(readings.map(meterValueOf), max)) {
    draft.wants.push({ do: "ask", peer: "csms", action: "MeterValues", payload: { evseId, meterValue } });
  }
}
