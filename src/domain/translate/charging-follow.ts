/**
 * The image follows what happens: transactions begin and end, the station restarts, its abilities become known, time passes. Called after
 * whatever may have changed something; where nothing has, it costs a comparison.
 *
 * @see translation.md §5.8 (resync triggers)
 */
import { allUncertain } from "../charging/plan.ts";
import { changeTo } from "../charging/plan-change.ts";
import type { ChargingStore } from "../charging/profile.ts";
import { bindToTransaction, endOfTransaction } from "../charging/store.ts";
import { type ChargingOptions, surroundings } from "./charging-options.ts";
import { begin, withAcked } from "./charging-plan.ts";
import { chargingOf, withCharging } from "./charging-state.ts";
import {
  type Env,
  nothingWanted,
  openTransactions,
  type Step,
  type Transaction,
  type TranslationState,
} from "./contract.ts";

export const hasSmartCharging = ({ capabilities }: TranslationState): boolean =>
  capabilities.featureProfiles.length === 0 || capabilities.featureProfiles.includes("SmartCharging");

/** Brings the station up to date, when something it depends on is another than it was. */
export function follow(state: TranslationState, env: Env, options: ChargingOptions): Step<TranslationState> {
  if (!hasSmartCharging(state)) return nothingWanted(state);
  const around = surroundings(state, env, options);
  const seen = JSON.stringify([around.caps, around.places, around.station, around.transactions, around.safeLimitA]);
  const before = chargingOf(state);
  if (seen === before.seen && !before.isBehind) return nothingWanted(state);
  // What a running plan is going to put in the store must not undo this; it is looked at when the plan is through.
  if (before.running !== undefined) return nothingWanted(withCharging(state, { isBehind: true }));
  const noted = withCharging(withTransactions(state, env), { seen, isBehind: true });
  const { store, acked } = chargingOf(noted);
  const canTalk = env.isStationOnline && state.tx.registration === "Accepted";
  if (!canTalk || isNothing(store, acked, around.safeLimitA)) return nothingWanted(noted);
  return replan(noted, env, options);
}

/** The image anew, whatever was seen: a time has come, or a station has to be told again. */
export function replan(state: TranslationState, env: Env, options: ChargingOptions): Step<TranslationState> {
  const { store, ids, acked, running } = chargingOf(state);
  if (running !== undefined || !env.isStationOnline) return nothingWanted(withCharging(state, { isBehind: true }));
  const change = changeTo({ ids, acked }, store, surroundings(state, env, options));
  // What the station cannot hold any more stays as it is, and is tried again when something changes.
  if (!change.ok) return { state: withCharging(state, { isBehind: false }), wants: [] };
  return begin(withCharging(state, { isBehind: false }), change.value);
}

/** The station has booted: profiles outlast that, and are said again all the same. */
export function stationBooted(state: TranslationState, env: Env, options: ChargingOptions): Step<TranslationState> {
  const charging = chargingOf(state);
  // Whatever was asked before the restart is not going to be answered.
  const { running: _given, ...idle } = charging;
  const known = withAcked({ ...state, charging: { ...idle, isBehind: true } }, allUncertain(charging.acked));
  const refused = charging.running?.request;
  const step = follow(known, env, options);
  if (refused === undefined) return step;
  const description = "the station restarted";
  return {
    state: step.state,
    wants: [{ do: "refuse", ref: refused.ref, code: "InternalError", description }, ...step.wants],
  };
}

/** A station that was never told anything is left alone until there is something to tell. */
const isNothing = (store: ChargingStore, acked: unknown, safeLimitA: number | undefined): boolean =>
  store.profiles.length === 0 && acked === undefined && safeLimitA === undefined;

/** TxProfiles of transactions that are over go; profiles that came with a remote start find theirs. */
function withTransactions(state: TranslationState, env: Env): TranslationState {
  const charging = chargingOf(state);
  const open = openTransactions(state);
  const isOpen = (id: string | undefined) => open.some((transaction) => transaction.id === id);
  let { store } = charging;
  for (const { purpose, transactionId } of store.profiles) {
    if (purpose === "TxProfile" && transactionId !== undefined && !isOpen(transactionId)) {
      store = endOfTransaction(store, transactionId);
    }
  }
  const starts = charging.starts.filter(({ until }) => until > env.now);
  const left = starts.filter((start) => {
    const transaction = open.find((candidate) => isFor(start, candidate));
    if (transaction === undefined) return true;
    store = bindToTransaction(store, start.profile, { id: transaction.id, evseId: transaction.evseId });
    return false;
  });
  if (store === charging.store && left.length === charging.starts.length) return state;
  return withCharging(state, { store, starts: left });
}

function isFor(
  {
    remoteStartId,
    connector16,
    until,
  }: { readonly remoteStartId?: number; readonly connector16?: number; readonly until: number },
  transaction: Transaction,
): boolean {
  if (remoteStartId !== undefined) return transaction.remoteStartId === remoteStartId;
  return (
    transaction.remoteStartId !== undefined &&
    transaction.startedAt < until &&
    (connector16 === undefined || connector16 === transaction.connector16)
  );
}
