/**
 * DataTransfer in both directions.
 *
 * | 2.x                  | 1.6                  | note                                                             |
 * | -------------------- | -------------------- | ---------------------------------------------------------------- |
 * | `vendorId`, `messageId` | the same          |                                                                  |
 * | `data`, any JSON     | `data`, a string     | a string stays as it is in both directions, anything else is written as JSON |
 * | `statusInfo`         | –                    | lost                                                             |
 *
 * A CALLERROR is relayed, in the spelling of the other side: what the two ends say to each other here is theirs.
 *
 * @see OCPP 2.0.1 P01, P02; OCPP 1.6 edition 2 §4.3, §5.6
 */
import type { Payload } from "../ocpp/frame.ts";
import { compact, textAt } from "./command-fields.ts";
import { also, answer, askStation, commandJob, jobFor, refuse, say, statusOf } from "./command-kit.ts";
import type { AnswerRule, Block, CallRule, Outcome, TranslationState } from "./contract.ts";
import { codeFor, reasonOf } from "./errors.ts";
import { isTunnelled, unwrapped } from "./plug-and-charge.ts";

const STATUSES: readonly string[] = ["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"];

const asText = (data: unknown): string | undefined =>
  data === undefined || typeof data === "string" ? data : JSON.stringify(data);

const down: CallRule<TranslationState> = (state, asked, env) => {
  const { vendorId, messageId, data } = asked.payload;
  const payload = compact({ vendorId, messageId, data: asText(data) });
  return askStation(state, { action: "DataTransfer", payload, job: jobFor("data.down", asked) }, downAnswered, env);
};

const downAnswered: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  if (outcome.kind === "error") {
    const code = codeFor(env.northVersion, outcome.code);
    return refuse(state, commandJob(job), code, "the station refuses this data");
  }
  const payload = relayed(outcome);
  if (payload === undefined) return say(state, commandJob(job), "Rejected", reasonOf(outcome));
  return answer(state, commandJob(job), payload);
};

function relayed(outcome: Outcome): Payload | undefined {
  const status = statusOf(outcome);
  if (outcome.kind !== "result" || status === undefined || !STATUSES.includes(status)) return undefined;
  return compact({ status, data: asText(outcome.payload["data"]) });
}

const up: CallRule<TranslationState> = (state, asked, env) => {
  if (isTunnelled(asked, env)) return unwrapped(state, asked, env);
  const payload = compact({
    vendorId: textAt(asked.payload, "vendorId"),
    messageId: textAt(asked.payload, "messageId"),
    data: asked.payload["data"],
  });
  const job = jobFor("data.up", asked);
  return { state, wants: [{ do: "ask", peer: "csms", action: "DataTransfer", payload, job }] };
};

const upAnswered: AnswerRule<TranslationState> = (state, job, outcome) => {
  if (outcome.kind === "error") {
    return refuse(state, commandJob(job), codeFor("ocpp1.6", outcome.code), "the CSMS refuses this data");
  }
  const payload = relayed(outcome);
  if (payload === undefined) return say(state, commandJob(job), "Rejected");
  const step = answer(state, commandJob(job), payload);
  const hasMore = outcome.kind === "result" && outcome.payload["statusInfo"] !== undefined;
  return hasMore ? also(step, { do: "lost", what: "DataTransferResponse.statusInfo" }) : step;
};

export const dataTransfer: Block = {
  from: { csms: { DataTransfer: down }, station: { DataTransfer: up } },
  answers: { "data.down": downAnswered, "data.up": upAnswered },
};
