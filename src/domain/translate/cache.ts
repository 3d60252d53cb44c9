/**
 * ClearCache: the same in both versions. A station without a cache says Rejected.
 *
 * @see OCPP 2.0.1 C11; OCPP 1.6 edition 2 §5.4
 */
import { askStation, jobFor, relayStatus } from "./command-kit.ts";
import type { AnswerRule, Block, CallRule, TranslationState } from "./contract.ts";

const clear: CallRule<TranslationState> = (state, asked, env) =>
  askStation(state, { action: "ClearCache", payload: {}, job: jobFor("cache.cleared", asked) }, cleared, env);

const cleared: AnswerRule<TranslationState> = (state, job, outcome) =>
  relayStatus(state, job, outcome, { known: ["Accepted", "Rejected"], otherwise: "Rejected" });

export const cache: Block = { from: { csms: { ClearCache: clear } }, answers: { "cache.cleared": cleared } };
