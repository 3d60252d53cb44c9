/**
 * TriggerMessage(TransactionEvent), which 1.6 does not have: the station is asked for MeterValues, which become the event (whoever
 * translates them asks `pendingTrigger`). When none come the event is made of what is known, without readings.
 *
 *     TriggerMessage ─▶ Accepted, TriggerMessage(MeterValues) ─┬─ MeterValues ─────────────▶ event (by whoever translates them)
 *                                                              └─ refused, or 10 s later ──▶ event of what is known
 *
 * @see OCPP 2.0.1 F06.FR.07
 */
import { epochMs } from "../ids.ts";
import { compact, timestampOf } from "./command-fields.ts";
import { hasProfile, say, statusOf } from "./command-kit.ts";
import {
  type AnswerRule,
  type Asked,
  type Block,
  type Env,
  nothingWanted,
  openTransactions,
  type Step,
  type Transaction,
  type TranslationState,
  type WakeRule,
  type Want,
} from "./contract.ts";
import { consumeTrigger, expectTriggered, pendingTrigger } from "./pending-triggers.ts";

/** How long the station may take to send its readings. */
export const READINGS_TAKE_MS = 10_000;
const MESSAGE = ["TransactionEvent"];

/** `connector16` undefined: of every open transaction. */
export function triggerEvents(
  state: TranslationState,
  asked: Asked,
  connector16: number | undefined,
  env: Env,
): Step<TranslationState> {
  const meant = openTransactions(state).filter((open) => connector16 === undefined || open.connector16 === connector16);
  if (meant.length === 0) return say(state, asked, "Rejected", { reasonCode: "TxNotFound" });
  const canAsk = env.isStationOnline && hasProfile(state, "RemoteTrigger");
  return meant.reduce<Step<TranslationState>>(
    (step, open) => {
      const expected = expectTriggered(
        step.state,
        { message: "TransactionEvent", connector16: open.connector16 },
        env.now,
      );
      const next = canAsk ? asking(expected, open, env) : fromWhatIsKnown(expected, open.connector16, env);
      return { state: next.state, wants: [...step.wants, ...next.wants] };
    },
    say(state, asked, "Accepted"),
  );
}

function asking(state: TranslationState, { connector16 }: Transaction, { now }: Env): Step<TranslationState> {
  const payload = { requestedMessage: "MeterValues", connectorId: connector16 };
  const job = { kind: "trigger.readings", connector16 };
  const wake: Want = { do: "wake", job: { ...job, key: String(connector16) }, at: epochMs(now + READINGS_TAKE_MS) };
  return { state, wants: [{ do: "ask", peer: "station", action: "TriggerMessage", payload, job }, wake] };
}

const answered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  if (statusOf(outcome) === "Accepted") return nothingWanted(state);
  return fromWhatIsKnown(state, job["connector16"] as number, env);
};

const waitedInVain: WakeRule<TranslationState> = (state, job, env) =>
  fromWhatIsKnown(state, job["connector16"] as number, env);

/** The event, unless it has been sent or the transaction is over. */
function fromWhatIsKnown(state: TranslationState, connector16: number, env: Env): Step<TranslationState> {
  const pending = pendingTrigger(state, connector16, env.now, MESSAGE);
  if (pending === undefined) return nothingWanted(state);
  const next = consumeTrigger(state, pending, connector16);
  const open = openTransactions(next).find((transaction) => transaction.connector16 === connector16);
  return open === undefined ? nothingWanted(next) : event(next, open, env);
}

function event(state: TranslationState, open: Transaction, { now }: Env): Step<TranslationState> {
  const payload = {
    eventType: "Updated",
    timestamp: timestampOf(now),
    triggerReason: "Trigger",
    seqNo: open.seqNo,
    transactionInfo: compact({ transactionId: open.id, chargingState: open.chargingState }),
  };
  const transactions = state.tx.transactions.map((transaction) =>
    transaction.id === open.id ? { ...transaction, seqNo: transaction.seqNo + 1 } : transaction,
  );
  return {
    state: { ...state, tx: { ...state.tx, transactions } },
    wants: [{ do: "ask", peer: "csms", action: "TransactionEvent", payload, sure: true }],
  };
}

export const triggeredEvent: Block = {
  from: {},
  answers: { "trigger.readings": answered },
  wakes: { "trigger.readings": waitedInVain },
};
