/**
 * What a station says about itself as a whole: boots, firmware, logs, security events. Words of closed lists only; model,
 * serial numbers, `techInfo`, request ids and locations are not read.
 *
 * @see OCPP 1.6 edition 2 §4.2, §4.5, §4.8 and security whitepaper edition 3; OCPP 2.0.1 Part 2 B01, L01, N01, A04
 */
import type { Carrier, ExtractContext } from "./carrier.ts";
import { eventChannel } from "./channels.ts";
import { type EventName, eventNo, eventValue } from "./event-lists.ts";
import { observedAt } from "./parse-timestamp.ts";
import type { Wire } from "./wire.ts";

/** 1.6 does not say why; the boot itself is worth knowing. */
export const bootNotification: Carrier = (payload, context) => {
  const { reason }: Wire<"reason"> = payload;
  return BOOT_REASON(reason ?? "Unknown", undefined, context);
};

export const firmwareStatus: Carrier = (payload, context) => {
  const { status }: Wire<"status"> = payload;
  return FIRMWARE_STATUS(status, undefined, context);
};

/** LogStatusNotification, and DiagnosticsStatusNotification of 1.6. */
export const logStatus: Carrier = (payload, context) => {
  const { status }: Wire<"status"> = payload;
  return LOG_STATUS(status, undefined, context);
};

/** A type that is not standard is free text and stays here. */
export const securityEvent: Carrier = (payload, context) => {
  const { type, timestamp }: Wire<"type" | "timestamp"> = payload;
  return SECURITY_EVENT(type, timestamp, context);
};

/** Observes a word of one list for the whole station; returns 1 where the word is not in it. */
type Observer = (word: unknown, timestamp: unknown, context: ExtractContext) => number;

function ofWholeStation(name: EventName): Observer {
  const channel = eventChannel(name);
  const list = eventNo(name);
  return (word, timestamp, { sink, receivedAt }) => {
    const value = eventValue(list, word);
    if (value < 0) return 1;
    const { at, quality } = observedAt(timestamp, receivedAt);
    sink.observe(0, 0, channel, at, value, quality);
    return 0;
  };
}

const BOOT_REASON = ofWholeStation("bootReason");
const FIRMWARE_STATUS = ofWholeStation("firmwareStatus");
const LOG_STATUS = ofWholeStation("logStatus");
const SECURITY_EVENT = ofWholeStation("securityEvent");
