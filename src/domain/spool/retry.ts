/**
 * When a message that the CSMS did not take is tried again, and when it is given up.
 *
 * | what happened to the delivery          | counts as | what follows                                               |
 * | -------------------------------------- | --------- | ---------------------------------------------------------- |
 * | answered CALLERROR, or not answered    | attempt   | next try after `attemptIntervalSec` × attempts             |
 * | the connection broke before the answer | loss      | next try with the next connection; many in a row: attempt  |
 * | attempts used up                       | –         | dead-letter store, never discarded                         |
 *
 * @see OCPP 2.0.1 Part 2 E13.FR.01–FR.04 (MessageAttempts, MessageAttemptInterval); OCPP 1.6 §3.7.1
 */
import { type EpochMs, epochMs } from "../ids.ts";
import type { SpoolHead } from "./record.ts";

export interface RetryRule {
  readonly attempts: number;
  readonly attemptIntervalSec: number;
}

/** A frame that breaks every connection it is sent over would hold up all others for ever. */
const LOSSES_PER_ATTEMPT = 10;

export type AfterFailure = { readonly kind: "again"; readonly head: SpoolHead } | { readonly kind: "give-up" };

export function afterFailure(
  head: SpoolHead,
  failure: "refused" | "timeout" | "lost",
  rule: RetryRule,
  now: EpochMs,
): AfterFailure {
  if (failure === "lost") {
    const losses = (head.losses ?? 0) + 1;
    if (losses < LOSSES_PER_ATTEMPT) return { kind: "again", head: { ...head, losses } };
  }
  const attempts = (head.attempts ?? 0) + 1;
  if (attempts >= rule.attempts) return { kind: "give-up" };
  const notBefore = epochMs(now + attempts * rule.attemptIntervalSec * 1000);
  return { kind: "again", head: { ...head, attempts, losses: 0, notBefore } };
}

/**
 * True while a message that failed has to wait for its next try. A wait that is longer than its rule allows was written under
 * another time: the clock has been set back since, and nobody shall wait for as long as it was wrong.
 */
export function mustWait({ notBefore, attempts = 0 }: SpoolHead, rule: RetryRule, now: EpochMs): boolean {
  if (notBefore === undefined || notBefore <= now) return false;
  return notBefore - now <= attempts * rule.attemptIntervalSec * 1000;
}
