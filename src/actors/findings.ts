/**
 * What is done about frames that cannot be used, and about what rules and schemas find.
 *
 * A relay is lenient: a schema violation is counted and passes, unless the station's rule enforces schemas, and transaction
 * messages pass even then, because a CALLERROR makes a station discard what somebody has to be billed for (field-lessons 16).
 */
import type { LimitsConfig } from "../config/types.ts";
import type { Counters } from "../domain/counters.ts";
import type { FrameFault } from "../domain/ocpp/decode-frame.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { encodeCallError } from "../domain/ocpp/encode-frame.ts";
import type { RpcErrorKind } from "../domain/ocpp/error-codes.ts";
import type { CallFrame } from "../domain/ocpp/frame.ts";
import { answerToMalformed } from "../domain/ocpp/malformed.ts";
import type { Violation } from "../domain/ocpp/validate.ts";
import type { Verdict } from "../domain/security/firewall.ts";
import type { Inspected, RawFrame } from "../streams/messages.ts";
import type { GatewayBus } from "./gateway-bus.ts";
import { toCsms, toStation } from "./legs.ts";
import { CLOSE } from "./peer-socket.ts";
import type { StationConnection } from "./station-connection.ts";

export interface FindingsOptions {
  readonly counters: Counters;
  readonly bus: GatewayBus;
  readonly limits: Pick<LimitsConfig, "malformedInARow">;
}

type Conn = StationConnection;

/** Answers a malformed frame where its version says so, and closes on the sender when they do not stop. */
export function onMalformed(raw: RawFrame<Conn>, text: string, fault: FrameFault, options: FindingsOptions): void {
  const { connection, from } = raw;
  const { counters, bus, limits } = options;
  counters.malformedFrames += 1;
  connection.malformedInARow[from] += 1;
  const answer = answerToMalformed(fault, connection.version, fault.id !== undefined && hasNumericId(text));
  if (answer !== undefined) reply(connection, from, answer, counters);
  const inARow = connection.malformedInARow[from];
  if (inARow < limits.malformedInARow) return;
  const { stationId } = connection;
  bus.emit("security", { type: "InvalidMessages", stationId, detail: `${inARow} in a row from ${from}` });
  connection.malformedInARow[from] = 0;
  const peer = from === "south" ? connection.socket : connection.link?.socket;
  peer?.close(CLOSE.protocolError, "malformed messages");
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
  const { connection, frame } = message;
  options.counters.firewallFindings += 1;
  if (verdict.kind === "note") return false;
  options.counters.refusedByFirewall += 1;
  const detail = `${verdict.rule}: ${verdict.reason}`;
  options.bus.emit("security", { type: "FirewallVerdict", stationId: connection.stationId, detail });
  if (verdict.kind === "reject" && frame.type === 2) refuse(message, frame, "SecurityError", detail, options);
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
