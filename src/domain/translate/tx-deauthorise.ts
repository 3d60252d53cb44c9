/**
 * A driver who was let in while the CSMS was away, and whom the CSMS refuses now (E05): the station is told to stop, until it does.
 * A station that was answered with the refusal stops by itself (StopTransactionOnInvalidId).
 *
 * @see OCPP 2.0.1 Part 2 E05, C15.FR.04; OCPP 1.6 edition 2 §3.6
 */
import { epochMs } from "../ids.ts";
import type { AnswerRule, Transaction, TranslationState, WakeRule } from "./contract.ts";
import { byTx16 } from "./tx-ids.ts";
import type { TxOptions } from "./tx-options.ts";
import { ask, type Draft, draftOf, finished } from "./tx-state.ts";
import { keep } from "./tx-table.ts";

const AGAIN_AFTER_MS = 60_000;
/** A station that refuses so often does not stop; its driver is billed as the CSMS sees fit. */
const MAX_ATTEMPTS = 10;

export function deauthorise(draft: Draft, transaction: Transaction, wasLetIn: boolean): void {
  if (transaction.endedAt !== undefined) return;
  keep(draft, { ...transaction, stopHint: { reason: "Deauthorized", at: draft.env.now } });
  if (wasLetIn && draft.options.stopsDeauthorised !== false) askToStop(draft, transaction.tx16, 1);
}

const askToStop = (draft: Draft, tx16: number, attempt: number): number =>
  ask(draft, "station", "RemoteStopTransaction", { transactionId: tx16 }, { kind: "tx.deauthorised", tx16, attempt });

/** Not taken, or not there: asked again in a minute, while the transaction is open. */
export const deauthorisedAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, { tx16, attempt }, outcome, env) => {
    const draft = draftOf(state, env, options);
    const isTaken = outcome.kind === "result" && outcome.payload["status"] === "Accepted";
    if (isOpen(state, tx16) && !isTaken && Number(attempt) < MAX_ATTEMPTS) {
      draft.wants.push({
        do: "wake",
        job: { kind: "tx.deauthorise", key: String(tx16), tx16, attempt: Number(attempt) + 1 },
        at: epochMs(env.now + AGAIN_AFTER_MS),
      });
    }
    return finished(draft);
  };

export const deauthoriseWake =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, { tx16, attempt }, env) => {
    const draft = draftOf(state, env, options);
    const transaction = isOpen(state, tx16);
    if (transaction !== undefined) {
      keep(draft, { ...transaction, stopHint: { reason: "Deauthorized", at: env.now } });
      askToStop(draft, Number(tx16), Number(attempt));
    }
    return finished(draft);
  };

function isOpen(state: TranslationState, tx16: unknown): Transaction | undefined {
  const transaction = byTx16(state, Number(tx16));
  return transaction?.endedAt === undefined ? transaction : undefined;
}
