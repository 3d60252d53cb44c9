/**
 * Calls of the CSMS and of the gateway itself, and the answers of the station.
 *
 *     CSMS ── CALL ──▶ repeated? ─▶ gate (opens when the station had its first answer) ─▶ station
 *     CSMS ◀─ answer ◀──┬── settle ◀──────────────────────────────────────────────────── station
 *     gateway ◀─────────┘
 */
import type { Counters } from "../domain/counters.ts";
import { GatewayError } from "../domain/error.ts";
import { messageId } from "../domain/ids.ts";
import type { GatewayAnswer, PendingCall } from "../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { encodeCallError, encodeCallResult, withMessageId } from "../domain/ocpp/encode-frame.ts";
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { Answer, With } from "../streams/value-lane.ts";
import { toCsms, toStation } from "./legs.ts";
import { callCsms, ownCall } from "./own-call.ts";
import { relayedCall } from "./pending-call.ts";
import type { RelayOptions } from "./relay.ts";
import { answerOf, countStray } from "./relay-north.ts";
import { withinSite } from "./site-limit.ts";
import type { StationConnection } from "./station-connection.ts";

type Conn = StationConnection;

const NOT_IN_TIME = "The station did not answer in time";
const NOT_CONNECTED = "The station is not connected";
const TOO_MANY = "Too many calls are waiting for the station";

/** What a CALLERROR of the gateway's says where the station has given no answer. */
export const NOT_ANSWERED: ReadonlySet<string> = new Set([NOT_IN_TIME, NOT_CONNECTED, TOO_MANY]);

export function csmsCall(message: With<CallFrame, Conn>, options: RelayOptions): void {
  const { connection, frame } = message;
  const { counters, limits, spool } = options;
  if (connection.socket === undefined) {
    // Delivering for a station that is away: a command must not wait for it (field-lessons 30).
    refuse(connection, frame.id, NOT_CONNECTED, counters);
    return;
  }
  if (isOfLink(message, options) || isOfCertificates(message, options)) return;
  const asked = spool?.namedForStation(message) ?? message;
  const { siteLimit } = connection.rule;
  const named = siteLimit === undefined ? asked : withinSite(asked, siteLimit, counters, options.logger);
  const { text } = named;
  const gate = connection.toStation;
  const twin = gate.find((call) => call.origin === "relay" && (call.originalId ?? call.id) === frame.id);
  if (twin !== undefined) {
    counters.duplicateCalls += 1;
    if (twin.text !== text) refuse(connection, frame.id, "This message id is in use", counters);
    return;
  }
  if (options.delays !== undefined && isHeldBack(named, options)) return;
  const call = relayedCall(named, gate, limits.stationCallTimeoutSec, options);
  const outcome = gate.offer(call);
  if (outcome === "send") toStation(connection, call.bytes, counters, call.messageClass === 0);
  else if (outcome === "full") {
    counters.callQueueFull += 1;
    refuse(connection, frame.id, TOO_MANY, counters);
  }
}

/** True when the command goes to the station later, and the CSMS has been answered, or will be as soon as it is on disk. */
function isHeldBack({ connection, frame, text }: With<CallFrame, Conn>, { delays, counters }: RelayOptions): boolean {
  // Of a translated station it was held before the translation, whose own steps must not be late.
  if (connection.rule.csms?.speaks !== undefined && connection.version === "ocpp1.6") return false;
  return (
    delays?.takes(connection, connection.version, frame, {
      answer: (payload) => void toCsms(connection, encodeCallResult(frame.id, payload, hasNumericId(text)), counters),
      refuse: (reason) => refuse(connection, frame.id, reason, counters),
    }) === true
  );
}

/** True when the call is about settings of the link that ends here: then it has been, or will be, answered here (field-lessons 31). */
function isOfLink({ connection, frame, text }: With<CallFrame, Conn>, options: RelayOptions): boolean {
  // Of a translated station the CSMS's call was looked at before the translation; what comes here is the translation's own.
  if (connection.rule.csms?.speaks !== undefined && connection.version === "ocpp1.6") return false;
  const { counters, links } = options;
  const taken = links?.takes(connection, connection.version, frame, {
    answer: (payload) => void toCsms(connection, encodeCallResult(frame.id, payload, hasNumericId(text)), counters),
    refuse: (reason) => refuse(connection, frame.id, reason, counters),
    askStation: (action, payload) => callStation(connection, action, payload, options),
    tell: (action, payload) => void callCsms(connection, action, payload, options),
  });
  return taken === true;
}

