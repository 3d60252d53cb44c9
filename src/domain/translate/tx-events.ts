/**
 * Events of a transaction. Each gets its number when it is made, and is made once: what is repeated towards the CSMS is the same
 * message, number included.
 *
 *     Started 0 ─▶ Updated 1 ─▶ … ─▶ Ended n          gap-free, and nothing after Ended
 *
 * @see OCPP 2.0.1 Part 2 E01.FR.07 (seqNo from 0), E01.FR.16 (EVSE once), E13 (repeated until answered)
 */
import type { Payload } from "../ocpp/frame.ts";
import type { Job, Transaction } from "./contract.ts";
import { chunksOf, thinned } from "./tx-fit.ts";
import { DEFAULT_MAX_EVENT_BYTES } from "./tx-options.ts";
import { answer, type Draft, lost } from "./tx-state.ts";
import { keep } from "./tx-table.ts";

export interface EventParts {
  readonly eventType: "Started" | "Updated" | "Ended";
  /** RFC 3339 in UTC. */
  readonly timestamp: string;
  readonly triggerReason: string;
  readonly offline: boolean;
  /** Of `transactionInfo`, beside the id. */
  readonly info?: Payload;
  readonly meterValue?: readonly Payload[];
  /** `evse`, `idToken`, `reservationId`, `customData`. */
  readonly fields?: Payload;
  /** Waits for the CSMS's answer. */
  readonly job?: Job;
}

/** Makes the event, or several of the same instant if one would be too large, and keeps the transaction as it is afterwards. */
export function tellEvent(draft: Draft, transaction: Transaction, parts: EventParts): Transaction {
  let told = transaction;
  const lists = listsOf(draft, parts);
  for (const [i, meterValue] of lists.entries()) {
    const isLast = i === lists.length - 1;
    pushEvent(draft, told, { ...parts, meterValue }, isLast ? parts.job : undefined);
    told = { ...told, seqNo: told.seqNo + 1 };
  }
  return keep(draft, told);
}

function listsOf(draft: Draft, { eventType, meterValue = [] }: EventParts): readonly (readonly Payload[])[] {
  const max = draft.options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES;
  if (meterValue.length === 0) return [meterValue];
  if (eventType === "Updated") return chunksOf(meterValue, max);
  const { meterValue: kept, dropped } = thinned(meterValue, max);
  for (let i = 0; i < dropped; i += 1) lost(draft, "TransactionEvent.meterValue");
  return [kept];
}

function pushEvent(draft: Draft, { id, seqNo }: Transaction, parts: EventParts, job: Job | undefined): void {
  const { eventType, timestamp, triggerReason, offline, info, meterValue = [], fields } = parts;
  draft.wants.push({
    do: "ask",
    peer: "csms",
    action: "TransactionEvent",
    sure: true,
    payload: {
      eventType,
      timestamp,
      triggerReason,
      seqNo,
      ...(offline ? { offline } : {}),
      transactionInfo: { transactionId: id, ...info },
      ...fields,
      ...(meterValue.length === 0 ? {} : { meterValue }),
    },
    ...(job === undefined ? {} : { job }),
  });
}

/**
 * Answers the station at once, or after the CSMS has answered the last event that is wanted here, as `answersAfter` says. To be
 * called after all wants of the rule.
 */
export function answerWhenTold(draft: Draft, ref: string, payload: Payload): void {
  const index = draft.wants.findLastIndex((want) => want.do === "ask" && want.sure === true && want.job === undefined);
  const last = draft.wants[index];
  if (draft.options.answersAfter !== "delivered" || last?.do !== "ask") {
    answer(draft, ref, payload);
    return;
  }
  draft.wants[index] = { ...last, job: { kind: "tx.delivered", ref, payload } };
}
