/**
 * What a status says of the transaction under way: TransactionEvent(Updated), if the state of charging changes or the connector fails.
 *
 * A status overtakes the transaction messages that wait in the spool; an event of its own would take the number of one of theirs, which
 * may have left under that number before the process ended. So while any wait it waits, too, and is told if it is still news then.
 *
 * @see OCPP 2.0.1 Part 2 E02, E01.FR.07 (numbers of a transaction)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import {
  nothingWanted,
  openTransactionAt,
  type Transaction,
  type TranslationState,
  type WakeRule,
} from "./contract.ts";
import { CHARGING_STATE } from "./status-tables.ts";
import { tellEvent } from "./tx-events.ts";
import type { TxOptions } from "./tx-options.ts";
import { type Draft, draftOf, finished } from "./tx-state.ts";

/** A status, as far as it matters to a transaction. */
interface Progress {
  readonly status: string;
  /** The status before. */
  readonly before: string | undefined;
  readonly info: string | undefined;
  readonly at: EpochMs;
  readonly timestamp: string;
  readonly isOffline: boolean;
}

/** What a station writes into `info` when the car has gone while the cable is locked (1.6 §4.9). */
const EV_SIDE_GONE = /disconnect/i;
const LOOK_AGAIN_MS = 1_000;

export function tellProgress(draft: Draft, connector16: number, progress: Progress): void {
  const { status, before, info, at, timestamp } = progress;
  const transaction = connector16 === 0 ? undefined : openTransactionAt(draft.state, connector16);
  // A status from before the start says nothing about the transaction.
  if (transaction === undefined || at < transaction.startedAt) return;
  const isGone = status === "SuspendedEV" && EV_SIDE_GONE.test(info ?? "");
  const chargingState = isGone ? "Idle" : (CHARGING_STATE[status] ?? transaction.chargingState);
  const hasFailed = status === "Faulted" && before !== "Faulted";
  if (chargingState === transaction.chargingState && !hasFailed) return;
  if (draft.env.hasBacklog === true) {
    const job = { kind: "tx.progress", key: String(connector16), progress };
    draft.wants.push({ do: "wake", job, at: epochMs(draft.env.now + LOOK_AGAIN_MS) });
    return;
  }
  tellEvent(draft, changed(transaction, chargingState, at), {
    eventType: "Updated",
    timestamp,
    triggerReason: hasFailed ? "AbnormalCondition" : reasonOf(status, before, isGone),
    offline: progress.isOffline,
    ...(chargingState === undefined ? {} : { info: { chargingState } }),
  });
}

function changed(transaction: Transaction, chargingState: string | undefined, at: EpochMs): Transaction {
  if (chargingState === undefined) return transaction;
  const isFirstCharge = chargingState === "Charging" && transaction.powerPathClosedAt === undefined;
  return { ...transaction, chargingState, ...(isFirstCharge ? { powerPathClosedAt: at } : {}) };
}

function reasonOf(status: string, before: string | undefined, isGone: boolean): string {
  if (isGone) return "EVCommunicationLost";
  return status === "Preparing" && before === "Available" ? "CablePluggedIn" : "ChargingStateChanged";
}

/** A status that has waited, unless the station has said something else since. */
export const progressWake =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, { key, progress }, env) => {
    const connector16 = Number(key);
    const waited = progress as Progress;
    if (state.tx.connectors[connector16]?.status !== waited.status) return nothingWanted(state);
    const draft = draftOf(state, env, options);
    tellProgress(draft, connector16, waited);
    return finished(draft);
  };