/** True when the call is about the gateway's own certificates towards the CSMS: then it has been, or will be, answered here. */
function isOfCertificates({ connection, frame, text }: With<CallFrame, Conn>, options: RelayOptions): boolean {
  const { counters } = options;
  return (
    connection.certificates?.takes(connection.version, frame, {
      answer: (payload) => void toCsms(connection, encodeCallResult(frame.id, payload, hasNumericId(text)), counters),
      refuse: (reason) =>
        void toCsms(connection, encodeCallError(frame.id, "NotImplemented", reason, connection.version), counters),
      askStation: (action, payload) => callStation(connection, action, payload, options),
    }) === true
  );
}

export function stationAnswer(message: With<Answer, Conn>, { counters }: RelayOptions): void {
  const { connection, frame, text, bytes } = message;
  const call = connection.toStation.settle(frame.id);
  if (call === undefined) {
    countStray(connection.toStation.expiredLately(frame.id), counters);
    return;
  }
  if (call.settle !== undefined) call.settle(answerOf(frame));
  else {
    const answer = call.originalId === undefined ? bytes : withMessageId(text, call.originalId);
    toCsms(connection, answer, counters, call.messageClass);
  }
  const next = connection.toStation.next();
  if (next !== undefined) toStation(connection, next.bytes, counters);
}

/**
 * A CALL of the gateway's own. Its answer ends here; the CSMS never sees it (field-lessons 12).
 *
 * @throws GatewayError `ERR_NOT_CONNECTED`, `ERR_QUEUE_FULL`, `ERR_CALL_TIMEOUT`, `ERR_CALL_REFUSED`
 */
export function callStation(
  connection: Conn,
  action: string,
  payload: object,
  options: RelayOptions,
): Promise<Payload> {
  const { stationId } = connection;
  const { counters, limits } = options;
  return new Promise((resolve, reject) => {
    const call = ownCall(
      {
        action,
        payload,
        timeoutSec: limits.stationCallTimeoutSec,
        settle: (answer) =>
          answer.kind === "result" ? resolve(answer.payload as Payload) : reject(failure(answer, stationId, action)),
      },
      options,
    );
    const outcome = connection.toStation.offer(call);
    if (outcome === "full") {
      counters.callQueueFull += 1;
      reject(
        new GatewayError("ERR_QUEUE_FULL", TOO_MANY, {
          stationId,
          setting: "limits.callQueue",
        }),
      );
    } else if (outcome === "send") toStation(connection, call.bytes, counters);
  });
}

/** Calls to the station whose time is over, or that nobody will answer: whoever asked is told so. */
export function giveUp(
  calls: readonly PendingCall[],
  connection: Conn,
  kind: "timeout" | "closed",
  { counters }: RelayOptions,
): void {
  const reason = kind === "timeout" ? NOT_IN_TIME : NOT_CONNECTED;
  for (const call of calls) {
    if (call.settle !== undefined) call.settle({ kind });
    else refuse(connection, call.originalId ?? call.id, reason, counters);
  }
}

function refuse(connection: Conn, id: string, reason: string, counters: Counters): void {
  toCsms(connection, encodeCallError(messageId(id), "GenericError", reason, connection.version), counters);
}

function failure(answer: Exclude<GatewayAnswer, { kind: "result" }>, station: string, action: string): GatewayError {
  const details = { stationId: station };
  switch (answer.kind) {
    case "error":
      return new GatewayError("ERR_CALL_REFUSED", `${action} was answered CALLERROR ${answer.code}`, details);
    case "timeout":
      return new GatewayError("ERR_CALL_TIMEOUT", `${action} was not answered in time`, {
        ...details,
        setting: "limits.stationCallTimeoutSec",
      });
    case "closed":
    case "lost":
      return new GatewayError("ERR_NOT_CONNECTED", `The station went away before it answered ${action}`, details);
  }
}
