/**
 * What an EST server's answer to an enrolment means.
 *
 * | answer                                            | means                                         |
 * | ------------------------------------------------- | --------------------------------------------- |
 * | 200, `application/pkcs7-mime`, base64             | `issued`                                      |
 * | 202                                               | `later`: it is being decided by hand          |
 * | 429, 5xx                                          | `later`: the server has no time               |
 * | 200 of another type, too large or none of base64, 204, 3xx, 4xx | `refused`: asking again would bring the same |
 *
 * A redirection is not followed: the request would show credentials to a server that nobody has configured.
 *
 * @see RFC 7030 §4.2.3, RFC 8951 §3 (no Content-Transfer-Encoding)
 */
export type EstAnswer =
  | { readonly kind: "issued"; readonly pkcs7: Uint8Array }
  | { readonly kind: "later"; readonly reason: string; readonly waitMs: number }
  | { readonly kind: "refused"; readonly reason: string };

export interface EstResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
  /** There was more of it than is read. */
  readonly isCut: boolean;
}

/** What a server may ask for at most; a certificate must not run out because of a typing error. */
const LONGEST_WAIT_MS = 86_400_000;

/** @param nowMs epoch milliseconds, for a Retry-After that is a date */
export function estAnswer({ status, contentType, retryAfter, body, isCut }: EstResponse, nowMs: number): EstAnswer {
  if (status === 202 || status === 429 || status >= 500)
    return { kind: "later", reason: `http-${status}`, waitMs: waitOf(retryAfter, nowMs) };
  if (status !== 200) return { kind: "refused", reason: `http-${status}` };
  if (!/^application\/pkcs7-mime\s*(;|$)/i.test(contentType ?? "")) return { kind: "refused", reason: "content-type" };
  if (isCut) return { kind: "refused", reason: "too-large" };
  const base64 = body.replace(/\s+/g, "");
  if (base64 === "" || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return { kind: "refused", reason: "not-base64" };
  return { kind: "issued", pkcs7: Buffer.from(base64, "base64") };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function waitOf(retryAfter: string | undefined, nowMs: number): number {
  const text = retryAfter?.trim() ?? "";
  const waitMs = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS) : 0;
}
