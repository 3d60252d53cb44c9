/**
 * Calls that the gateway makes in the station's name, for its own link to the CSMS: SignCertificate, and a Heartbeat as proof that the CSMS
 * has let it in. They go through as they are, and their answer comes back as the CSMS gave it.
 *
 * @see OCPP 2.0.1 A02; docs/certificates.md
 */
import type { Payload } from "../ocpp/frame.ts";
import { answer, commandJob, refuse } from "./command-kit.ts";
import type { AnswerRule, Step, TranslationState } from "./contract.ts";

interface OwnCall {
  readonly action: string;
  readonly payload: Payload;
  /** Of the gateway's call. */
  readonly ref: string;
}

/** The call, in 2.x. */
export const askThrough = (state: TranslationState, { action, payload, ref }: OwnCall): Step<TranslationState> => ({
  state,
  wants: [{ do: "ask", peer: "csms", action, payload, job: { kind: "own.answered", ref } as const }],
});

export const ownAnswered: AnswerRule<TranslationState> = (state, job, outcome) =>
  outcome.kind === "result"
    ? answer(state, commandJob(job), outcome.payload)
    : refuse(state, commandJob(job), "GenericError", "The CSMS gave no answer");
