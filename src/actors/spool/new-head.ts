/**
 * What is written down about a message when it is taken, and the text under which it leaves.
 *
 *     goes out now ─▶ keeps its id, unless an answer to that id could reach another call
 *     goes out later ─▶ an id of its own, and in 2.x the mark that it happened offline
 */
import { type EpochMs, type MessageId, messageId } from "../../domain/ids.ts";
import type { CallGate } from "../../domain/ocpp/call-gate.ts";
import { setMember } from "../../domain/ocpp/edit-json.ts";
import { withMessageId } from "../../domain/ocpp/encode-frame.ts";
import type { CallFrame } from "../../domain/ocpp/frame.ts";
import { RECORD_VERSION, type SpoolHead } from "../../domain/spool/record.ts";
import type { Spoolable } from "../../domain/spool/spoolable.ts";
import type { With } from "../../streams/value-lane.ts";
import type { StationConnection } from "../station-connection.ts";
import { cacheScope, type SpoolContext } from "./spool-context.ts";

/**
 * @param waits the station waits for the CSMS's answer, so the message goes out now
 * @param first id under which it left before a restart; it is a repetition
 */
export function headOf(
  message: With<CallFrame, StationConnection>,
  kind: Spoolable,
  key: string,
  waits: boolean,
  context: SpoolContext,
  first?: MessageId,
): SpoolHead {
  const { frame, messageClass, text, connection } = message;
  const { random, time, counters } = context;
  // A message that goes out now keeps its id; one that goes out later must not meet a younger one of the same id.
  const keepsId = waits && first === undefined && !isTaken(connection.toCsms, frame, text);
  if (waits && !keepsId) counters.rewrittenIds += 1;
  const takenAt = time.now(cacheScope(connection));
  // Put together piece by piece: on the hot path, spreads cost as much as the rest.
  const head: { -readonly [name in keyof SpoolHead]: SpoolHead[name] } = {
    v: RECORD_VERSION,
    id: keepsId ? frame.id : (first ?? messageId(random.uuid())),
    action: frame.action,
    messageClass,
    role: kind.role,
    key,
    takenAt,
  };
  if (head.id !== frame.id) head.stationMessageId = frame.id;
  if (kind.transaction !== undefined) head.transaction = kind.transaction;
  if (kind.thinnable) head.thinnable = true;
  if (!waits) head.owned = true;
  const fault = clockFault(frame, takenAt, context);
  if (fault !== undefined) head.clock = fault;
  return head;
}

/** What is owned from the beginning leaves under its own id, and in 2.x it says that it happened offline (E04.FR.03). */
export function textOf({ frame, text }: With<CallFrame, StationConnection>, head: SpoolHead, waits: boolean): string {
  const own = head.id === frame.id ? text : withMessageId(text, head.id);
  return waits ? own : happenedOffline(own, frame.action);
}

/** What has a timestamp of its own is looked at (starts, stops, events): there a wrong clock costs money. */
function clockFault({ payload }: CallFrame, now: EpochMs, context: SpoolContext): string | undefined {
  const { timestamp } = payload;
  const fault = typeof timestamp === "string" ? context.time.faultAt(timestamp, now) : undefined;
  if (fault !== undefined) context.counters.stationClockFaults += 1;
  return fault;
}

/** The text of a message that its station no longer waits for. @see OCPP 2.0.1 Part 2 E04.FR.03 */
export const happenedOffline = (text: string, action: string): string =>
  action === "TransactionEvent" ? (setMember(text, [3], "offline", "true") ?? text) : text;

/** True when an answer to a call of this id could reach another call. */
function isTaken(gate: CallGate, { id }: CallFrame, text: string): boolean {
  if (gate.load === 0 && !gate.hasExpired) return false;
  const expired = gate.expiredLately(id);
  return (expired !== undefined && expired.text !== text) || gate.find((call) => call.id === id) !== undefined;
}
