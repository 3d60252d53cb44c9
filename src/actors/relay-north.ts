/**
 * Calls of the station, and the answers of the CSMS.
 *
 *     station ── CALL ──▶ repeated? ─▶ diverted? ─▶ spool's? ─▶ same content? ─▶ gate ─▶ CSMS
 *     station ◀─ answer ◀─ remember ◀─────────────────────────────────── settle ◀──── CSMS
 *
 * Frames travel as they came. A CALLERROR of the gateway's own is sent only where nobody else will answer.
 */
import type { Counters } from "../domain/counters.ts";
import { businessKey } from "../domain/ocpp/business-key.ts";
import type { GatewayAnswer, PendingCall } from "../domain/ocpp/call-gate.ts";
import { hasNumericId } from "../domain/ocpp/decode-frame.ts";
import { encodeCall, encodeCallError, encodeCallResult, withMessageId } from "../domain/ocpp/encode-frame.ts";
import type { RpcErrorKind } from "../domain/ocpp/error-codes.ts";
import type { CallFrame } from "../domain/ocpp/frame.ts";
import { isProvisional } from "../domain/spool/provisional-id.ts";
import { spoolable, transactionNumber } from "../domain/spool/spoolable.ts";
import type { Answer, With } from "../streams/value-lane.ts";
import { callToCsms, pauseStation, resumeLegs, toStation } from "./legs.ts";
import { relayedCall } from "./pending-call.ts";
import type { RelayOptions } from "./relay.ts";
import type { ValueSpool } from "./spool/value-spool.ts";
import type { StationConnection } from "./station-connection.ts";

type Conn = StationConnection;

export function stationCall(message: With<CallFrame, Conn>, options: RelayOptions): void {
  const { connection, frame } = message;
  const { counters, limits } = options;
  if (isRepeated(message, counters)) return;
  if (message.healthOnly && connection.rule.fork === "divert") {
    counters.diverted += 1;
    toStation(connection, encodeCallResult(frame.id, {}, hasNumericId(message.text)), counters);
    return;
  }
  if (connection.certificates?.isOfTheLink(frame) === true) {
    // It is for the station's link to the gateway; the CSMS must not sign it (2.0.1 Part 4 §6.5).
    toStation(connection, encodeCallResult(frame.id, { status: "Rejected" }, hasNumericId(message.text)), counters);
    return;
  }
  if (options.spool !== undefined && isSpools(message, options.spool)) return;
  if (options.spoolIsLost && isOurTransaction(message)) {
    const text = "The gateway cannot read what it knows of this transaction";
    toStation(
      connection,
      encodeCallError(frame.id, "GenericError", text, connection.version, {}, hasNumericId(message.text)),
      counters,
    );
    return;
  }
  const key = businessKey(connection.version, frame);
  if (key !== undefined && isKnownContent(message, key, counters)) return;
  const gate = connection.toCsms;
  const told = withOwnRows(message, options);
  const call = relayedCall(options.spool?.namedForCsms(told) ?? told, gate, limits.callTimeoutSec, options);
  call.businessKey = key;
  const outcome = gate.offer(call);
  if (outcome === "full") {
    counters.callQueueFull += 1;
    toStation(
      connection,
      refusal(call, connection, "GenericError", "Too many calls are waiting for the CSMS"),
      counters,
    );
    return;
  }
  if (outcome === "send") {
    callToCsms(connection, call, counters);
    return;
  }
  connection.uplink?.promote(call.messageClass);
  if (gate.waiting >= limits.callQueue && connection.socket !== undefined) pauseStation(connection.socket, counters);
}

/** A report as the CSMS has to see it: what it says of the link is the gateway's word. */
function withOwnRows(message: With<CallFrame, Conn>, { links }: RelayOptions): With<CallFrame, Conn> {
  const { connection, frame } = message;
  if (frame.action !== "NotifyReport") return message;
  const payload = links?.desk.inReport(connection, frame);
  if (payload === undefined) return message;
  const text = encodeCall(frame.id, frame.action, payload);
  return { ...message, frame: { ...frame, payload }, text, bytes: Buffer.from(text) };
}

export function csmsAnswer(message: With<Answer, Conn>, options: RelayOptions): void {
  const { connection, frame, text, bytes } = message;
  const { counters, clock } = options;
  const call = connection.toCsms.settle(frame.id);
  if (call === undefined) {
    countStray(connection.toCsms.expiredLately(frame.id), counters);
    return;
  }
  if (call.settle !== undefined) {
    if (call.origin === "relay") counters.roundTrip((clock.monotonicMs() - call.offeredAt) * 1000);
    call.settle(answerOf(frame), message);
    pumpToCsms(connection, options);
    return;
  }
  const answer = call.originalId === undefined ? text : withMessageId(text, call.originalId, call.numericId);
  toStation(connection, call.originalId === undefined ? bytes : answer, counters, call.messageClass === 0);
  counters.roundTrip((clock.monotonicMs() - call.offeredAt) * 1000);
  if (call.twins !== undefined) answerTwins(call.twins, connection, text, counters);
  if (frame.type === 3) {
    // Never an old time or an old registration: what only tells the state is asked again.
    if (call.messageClass !== 3) connection.answers.remember(call.originalId ?? call.id, call.text, answer);
    if (call.businessKey !== undefined) connection.host.business.remember(call.businessKey, answer);
  }
  // The station has been answered once, so it can take calls (field-lessons 13).
  if (!connection.toStation.isOpen) openToStation(connection, counters);
  pumpToCsms(connection, options);
}

