/**
 * The table of transactions: open ones stay, ended ones are kept for a while so that a station's repetitions are known again.
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { Transaction } from "./contract.ts";
import { change, changeMore, type Draft, moreOf, type StartNote } from "./tx-state.ts";

/** A station that repeats a start or a stop does so within a week. */
const ENDED_LASTS_MS = 7 * 86_400_000;
/** Ended ones that are kept; the one that ended first is forgotten. */
const MAX_ENDED = 48;

/** Adds a transaction, or puts its new version into its place. */
export function keep(draft: Draft, transaction: Transaction): Transaction {
  const { transactions } = draft.state.tx;
  const index = transactions.findIndex(({ tx16 }) => tx16 === transaction.tx16);
  change(draft, {
    transactions: index === -1 ? [...transactions, transaction] : transactions.with(index, transaction),
  });
  if (index === -1) forgetOld(draft, draft.env.now);
  return transaction;
}

function forgetOld(draft: Draft, now: EpochMs): void {
  const { transactions } = draft.state.tx;
  const since = epochMs(now - ENDED_LASTS_MS);
  const ended = transactions.filter(({ endedAt }) => endedAt !== undefined);
  const excess = ended.length - MAX_ENDED;
  const forgotten = new Set(
    ended.filter(({ endedAt }, i) => i < excess || (endedAt ?? now) < since).map(({ tx16 }) => tx16),
  );
  if (forgotten.size === 0) return;
  const starts = Object.entries(moreOf(draft.state).starts).filter(([tx16]) => !forgotten.has(Number(tx16)));
  change(draft, { transactions: transactions.filter(({ tx16 }) => !forgotten.has(tx16)) });
  changeMore(draft, { starts: Object.fromEntries(starts) });
}

export const startNote = (draft: Draft, tx16: number): StartNote => moreOf(draft.state).starts[tx16] ?? {};

export function noteStart(draft: Draft, tx16: number, note: StartNote): void {
  changeMore(draft, { starts: { ...moreOf(draft.state).starts, [tx16]: note } });
}
