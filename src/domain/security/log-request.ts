/**
 * GetLog of the security log: what is asked for, which of the log's records it means, and what a server's answer to the upload means.
 *
 * | answer of the server     | told the CSMS                                    |
 * | ------------------------ | ------------------------------------------------ |
 * | 2xx                      | Uploaded                                         |
 * | 401, 403                 | PermissionDenied                                 |
 * | 400, 411, 413, 415       | BadMessage                                       |
 * | 405, 501                 | POST instead of PUT; after that NotSupportedOperation |
 * | anything else, or none   | tried again, as often as the CSMS has said, then UploadFailure |
 *
 * @see security extension edition 3 §4.4 GetLog, UploadLogStatusEnumType; OCPP 2.0.1 Part 2 N01
 */
import { object } from "../life/fields.ts";
import type { CallFrame } from "../ocpp/frame.ts";
import type { SecurityRecord } from "./log-chain.ts";

export interface LogRequest {
  readonly requestId: number;
  readonly location: string;
  /** Milliseconds since 1970, inclusive; undefined: no bound. */
  readonly oldest: number | undefined;
  readonly latest: number | undefined;
  readonly retries: number;
  readonly retryIntervalSec: number;
}

/** However often and however seldom the CSMS would have it. */
const MOST_RETRIES = 10;
const LONGEST_INTERVAL_SEC = 3600;
const USUAL_INTERVAL_SEC = 30;

/** Undefined for every other call, other logs among them. */
export function logRequest({ action, payload }: CallFrame): LogRequest | undefined {
  if (action !== "GetLog" || payload["logType"] !== "SecurityLog") return undefined;
  const { requestId, retries, retryInterval } = payload;
  const log = object(payload["log"]) ?? {};
  const location = log["remoteLocation"];
  if (typeof requestId !== "number" || typeof location !== "string") return undefined;
  return {
    requestId,
    location,
    oldest: timeOf(log["oldestTimestamp"]),
    latest: timeOf(log["latestTimestamp"]),
    retries: between(retries, MOST_RETRIES) ?? 0,
    retryIntervalSec: between(retryInterval, LONGEST_INTERVAL_SEC) ?? USUAL_INTERVAL_SEC,
  };
}

const between = (value: unknown, most: number): number | undefined =>
  typeof value === "number" && value >= 0 ? Math.min(Math.trunc(value), most) : undefined;

function timeOf(text: unknown): number | undefined {
  const at = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** A station's log holds what was about it and about the gateway that is its link, and nothing of other stations. */
export function isWanted(record: SecurityRecord, stationId: string, { oldest, latest }: LogRequest): boolean {
  if (record.stationId !== undefined && record.stationId !== stationId) return false;
  const at = Date.parse(record.at);
  return at >= (oldest ?? Number.NEGATIVE_INFINITY) && at <= (latest ?? Number.POSITIVE_INFINITY);
}

export type UploadOutcome = "Uploaded" | "PermissionDenied" | "BadMessage" | "otherMethod" | "again";

export function uploadOutcome(status: number): UploadOutcome {
  if (status >= 200 && status < 300) return "Uploaded";
  if (status === 401 || status === 403) return "PermissionDenied";
  if (status === 405 || status === 501) return "otherMethod";
  return [400, 411, 413, 415].includes(status) ? "BadMessage" : "again";
}
