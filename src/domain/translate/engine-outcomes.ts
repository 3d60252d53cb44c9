/** Outcomes and refusals that are the engine's own, not a peer's. */
import type { Job, Outcome } from "./contract.ts";
import type { Refusal } from "./engine-checks.ts";

/** Somebody waits for an outcome that is there. */
export interface Conclusion {
  readonly job: Job;
  readonly outcome: Outcome;
  readonly cause: string | undefined;
}

/** Nobody answered. */
export const NONE: Outcome = { kind: "none" };
export const NOT_SENT: Outcome = {
  kind: "error",
  code: "InternalError",
  description: "The message could not be translated",
};
/** As a station answers that does not have the action. */
export const NEVER_SENT: Outcome = {
  kind: "error",
  code: "NotSupported",
  description: "This model must not be sent it",
};
export const TOO_MANY: Refusal = { kind: "GenericError", text: "Too many calls at once" };
