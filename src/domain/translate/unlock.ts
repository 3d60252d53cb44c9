/**
 * UnlockConnector. 1.6 stops the transaction of a connector that is unlocked, 2.0.1 forbids to unlock it (F05.FR.02): so as long as
 * there is one the station is not asked.
 *
 * | 1.6          | 2.0.1                          |
 * | ------------ | ------------------------------ |
 * | Unlocked     | Unlocked                       |
 * | UnlockFailed | UnlockFailed                   |
 * | NotSupported | UnlockFailed, FixedCable       |
 *
 * @see OCPP 2.0.1 F05; OCPP 1.6 edition 2 §5.18
 */
import { numberAt } from "./command-fields.ts";
import { askStation, commandJob, jobFor, reason, relayStatus, say, statusOf } from "./command-kit.ts";
import {
  type AnswerRule,
  type Block,
  type CallRule,
  connectors16Of,
  openTransactionAt,
  type TranslationState,
} from "./contract.ts";

const unlock: CallRule<TranslationState> = (state, asked, env) => {
  const evseId = numberAt(asked.payload, "evseId") ?? 0;
  const [connectorId] = connectors16Of(env.topology, evseId, numberAt(asked.payload, "connectorId") ?? 0);
  if (connectorId === undefined) return say(state, asked, "UnknownConnector");
  if (openTransactionAt(state, connectorId) !== undefined) return say(state, asked, "OngoingAuthorizedTransaction");
  const job = jobFor("unlock.done", asked);
  return askStation(state, { action: "UnlockConnector", payload: { connectorId }, job }, unlocked, env);
};

const unlocked: AnswerRule<TranslationState> = (state, job, outcome) => {
  if (statusOf(outcome) === "NotSupported") return say(state, commandJob(job), "UnlockFailed", reason("FixedCable"));
  return relayStatus(state, job, outcome, { known: ["Unlocked", "UnlockFailed"], otherwise: "UnlockFailed" });
};

export const unlockBlock: Block = {
  from: { csms: { UnlockConnector: unlock } },
  answers: { "unlock.done": unlocked },
};
