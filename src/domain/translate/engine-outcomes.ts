/** What the engine says of its own accord, and how it tells two messages apart. */
import type { Outcome } from "./contract.ts";
import type { Refusal } from "./engine-checks.ts";

/** Nobody answered. */
export const NONE: Outcome = { kind: "none" };
export const NOT_SENT: Outcome = {
  kind: "error",
  code: "InternalError",
  description: "The message could not be translated",
};
export const REJECTED: Refusal = { kind: "SecurityError", text: "The station was rejected" };
export const TOO_MANY: Refusal = { kind: "GenericError", text: "Too many calls at once" };

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
