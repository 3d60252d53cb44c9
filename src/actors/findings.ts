/**
 * What is done about frames that cannot be used, and about what rules and schemas find.
 *
 * A relay is lenient: a schema violation is counted and passes, unless the station's rule enforces schemas, and transaction
 * messages pass even then, because a CALLERROR makes a station discard what somebody has to be billed for (field-lessons 16).
 */
import type { LimitsConfig } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import type { Verdict } from "../domain/firewall/guard.ts";
import type { EpochMs } from "../domain/ids.ts";
import type { FrameFault } from "../domain/ocpp/decode-frame.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { encodeCallError, encodeCallResult } from "../domain/ocpp/encode-frame.ts";
import type { RpcErrorKind } from "../domain/ocpp/error-codes.ts";
import type { CallFrame } from "../domain/ocpp/frame.ts";
import { answerToMalformed } from "../domain/ocpp/malformed.ts";
import type { Violation } from "../domain/ocpp/validate.ts";
import type { Inspected, RawFrame } from "../streams/messages.ts";
import { toCsms, toStation } from "./legs.ts";
import { CLOSE } from "./peer-socket.ts";
import type { Sentinel } from "./security/sentinel.ts";
import type { StationConnection } from "./station-connection.ts";

export interface FindingsOptions {
  readonly counters: Counters;
  readonly sentinel: Pick<Sentinel, "report" | "strike">;
  readonly limits: Pick<LimitsConfig, "malformedInARow">;
  readonly now: () => EpochMs;
}

type Conn = StationConnection;

/** A peer that mixes good frames among the bad may send so many times more of them in a minute than in a row. */
const MIXED_FACTOR = 3;
const MINUTE_MS = 60_000;

/** Answers a malformed frame where its version says so, and closes on the sender when they do not stop (R07). */
export function onMalformed(raw: RawFrame<Conn>, text: string, fault: FrameFault, options: FindingsOptions): void {
  const { connection, from } = raw;
  const { counters, sentinel, limits, now } = options;
  counters.malformedFrames += 1;
  connection.malformedInARow[from] += 1;
  const answer = answerToMalformed(fault, connection.version, fault.id !== undefined && hasNumericId(text));
  if (answer !== undefined) reply(connection, from, answer, counters);
  const inARow = connection.malformedInARow[from];
  const mixed = limits.malformedInARow * MIXED_FACTOR;
  const isMixed = connection.host.memory.isOver(`R07-${from}`, mixed, MINUTE_MS, now());
  if (inARow < limits.malformedInARow && !isMixed) return;
  const { stationId, remoteAddress } = connection;
  sentinel.report({ rule: "R07", stationId, reason: `malformed frames from ${from}`, isRefused: true });
  connection.malformedInARow[from] = 0;
  const peer = from === "south" ? connection.socket : connection.link?.socket;
  peer?.close(CLOSE.protocolError, "malformed messages");
  if (from === "south") sentinel.strike(stationId, remoteAddress, "malformed frames");
}

/** True when the message goes no further. */
export function onFinding(
  message: Inspected<Conn>,
  violation: Violation | undefined,
  verdict: Verdict,
  options: FindingsOptions,
): boolean {
  if (violation !== undefined) options.counters.schemaViolations += 1;
  if (verdict.kind !== "pass") return onVerdict(message, verdict, options);
  const { connection, frame } = message;
  if (violation === undefined || frame.type !== 2 || connection.rule.validation !== "enforce") return false;
  if (message.from === "south" && message.messageClass <= 1) return false;
  refuse(message, frame, violation.kind, `${violation.pointer} violates ${violation.keyword}`, options, violation);
  return true;
}

function onVerdict(
  message: Inspected<Conn>,
  verdict: Exclude<Verdict, { kind: "pass" }>,
  options: FindingsOptions,
): boolean {
  const { connection, frame, from } = message;
  const { sentinel, counters, now } = options;
  const { rule, reason } = verdict;
  const { stationId, remoteAddress } = connection;
  if (verdict.kind === "note") {
    sentinel.report({ rule, reason, mode: verdict.mode, stationId });
    return false;
  }
  sentinel.report({ rule, reason, mode: "enforce", stationId, isRefused: true });
  if (frame.type === 2) {
    if (verdict.answer.kind === "error") refuse(message, frame, verdict.answer.code, `${rule}: ${reason}`, options);
    else {
      const answer = encodeCallResult(frame.id, verdict.answer.payload, hasNumericId(message.text));
      reply(connection, from, answer, counters);
    }
  }
  if (rule === "R08" && from === "south" && connection.guard?.keepsFlooding(now()) === true) {
    connection.socket?.close(CLOSE.policy, "too many messages");
    sentinel.strike(stationId, remoteAddress, "too many messages");
  }
  return true;
}

function refuse(
  { connection, from, text }: Inspected<Conn>,
  frame: CallFrame,
  kind: RpcErrorKind,
  description: string,
  { counters }: FindingsOptions,
  details: { readonly pointer?: string; readonly keyword?: string } = {},
): void {
  const { pointer, keyword } = details;
  const named = pointer === undefined || keyword === undefined ? {} : { pointer, keyword };
  const answer = encodeCallError(frame.id, kind, description, connection.version, named, hasNumericId(text));
  reply(connection, from, answer, counters);
}

function reply(connection: Conn, to: "south" | "north", answer: string, counters: Counters): void {
  if (to === "south") toStation(connection, answer, counters);
  else toCsms(connection, answer, counters);
}
