/**
 * When a certificate is renewed, and when a request is repeated that brought none.
 *
 *     ├── life ───────────────────────── 30 ──── 14 ── 7 ─ 3 ─ 1 ┤ days left
 *
 * A month before its end, and when that came to nothing at 14, 7, 3 and 1 days, then daily: an expired certificate may still be let in,
 * to be renewed. One that does not live for three months is renewed in the last third of its life, whatever that is.
 *
 * @see OCPP 2.0.1 Part 2 A03.FR.01, A02.FR.17–FR.19, A00.FR.429; security extension edition 3 A03
 */
import { type EpochMs, epochMs } from "../ids.ts";

const DAY_MS = 86_400_000;
const DAYS_LEFT = [30, 14, 7, 3, 1] as const;

/** The first instant after `after` at which the certificate is due. */
export function renewAt(life: { readonly notBefore: EpochMs; readonly notAfter: EpochMs }, after: EpochMs): EpochMs {
  const { notBefore, notAfter } = life;
  const lastThird = notAfter - (notAfter - notBefore) / 3;
  const points = [lastThird, ...DAYS_LEFT.map((days) => notAfter - days * DAY_MS)];
  const due = points.filter((point) => point >= lastThird && point > after).sort((a, b) => a - b);
  const earliest = DAYS_LEFT[0] * DAY_MS;
  // The last third of a long life begins before the month that OCPP asks for.
  const next = due.find((point) => notAfter - point <= earliest);
  return epochMs(Math.round(next ?? after + DAY_MS));
}

/** Milliseconds before repetition number `attempt` + 1: twice as long each time. */
export const repeatAfterMs = (waitMinimumSec: number, attempt: number): number =>
  waitMinimumSec * 1000 * 2 ** Math.min(attempt, 16);
