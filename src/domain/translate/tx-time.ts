/**
 * Timestamps of a station on their way up: one spelling, and a judgement whether the station said it of its own accord.
 *
 * | the station says                             | the CSMS is told            |
 * | -------------------------------------------- | --------------------------- |
 * | `…Z` with at most three decimals             | the same text               |
 * | another zone, more decimals                  | the same instant in UTC     |
 * | no zone                                      | read as UTC, repaired       |
 * | nothing                                      | when the gateway got it     |
 * | unreadable, before 2010, over a day ahead    | when the gateway got it, repaired |
 *
 * @see OCPP 2.0.1 Part 2 §2.1.4 (three decimals at most)
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { observedAt } from "../telemetry/parse-timestamp.ts";
import type { Asked, Env } from "./contract.ts";
import { type Draft, repaired } from "./tx-state.ts";

export interface StationTime {
  readonly at: EpochMs;
  readonly text: string;
  /** The station said it, and there is no reason to doubt it. */
  readonly isTrusted: boolean;
}

const PLAIN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
/** Clocks of stations and gateways may differ by that much without anything being late. */
const TOLERANCE_MS = 30_000;
/** A clock ahead by up to this is still the station's own word. */
const MAX_AHEAD_MS = 300_000;

export const isoText = (at: EpochMs): string => new Date(at).toISOString();

export function stationTime(draft: Draft, text: unknown, receivedAt: EpochMs): StationTime {
  const { at, quality } = observedAt(text, receivedAt);
  if (typeof text !== "string") return { at: receivedAt, text: isoText(receivedAt), isTrusted: false };
  const isAhead = at > receivedAt + MAX_AHEAD_MS;
  if (quality !== 0 && !isAhead) repaired(draft, at === receivedAt ? "timestamp" : "timestamp without zone");
  const isVerbatim = PLAIN.test(text) && (quality === 0 || isAhead);
  return { at: epochMs(at), text: isVerbatim ? text : isoText(at), isTrusted: quality === 0 };
}

/** Whether 2.x has to be told `offline`: the CSMS was away, or the station had queued it while it had no connection. */
export const wasOffline = ({ offline }: Asked, { at, isTrusted }: StationTime, { stationSince }: Env): boolean =>
  offline || (isTrusted && stationSince !== undefined && at < stationSince - TOLERANCE_MS);
