/** The call of a message whose station waits for the CSMS's answer: put into the gate, and taken out of it. */
import type { PendingCall } from "../../domain/ocpp/call-gate.ts";
import type { CallFrame } from "../../domain/ocpp/frame.ts";
import type { With } from "../../streams/value-lane.ts";
import { takeBack } from "../legs.ts";
import type { StationConnection } from "../station-connection.ts";
import type { Entry } from "./entry.ts";
import { asSent } from "./frame-text.ts";

export interface LiveCallOptions {
  /** The frame's text as the CSMS has to see it. */
  readonly wire: string;
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly expiresAt: number;
}

/** Where nothing had to be changed, the station's bytes leave as they came. */
export function liveCall(
  entry: Entry,
  { frame, bytes, text, messageClass }: With<CallFrame, StationConnection>,
  { wire, now, expiresAt }: LiveCallOptions,
  settled: NonNullable<PendingCall["settle"]>,
): PendingCall {
  const { id, role } = entry.head;
  const call: PendingCall = {
    id,
    frame: wire === text ? frame : asSent(frame, wire),
    text,
    bytes: wire === text ? bytes : Buffer.from(wire),
    messageClass,
    rank: messageClass,
    transactional: role !== "event",
    origin: "relay",
    offeredAt: now,
    expiresAt,
    originalId: id === frame.id ? undefined : frame.id,
    numericId: false,
    wasSent: false,
    businessKey: undefined,
    twins: undefined,
    settle: (answer, answerFrame) => {
      entry.wasSent ||= call.wasSent;
      settled(answer, answerFrame);
    },
  };
  return call;
}

/** Takes an entry's call out of the gate, unless it is in flight: then its answer is the spool's from now on. */
export function release(entry: Entry, connection: StationConnection): void {
  if (!entry.isOffered) return;
  const call = connection.toCsms.find(({ id, settle }) => id === entry.head.id && settle !== undefined);
  const isTakenBack = call !== undefined && takeBack(connection, call);
  // Not found: under way on a connection that is gone.
  entry.wasSent ||= call === undefined || call.wasSent;
  if (isTakenBack) entry.isOffered = false;
  else if (call !== undefined) call.origin = "spool";
}
