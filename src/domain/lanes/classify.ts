/**
 * Message → guarantee class and lane: the fork's question, asked for every frame.
 *
 * The catalogue knows the answer for most actions; a few depend on what the payload holds:
 *
 * | message                                   | class    | health only                                              |
 * | ----------------------------------------- | -------- | -------------------------------------------------------- |
 * | 1.6 MeterValues of a transaction          | V1       | no                                                       |
 * | 1.6 MeterValues of none, 2.x MeterValues  | V4       | unless a sampled value is signed                         |
 * | TransactionEvent, Started / other         | V0 / V1  | no                                                       |
 * | NotifyEvent                               | V4       | unless it tells availability, or is about a transaction  |
 * | `<Action>-Signed` (2.x)                   | Action's | no                                                       |
 * | vendor or unknown action                  | V4       | no                                                       |
 *
 * Pure, and allocates nothing: the answers are shared and frozen.
 *
 * @see docs/ARCHITECTURE.md, guarantees; OCPP 2.0.1 J01, J02, Part 4 §7; OCPP 2.1 G01 (availability by NotifyEvent)
 */
import { type ActionSpec, actionSpec, type MessageClass } from "../ocpp/catalogue.ts";
import type { Frame, Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export interface Classified {
  readonly messageClass: MessageClass;
  /** True when the CSMS loses nothing it needs if a `divert` policy keeps this CALL or SEND from it. */
  readonly healthOnly: boolean;
}

const answer = (messageClass: MessageClass, healthOnly = false): Classified =>
  Object.freeze({ messageClass, healthOnly });

const VALUE: Readonly<Record<MessageClass, Classified>> = {
  0: answer(0),
  1: answer(1),
  2: answer(2),
  3: answer(3),
  4: answer(4),
};
const HEALTH_ONLY = answer(4, true);

/** Suffix of an action whose payload is a JSON Web Signature over the real one. */
const SIGNED = "-Signed";

/**
 * Class and lane of one frame.
 *
 * @param spec catalogue entry of the frame's action, for an answer that of the CALL it answers; undefined where there is none
 * @returns for an answer (CALLRESULT, CALLERROR, CALLRESULTERROR) the class of the action as the catalogue has it
 */
export function classify(version: OcppVersion, frame: Frame, spec: ActionSpec | undefined): Classified {
  if (frame.type !== 2 && frame.type !== 6) return VALUE[spec?.messageClass ?? 4];
  if (spec === undefined) return classifyUnknown(version, frame.action);
  switch (spec.action) {
    case "MeterValues":
      return classifyMeterValues(version, frame.payload);
    case "TransactionEvent":
      return classifyTransactionEvent(frame.payload);
    case "NotifyEvent":
      return classifyNotifyEvent(frame.payload);
    default:
      return spec.lane === "health" ? HEALTH_ONLY : VALUE[spec.messageClass];
  }
}

function classifyUnknown(version: OcppVersion, action: string): Classified {
  const plain = action.endsWith(SIGNED) ? actionSpec(version, action.slice(0, -SIGNED.length)) : undefined;
  return VALUE[plain?.messageClass ?? 4];
}

const classifyTransactionEvent = ({ eventType }: Payload): Classified => VALUE[eventType === "Started" ? 0 : 1];

const classifyNotifyEvent = ({ eventData }: Payload): Classified =>
  someItem(eventData, isForTheCsms) ? VALUE[4] : HEALTH_ONLY;

/**
 * In 2.x a transaction's readings travel in TransactionEvent, so MeterValues never belongs to one. In 1.6 there are
 * stations that leave the transactionId out; a reading at a transaction's begin or end gives them away.
 */
function classifyMeterValues(version: OcppVersion, payload: Payload): Classified {
  const { transactionId, meterValue } = payload;
  if (version === "ocpp1.6" && (transactionId !== undefined || someItem(meterValue, hasTransactionSample))) {
    return VALUE[1];
  }
  return someItem(meterValue, hasSignedSample) ? VALUE[4] : HEALTH_ONLY;
}

const hasTransactionSample = ({ sampledValue }: Payload): boolean => someItem(sampledValue, isOfTransaction);

const isOfTransaction = ({ context }: Payload): boolean =>
  context === "Transaction.Begin" || context === "Transaction.End";

const hasSignedSample = ({ sampledValue }: Payload): boolean => someItem(sampledValue, isSigned);

const isSigned = ({ format, signedMeterValue }: Payload): boolean =>
  format === "SignedData" || signedMeterValue !== undefined;

/** Availability replaces StatusNotification in 2.1. Names in the device model are compared without regard to case. */
function isForTheCsms({ transactionId, variable }: Payload): boolean {
  if (transactionId !== undefined || !isObject(variable)) return true;
  const { name } = variable;
  return typeof name !== "string" || name.toLowerCase() === "availabilitystate";
}

const isObject = (value: unknown): value is Payload => typeof value === "object" && value !== null;

/** True when `list` is no list, has an item that is no object, or one that `test` is true of: what is odd is not diverted. */
function someItem(list: unknown, test: (item: Payload) => boolean): boolean {
  if (!Array.isArray(list)) return true;
  for (const item of list) if (!isObject(item) || test(item)) return true;
  return false;
}
