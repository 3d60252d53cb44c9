/** What every rule for a command does: ask the station, say yes or no to the CSMS, and why. */
import type { Payload } from "../ocpp/frame.ts";
import { textAt } from "./command-fields.ts";
import type { AnswerRule, Asked, Env, Job, Outcome, Step, TranslationState, Want } from "./contract.ts";
import { type Reason, type ReasonCode, reasonOf } from "./errors.ts";

/** A job whose last word is an answer to the CSMS. */
export interface CommandJob extends Job {
  readonly ref: string;
}

/** Jobs are made by the block that gets them back. */
export const commandJob = (job: Job): CommandJob => job as CommandJob;

export const reason = (reasonCode: ReasonCode, additionalInfo?: string): Reason =>
  additionalInfo === undefined ? { reasonCode } : { reasonCode, additionalInfo };

/** Answers with `status`, and why when it is not plain. */
export const say = (
  state: TranslationState,
  { ref }: { readonly ref: string },
  status: string,
  statusInfo?: Reason,
): Step<TranslationState> => answer(state, { ref }, statusInfo === undefined ? { status } : { status, statusInfo });

export const answer = (
  state: TranslationState,
  { ref }: { readonly ref: string },
  payload: Payload,
): Step<TranslationState> => ({ state, wants: [{ do: "answer", ref, payload }] });

/** The CALLERROR: for what is no function of this station, or where the answer has no word for no. */
export const refuse = (
  state: TranslationState,
  { ref }: { readonly ref: string },
  code: string,
  description: string,
): Step<TranslationState> => ({ state, wants: [{ do: "refuse", ref, code, description }] });

export const also = (step: Step<TranslationState>, ...wants: readonly Want[]): Step<TranslationState> => ({
  state: step.state,
  wants: [...step.wants, ...wants],
});

export const first = (wants: readonly Want[], step: Step<TranslationState>): Step<TranslationState> => ({
  state: step.state,
  wants: [...wants, ...step.wants],
});

export const tellCsms = (action: string, payload: Payload): Want => ({ do: "ask", peer: "csms", action, payload });

/** A status of the answer, or undefined: it was none, or has none. */
export const statusOf = (outcome: Outcome): string | undefined =>
  outcome.kind === "result" ? textAt(outcome.payload, "status") : undefined;

export interface StationCall {
  readonly action: string;
  readonly payload: Payload;
  readonly job: CommandJob;
}

/** Asks the station; while it is away, `whenAnswered` hears at once that nothing came. */
export function askStation(
  state: TranslationState,
  { action, payload, job }: StationCall,
  whenAnswered: AnswerRule<TranslationState>,
  env: Env,
): Step<TranslationState> {
  if (!env.isStationOnline) return whenAnswered(state, job, { kind: "none" }, env);
  return { state, wants: [{ do: "ask", peer: "station", action, payload, job }] };
}

/** Relays the station's status when `known` has it; anything else is `otherwise`, with the reason. */
export function relayStatus(
  state: TranslationState,
  job: Job,
  outcome: Outcome,
  { known, otherwise }: { readonly known: readonly string[]; readonly otherwise: string },
): Step<TranslationState> {
  const status = statusOf(outcome);
  if (status !== undefined && known.includes(status)) return say(state, commandJob(job), status);
  return say(state, commandJob(job), otherwise, reasonOf(outcome));
}

/** Whether the station has a feature profile of 1.6; as long as nothing is known of it, it is asked. */
export const hasProfile = ({ capabilities }: TranslationState, profile: string): boolean =>
  capabilities.featureProfiles.length === 0 || capabilities.featureProfiles.includes(profile);

export const jobFor = (kind: string, { ref }: Asked): CommandJob => ({ kind, ref });