function answerTwins(
  twins: NonNullable<PendingCall["twins"]>,
  connection: Conn,
  text: string,
  counters: Counters,
): void {
  for (const { id, numericId } of twins) toStation(connection, withMessageId(text, id, numericId), counters);
}

/** Sends what waits, as far as the gate lets it. */
export function pumpToCsms(connection: Conn, { counters, limits, spool }: RelayOptions): void {
  const call = nextCall(connection, spool);
  if (call !== undefined) callToCsms(connection, call, counters);
  resumeLegs(connection, limits.callQueue);
}

/** Cards and boots first, then what the spool owes, then everything else (V0 … V4). */
function nextCall(connection: Conn, spool: RelayOptions["spool"]): PendingCall | undefined {
  const gate = connection.toCsms;
  const wants = spool?.wants(connection);
  if (spool === undefined || wants === undefined || !gate.isFree) return gate.next();
  const urgent = gate.next(wants > 1 ? undefined : 0);
  if (urgent !== undefined) return urgent;
  const own = spool.nextCall(connection);
  if (own === undefined) return gate.next();
  gate.occupy(own);
  return own;
}

/** From now on the station gets its calls. */
export function openToStation(connection: Conn, counters: Counters): void {
  connection.toStation.setOpen(true);
  const call = connection.toStation.next();
  if (call !== undefined) toStation(connection, call.bytes, counters);
}

/** Calls of the station whose time is over, or that nobody will answer: the station is told so. */
export function giveBack(calls: readonly PendingCall[], connection: Conn, reason: string, options: RelayOptions): void {
  for (const call of calls) {
    if (call.settle !== undefined) {
      call.settle({ kind: "timeout" });
      continue;
    }
    toStation(connection, refusal(call, connection, "GenericError", reason), options.counters);
    for (const twin of call.twins ?? []) {
      const answer = encodeCallError(twin.id, "GenericError", reason, connection.version, {}, twin.numericId);
      toStation(connection, answer, options.counters);
    }
  }
}

/** The same call again, id and text: answered from memory, or its answer is on the way. */
function isRepeated({ connection, frame, text }: With<CallFrame, Conn>, counters: Counters): boolean {
  const remembered = connection.answers.recall(frame.id, text);
  if (remembered !== undefined) {
    counters.retriesAnsweredFromMemory += 1;
    toStation(connection, remembered, counters);
    return true;
  }
  if (connection.toCsms.load === 0) return false;
  // What the spool delivers may have the id of an older message; a station that counts again from 1 means another one.
  const underWay = connection.toCsms.find(
    (call) => call.origin === "relay" && (call.originalId ?? call.id) === frame.id,
  );
  if (underWay === undefined) return false;
  counters.duplicateCalls += 1;
  if (underWay.text !== text) {
    const kind = connection.version === "ocpp1.6" ? "GenericError" : "RpcFrameworkError";
    const answer = encodeCallError(
      frame.id,
      kind,
      "This message id is in use",
      connection.version,
      {},
      hasNumericId(text),
    );
    toStation(connection, answer, counters);
  }
  return true;
}

/** The same transaction message under a new id: it takes effect once, and is answered as often as it was sent. */
function isKnownContent({ connection, frame, text }: With<CallFrame, Conn>, key: string, counters: Counters): boolean {
  const numericId = hasNumericId(text);
  const remembered = connection.host.business.recall(key);
  if (remembered !== undefined) {
    counters.retriesAnsweredFromMemory += 1;
    toStation(connection, withMessageId(remembered, frame.id, numericId), counters);
    return true;
  }
  const underWay = connection.toCsms.find((call) => call.businessKey === key);
  if (underWay === undefined) return false;
  counters.duplicateCalls += 1;
  underWay.twins ??= [];
  underWay.twins.push({ id: frame.id, numericId });
  return true;
}

function refusal(call: PendingCall, { version }: Conn, kind: RpcErrorKind, reason: string): string {
  return encodeCallError(call.originalId ?? call.id, kind, reason, version, {}, call.numericId);
}

/** True when the spool has taken the message, or answered it in the CSMS's place. */
function isSpools(message: With<CallFrame, Conn>, spool: ValueSpool): boolean {
  const kind = spoolable(message.connection.version, message.frame, message.messageClass);
  return kind === undefined ? spool.answersHere(message) : spool.take(message, kind);
}

/** A 1.6 transaction that the gateway named: without the spool nobody knows what the CSMS calls it. The station keeps the message. */
function isOurTransaction({ connection, frame }: With<CallFrame, Conn>): boolean {
  const transactionId = transactionNumber(frame.payload["transactionId"]);
  return connection.version === "ocpp1.6" && transactionId !== undefined && isProvisional(transactionId);
}

export function answerOf(frame: Answer): GatewayAnswer {
  return frame.type === 3
    ? { kind: "result", payload: frame.payload }
    : { kind: "error", code: frame.code, description: frame.description };
}

/** An answer to nobody's question never becomes somebody else's answer (field-lessons 10, 11). */
export function countStray(expired: PendingCall | undefined, counters: Counters): void {
  if (expired === undefined) counters.unknownAnswers += 1;
  else counters.lateAnswers += 1;
}
