/**
 * Reset.
 *
 * | 2.x                         | 1.6                   | answer                                                            |
 * | --------------------------- | --------------------- | ----------------------------------------------------------------- |
 * | Immediate                   | Soft (`immediateReset`) | the station's: 1.6 Soft stops transactions and reports them, as B12.FR.04 wants of Immediate; Hard may lose them |
 * | OnIdle, no transaction      | Soft                  | the station's                                                     |
 * | OnIdle, a transaction       | held                  | Scheduled; Soft once the last has ended and the CSMS knows of it  |
 * | with `evseId`               | –                     | Rejected (B11.FR.09): 1.6 resets the whole station only           |
 * | ImmediateAndResume (2.1)    | –                     | Rejected: no transaction of 1.6 outlives a reset                  |
 *
 * A soft reset that was accepted and is not followed by a BootNotification can be made a hard one (`resetEscalationMin`).
 *
 * @see OCPP 2.0.1 B11, B12; OCPP 1.6 edition 2 §5.14
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { textAt } from "./command-fields.ts";
import { also, askStation, type CommandJob, commandJob, reason, relayStatus, say, statusOf } from "./command-kit.ts";
import { commandsOf, withCommands } from "./command-state.ts";
import {
  type AnswerRule,
  type Block,
  type CallRule,
  type Env,
  nothingWanted,
  openTransactions,
  type Step,
  type TranslationState,
  type WakeRule,
  type Want,
} from "./contract.ts";

type ResetType = "Soft" | "Hard";

interface Resetting extends CommandJob {
  readonly type: ResetType;
}

/** How often a held reset looks whether the CSMS has got everything. */
export const HELD_LOOKS_AGAIN_MS = 5_000;

const reset: CallRule<TranslationState> = (state, asked, env) => {
  if (asked.payload["evseId"] !== undefined) {
    return say(state, asked, "Rejected", reason("UnsupportedParam", "the station is reset as a whole"));
  }
  const type = textAt(asked.payload, "type");
  if (type === "OnIdle")
    return openTransactions(state).length > 0 ? hold(state, asked, env) : send(state, asked, "Soft", env);
  if (type === "Immediate") return send(state, asked, env.settings.immediateReset, env);
  return say(state, asked, "Rejected", reason("UnsupportedParam"));
};

function send(
  state: TranslationState,
  { ref }: { readonly ref: string },
  type: ResetType,
  env: Env,
): Step<TranslationState> {
  const job: Resetting = { kind: "reset.sent", ref, type };
  return askStation(state, { action: "Reset", payload: { type }, job }, sent, env);
}

const sent: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const { type } = commandJob(job) as Resetting;
  const isAccepted = statusOf(outcome) === "Accepted";
  const step = relayStatus(isAccepted ? resetting(state, env.now) : state, job, outcome, {
    known: ["Accepted", "Rejected"],
    otherwise: "Rejected",
  });
  return isAccepted ? also(step, callOff(HELD), ...escalation(type, env)) : step;
};

/** The station is going to stop its transactions, and to boot. */
function resetting(state: TranslationState, at: EpochMs): TranslationState {
  const transactions = state.tx.transactions.map((transaction) =>
    transaction.endedAt === undefined ? { ...transaction, stopHint: { reason: "Reset", at } } : transaction,
  );
  return withCommands({ ...state, tx: { ...state.tx, transactions } }, { reset: { phase: "sent", at } });
}

function escalation(type: ResetType, { settings, now }: Env): readonly Want[] {
  if (type === "Hard" || settings.resetEscalationMin === undefined) return [];
  return [{ do: "wake", job: { kind: ESCALATE, key: "" }, at: epochMs(now + settings.resetEscalationMin * 60_000) }];
}

const ESCALATE = "reset.escalate";
const HELD = "reset.held";

const callOff = (kind: string): Want => ({ do: "wake", job: { kind, key: "" }, at: undefined });

const escalate: WakeRule<TranslationState> = (state, _job, env) => {
  const { reset } = commandsOf(state);
  if (reset?.phase !== "sent" || reset.bootedAt !== undefined) return nothingWanted(state);
  if (!env.isStationOnline) return { state, wants: escalation("Soft", env) };
  return { state, wants: [{ do: "ask", peer: "station", action: "Reset", payload: { type: "Hard" } }] };
};

// --- held until idle --------------------------------------------------------------------------------------------------

function hold(state: TranslationState, asked: { readonly ref: string }, env: Env): Step<TranslationState> {
  const held = withCommands(state, { reset: { phase: "held", at: env.now } });
  return also(say(held, asked, "Scheduled"), lookAgain(env));
}

const lookAgain = ({ now }: Env): Want => ({
  do: "wake",
  job: { kind: HELD, key: "" },
  at: epochMs(now + HELD_LOOKS_AGAIN_MS),
});

/** Sends what was held, when the time has come; also after a restart of the gateway (B11.FR.05). */
const release: WakeRule<TranslationState> = (state, _job, env) => {
  if (commandsOf(state).reset?.phase !== "held") return nothingWanted(state);
  const isIdle = openTransactions(state).length === 0 && env.isCsmsQueueEmpty !== false;
  if (!isIdle || !env.isStationOnline) return { state, wants: [lookAgain(env)] };
  const releasing = withCommands(state, { reset: { phase: "releasing", at: env.now } });
  const job = { kind: "reset.released" };
  return { state: releasing, wants: [{ do: "ask", peer: "station", action: "Reset", payload: { type: "Soft" }, job }] };
};

const released: AnswerRule<TranslationState> = (state, _job, outcome, env) => {
  if (commandsOf(state).reset?.phase !== "releasing") return nothingWanted(state);
  if (statusOf(outcome) === "Accepted") return { state: resetting(state, env.now), wants: escalation("Soft", env) };
  if (outcome.kind === "none") {
    const held = withCommands(state, { reset: { phase: "held", at: env.now } });
    return { state: held, wants: [lookAgain(env)] };
  }
  return also(nothingWanted(withCommands(state, { reset: undefined })), { do: "lost", what: "Reset.OnIdle" });
};

/** Looks again at once, but not before the station has its answer and the CSMS's queue is what it is going to be. */
const hearStop: CallRule<TranslationState> = (state, _asked, env) => {
  if (commandsOf(state).reset?.phase !== "held") return nothingWanted(state);
  return { state, wants: [{ do: "wake", job: { kind: HELD, key: "" }, at: env.now }] };
};

/** It has booted: as it should, or by itself before its turn came. */
const hearBoot: CallRule<TranslationState> = (state, _asked, env) => {
  const { reset } = commandsOf(state);
  if (reset?.phase !== "sent" || reset.bootedAt !== undefined) return nothingWanted(state);
  return also(nothingWanted(withCommands(state, { reset: { ...reset, bootedAt: env.now } })), callOff(ESCALATE));
};

export const resetBlock: Block = {
  from: { csms: { Reset: reset } },
  hears: { StopTransaction: hearStop, BootNotification: hearBoot },
  answers: { "reset.sent": sent, "reset.released": released },
  wakes: { [HELD]: release, [ESCALATE]: escalate },
};
