/**
 * What leaves in the place of a frame of ours that its schema does not allow. Such a frame is a defect, and is never sent; but a
 * driver's start, or the meter of a transaction's end, must not be lost with it.
 *
 * @see docs/protocol.md (what we send is strictly valid)
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";

/** Payloads to try instead of `payload`, richest first. */
export function lesserRequests(action: string, payload: Payload): readonly Payload[] {
  return action === "TransactionEvent" ? lesserEvents(payload) : [without(payload, ["customData", "statusInfo"])];
}

/** Fields of a TransactionEvent without which it still tells who, where, when and how much. */
const ADORNMENTS = ["customData", "reservationId", "numberOfPhasesUsed", "cableMaxCurrent"];

function lesserEvents(payload: Payload): readonly Payload[] {
  const plain = without(payload, ADORNMENTS);
  const register = without(plain, ["meterValue"]);
  const values = Array.isArray(payload["meterValue"]) ? (payload["meterValue"] as readonly Payload[]) : [];
  const unsigned = values.map((value) => ({
    ...value,
    sampledValue: samplesOf(value).map((sample) => without(sample, ["signedMeterValue", "customData"])),
  }));
  const ends = values.length > 0 ? [{ ...register, meterValue: [values[0], values.at(-1)] }] : [];
  const info = (payload["transactionInfo"] ?? {}) as Payload;
  const bare = { transactionId: info["transactionId"] };
  const { eventType, timestamp, triggerReason, seqNo, evse } = payload;
  return [
    plain,
    { ...plain, meterValue: unsigned },
    ...ends,
    register,
    { eventType, timestamp, triggerReason, seqNo, transactionInfo: bare, ...(evse === undefined ? {} : { evse }) },
    { eventType, timestamp, triggerReason, seqNo, transactionInfo: bare },
  ];
}

const samplesOf = (value: Payload): readonly Payload[] =>
  Array.isArray(value["sampledValue"]) ? (value["sampledValue"] as readonly Payload[]) : [];

const without = (payload: Payload, names: readonly string[]): Payload =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => !names.includes(name)));

/** Seconds after which a station whose boot could not be answered properly asks again. */
const BOOT_AGAIN_SEC = 60;

/**
 * The least that a station may be answered; undefined: there is no such thing (StartTransaction must not get an id that nobody gave),
 * and the call is answered CALLERROR, upon which the station, or the spool, sends it again.
 */
export function leastAnswer(action: string, now: EpochMs): Payload | undefined {
  switch (action) {
    case "Authorize":
      return { idTagInfo: { status: "Invalid" } };
    case "BootNotification":
      return { status: "Pending", currentTime: new Date(now).toISOString(), interval: BOOT_AGAIN_SEC };
    case "Heartbeat":
      return { currentTime: new Date(now).toISOString() };
    case "DataTransfer":
    case "SignCertificate":
      return { status: "Rejected" };
    case "StartTransaction":
      return undefined;
    default:
      return {};
  }
}

/** An answer to the CSMS without its texts for people, which is what is usually too long. */
export const lesserAnswer = (payload: Payload): Payload => without(payload, ["statusInfo", "customData"]);
