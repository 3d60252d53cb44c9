/** How long what was said of a certificate's revocation may be believed. */

const MINUTE_MS = 60_000;
/** Between the clocks. */
const SKEW_MS = 5 * MINUTE_MS;
/** For who does not say when he will say more. */
const UNDATED_MS = 24 * 60 * MINUTE_MS;
/** It may be right for days; what was withdrawn meanwhile is to be heard of sooner. */
const KEPT_MS = 4 * 60 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Until when it may be kept; undefined: it is over, or not yet true. */
export function keptUntil(
  { thisUpdate, nextUpdate }: { readonly thisUpdate: number; readonly nextUpdate: number | undefined },
  now: number,
): number | undefined {
  const end = nextUpdate ?? thisUpdate + UNDATED_MS;
  return thisUpdate > now + SKEW_MS || end <= now ? undefined : Math.min(end, now + KEPT_MS);
}

/** True for one that lives no longer than a day: OCPP spares its reader the question (2.0.1 Part 2 A00.FR.701). */
export const isShortLived = ({ notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number }) =>
  notAfter - notBefore <= DAY_MS;
