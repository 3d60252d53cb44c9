/**
 * One frame, looked at once: decoded, validated, classified, examined by the firewall. Everything later uses what this found.
 */
import { PASS, type Verdict } from "../domain/firewall/guard.ts";
import type { EpochMs } from "../domain/ids.ts";
import { classify } from "../domain/lanes/classify.ts";
import { type ActionSpec, actionSpec } from "../domain/ocpp/catalogue.ts";
import { decodeFrame, type FrameFault } from "../domain/ocpp/decode-frame.ts";
import type { Frame } from "../domain/ocpp/frame.ts";
import type { Validators, Violation } from "../domain/ocpp/validate.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { Connection, Inspected, RawFrame } from "./messages.ts";

export interface InspectOptions {
  readonly now: () => EpochMs;
  readonly maxDepth: number;
  /** Validators of a version that a connection speaks; they are loaded before the connection is. */
  readonly validators: (version: OcppVersion) => Validators;
}

/** What inspection says of a frame. `violation` and `verdict` are for the lane to act on. */
export type Inspection<C extends Connection> =
  | {
      readonly ok: true;
      readonly message: Inspected<C>;
      readonly violation: Violation | undefined;
      readonly verdict: Verdict;
    }
  | { readonly ok: false; readonly raw: RawFrame<C>; readonly text: string; readonly fault: FrameFault };

/** Class of an answer: replies are never queued, so it only serves the counters. */
const ANSWER = Object.freeze({ messageClass: 2, healthOnly: false } as const);

/** Never throws: what a peer sends cannot end a stream. */
export function inspect<C extends Connection>(
  raw: RawFrame<C>,
  { now, maxDepth, validators }: InspectOptions,
): Inspection<C> {
  const { connection, from, bytes } = raw;
  const text = bytes.toString("utf8");
  const decoded = decodeFrame(text, bytes, connection.version, maxDepth);
  if (!decoded.ok) return { ok: false, raw, text, fault: decoded.error };
  const frame = decoded.value;
  const isCall = frame.type === 2 || frame.type === 6;
  const answers = isCall ? undefined : connection.pendingFor(from, frame.id);
  const action = isCall ? frame.action : answers?.frame.action;
  const spec = action === undefined ? undefined : actionSpec(connection.version, action);
  const { messageClass, healthOnly } = isCall ? classify(connection.version, frame, spec) : ANSWER;
  const message: Inspected<C> = {
    connection,
    from,
    frame,
    text,
    bytes,
    receivedAt: now(),
    // The catalogue's own string where there is one: comparing it costs a pointer.
    action: spec?.action ?? action,
    spec,
    messageClass,
    healthOnly,
    answers,
  };
  return {
    ok: true,
    message,
    violation: violationOf(frame, spec, validators(connection.version)),
    verdict: connection.guard?.examine(message) ?? PASS,
  };
}

/** A vendor's action has no schema; an answer to nobody's question is judged elsewhere. */
function violationOf(frame: Frame, spec: ActionSpec | undefined, validators: Validators): Violation | undefined {
  if (spec === undefined) return undefined;
  switch (frame.type) {
    case 2:
      return validators.validate(spec.action, "request", frame.payload);
    case 3:
      return validators.validate(spec.action, "response", frame.payload);
    case 6:
      return validators.validate(spec.action, "send", frame.payload);
    default:
      return undefined;
  }
}
