/** What a server's answer to a batch means. */

export type Verdict =
  | { readonly kind: "taken" }
  /** Something is wrong with the messages, and will be the next time. */
  | { readonly kind: "refused" }
  /** Something is wrong with the server, the way to it, or our standing with it. */
  | { readonly kind: "later"; readonly reason: string; readonly waitMs: number | undefined };

/** Credentials and timeouts and too much: about the sender or the moment, not about what was sent. RFC 9110 §15.5, RFC 6585 §4. */
const NOT_THE_MESSAGES: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 421, 425, 429]);
/** A server that asks for more is asked again all the same. */
const MAX_WAIT_MS = 3_600_000;

/**
 * | status | verdict |
 * | --- | --- |
 * | 2xx | taken |
 * | 401, 403, 404, 407, 408, 421, 425, 429, 1xx, 3xx, 5xx | later, at the time of Retry-After where there is one |
 * | other 4xx | refused |
 *
 * @param nowMs since the epoch, for a Retry-After that is a date (RFC 9110 §10.2.3)
 */
export function verdictOf(status: number, retryAfter: string | undefined, nowMs: number): Verdict {
  if (status >= 200 && status < 300) return { kind: "taken" };
  if (status >= 400 && status < 500 && !NOT_THE_MESSAGES.has(status)) return { kind: "refused" };
  return { kind: "later", reason: `server answered ${status}`, waitMs: waitOf(retryAfter, nowMs) };
}

function waitOf(retryAfter: string | undefined, nowMs: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(MAX_WAIT_MS, Math.max(0, ms));
}
