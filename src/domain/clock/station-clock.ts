/**
 * What is wrong with a station's clock, told from a timestamp it just wrote. To be counted and shown, and to be put right by the
 * answers to BootNotification and Heartbeat; a timestamp is never rewritten, since signed data may depend on it.
 *
 * | timestamp                               | fault      |
 * | --------------------------------------- | ---------- |
 * | no RFC 3339, or an impossible date      | unreadable |
 * | before 2020: the clock was never set    | epoch      |
 * | without `Z` or an offset (local time?)  | no-zone    |
 * | further off than the tolerance          | drift      |
 *
 * The first that fits. Only for messages about the present (StatusNotification, a live transaction message): one that was queued
 * is old without any fault of the clock.
 *
 * @see OCPP 1.6 edition 2 §3.12; OCPP 2.0.1 Part 2 §2.1.4
 */
import type { EpochMs } from "../ids.ts";
import { hasZone, parseTimestamp } from "../telemetry/parse-timestamp.ts";

export type StationClockFault = "epoch" | "no-zone" | "drift" | "unreadable";

/** 2020-01-01T00:00:00Z */
const EARLIEST_MS = 1_577_836_800_000;

/** @param toleranceMs how far off, either way, a good clock may be; the way of the message is part of it */
export function stationClockFault(timestamp: string, now: EpochMs, toleranceMs: number): StationClockFault | undefined {
  const at = parseTimestamp(timestamp);
  if (Number.isNaN(at)) return "unreadable";
  if (at < EARLIEST_MS) return "epoch";
  if (!hasZone(timestamp)) return "no-zone";
  return Math.abs(at - now) > toleranceMs ? "drift" : undefined;
}

/** How far the station's clock is ahead of ours (behind: negative), in milliseconds; undefined when that cannot be told. */
export function offsetOf(timestamp: string, now: EpochMs): number | undefined {
  const at = parseTimestamp(timestamp);
  return Number.isNaN(at) ? undefined : at - now;
}
