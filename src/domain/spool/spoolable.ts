/**
 * Which messages of a station the gateway owes to the CSMS for good, and what it has to know of them to keep that promise.
 *
 * | version | message                              | role   | may be thinned out                                      |
 * | ------- | ------------------------------------ | ------ | ------------------------------------------------------- |
 * | 1.6     | StartTransaction                     | start  | never                                                   |
 * | 1.6     | MeterValues of a transaction         | update | unless signed, or taken at a transaction's begin or end |
 * | 1.6     | StopTransaction                      | stop   | never                                                   |
 * | 2.x     | TransactionEvent Started / Ended     | start / stop | never                                             |
 * | 2.x     | TransactionEvent Updated             | update | only periodic readings (J02.FR.20), unless signed       |
 * | all     | SecurityEventNotification            | event  | never                                                   |
 * | 2.1     | NotifySettlement, BatterySwap        | event  | never                                                   |
 *
 * @see OCPP 1.6 §3.7; OCPP 2.0.1 Part 2 A04.FR.02, E04, E12, J02.FR.20
 */
import { businessKey } from "../ocpp/business-key.ts";
import type { CallFrame, Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export type SpoolRole = "start" | "update" | "stop" | "event";

export interface Spoolable {
  readonly role: SpoolRole;
  /** The transaction as the station names it; undefined for a 1.6 start, which has no name yet, and for what belongs to none. */
  readonly transaction: string | undefined;
  /** True when a full spool may leave this one out. */
  readonly thinnable: boolean;
}

const EVENTS: ReadonlySet<string> = new Set(["SecurityEventNotification", "NotifySettlement", "BatterySwap"]);
const EVENT: Spoolable = Object.freeze({ role: "event", transaction: undefined, thinnable: false });
const START: Spoolable = Object.freeze({ role: "start", transaction: undefined, thinnable: false });

/**
 * What `frame` is to the spool; undefined for messages that it does not keep.
 *
 * @param messageClass of the frame (`classify`): a MeterValues that belongs to no transaction is not class 1
 */
export function spoolable(version: OcppVersion, frame: CallFrame, messageClass: number): Spoolable | undefined {
  if (messageClass > 1) return undefined;
  const { action, payload } = frame;
  if (EVENTS.has(action)) return EVENT;
  if (version !== "ocpp1.6") return action === "TransactionEvent" ? ofEvent(payload) : undefined;
  switch (action) {
    case "StartTransaction":
      return START;
    case "StopTransaction":
      return { role: "stop", transaction: idText(payload["transactionId"]), thinnable: false };
    case "MeterValues":
      return {
        role: "update",
        transaction: idText(payload["transactionId"]),
        thinnable: !someSample(payload["meterValue"], mustStay16),
      };
    default:
      return undefined;
  }
}

/**
 * What makes two messages the same one: the business key where the message has one, else action and payload as they stand in
 * the frame. It is compared with a station's latest messages only, where the same payload, timestamps included, is a repetition.
 */
export function contentKey(version: OcppVersion, frame: CallFrame, text: string): string {
  return businessKey(version, frame) ?? `${frame.action} ${digest(text, payloadStart(text, frame.action))}`;
}

function ofEvent(payload: Payload): Spoolable {
  const info = payload["transactionInfo"] as { readonly transactionId?: unknown } | null | undefined;
  const transaction = typeof info?.transactionId === "string" ? info.transactionId : undefined;
  switch (payload["eventType"]) {
    case "Started":
      return { role: "start", transaction, thinnable: false };
    case "Ended":
      return { role: "stop", transaction, thinnable: false };
    default:
      return { role: "update", transaction, thinnable: isPeriodic(payload) };
  }
}

const isPeriodic = ({ triggerReason, meterValue }: Payload): boolean =>
  (triggerReason === "MeterValuePeriodic" || triggerReason === "MeterValueClock") && !someSample(meterValue, isSigned);

/** A 1.6 transaction id; some stations send it as text. */
export function transactionNumber(id: unknown): number | undefined {
  if (typeof id === "number") return id;
  return typeof id === "string" && /^\s*-?\d{1,10}\s*$/.test(id) ? Number(id) : undefined;
}

const idText = (id: unknown): string | undefined => transactionNumber(id)?.toString();

const isSigned = ({ format, signedMeterValue }: Payload): boolean =>
  format === "SignedData" || signedMeterValue !== undefined;

const mustStay16 = (sample: Payload): boolean =>
  isSigned(sample) || sample["context"] === "Transaction.Begin" || sample["context"] === "Transaction.End";

/** True when a sample passes the test, or when the list is not what it should be: what is odd is kept. */
function someSample(list: unknown, test: (sample: Payload) => boolean): boolean {
  if (!Array.isArray(list)) return true;
  for (const meterValue of list) {
    const samples: unknown = (meterValue as Payload | null)?.["sampledValue"];
    if (!Array.isArray(samples) || samples.some((sample) => typeof sample !== "object" || !sample || test(sample)))
      return true;
  }
  return false;
}

/** Index behind the action's closing quote. The id may hold anything, braces and the action's name too. */
function payloadStart(text: string, action: string): number {
  let at = text.indexOf(",") + 1;
  const quote = text.indexOf('"', at);
  // An id may be a number.
  if (text.slice(at, quote).trim() === "") {
    for (at = quote + 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === "\\") at += 1;
    at += 1;
  }
  const name = text.indexOf(`"${action}"`, at);
  return name === -1 ? 0 : name + action.length + 2;
}

/**
 * 64 bits, FNV-1a twice with different starts, two units a step: not for secrets, only to tell a station's latest few messages apart.
 */
function digest(text: string, from: number): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = from; i < text.length; i += 2) {
    // Behind the end stands nothing, which counts as 0; the length is told beside the digest.
    const units = text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16);
    a = Math.imul(a ^ units, 0x01000193);
    b = Math.imul(b ^ units, 0x5bd1e995);
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}.${text.length - from}`;
}
