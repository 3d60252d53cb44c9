/**
 * The tap of the health lane: what a station's message says about its condition, as numbers.
 *
 *     CALL / SEND ─▶ carrier of its action ─▶ sink.observe(evse, connector, channel, at, value, quality)
 *     CALLRESULT ──▶ what later messages leave unsaid (explain.ts)
 *
 * It copies nothing: each carrier reads named fields, checks them against closed lists, and hands over numbers. A field
 * nobody names here cannot pass, whatever a vendor puts in it. Frames need not be valid: whatever the payload, extraction
 * never throws, unless a decoder does that an embedding product brought, and counts what it had to leave.
 *
 * @see docs/ARCHITECTURE.md, invariant 5
 */
import type { EpochMs } from "../ids.ts";
import type { CallFrame, SendFrame } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import type { Carrier, ExtractContext } from "./carrier.ts";
import { eventChannel } from "./channels.ts";
import { dataTransfer } from "./decoder.ts";
import { eventNo, eventValue } from "./event-lists.ts";
import { bootNotification, firmwareStatus, logStatus, securityEvent } from "./lifecycle.ts";
import { meterValues2x, meterValues16 } from "./meter-values.ts";
import { notifyEvent, notifyMonitoringReport } from "./notify-event.ts";
import type { ObservationSink } from "./observation.ts";
import { closeStream, notifyPeriodicEventStream, openStream } from "./periodic-stream.ts";
import { statusNotification2x, statusNotification16 } from "./status.ts";
import { stopTransaction, transactionEvent } from "./transaction.ts";

const LIFECYCLE: readonly (readonly [action: string, carrier: Carrier])[] = [
  ["BootNotification", bootNotification],
  ["DataTransfer", dataTransfer],
  ["FirmwareStatusNotification", firmwareStatus],
  ["LogStatusNotification", logStatus],
  ["SecurityEventNotification", securityEvent],
];

const V16: ReadonlyMap<string, Carrier> = new Map([
  ["MeterValues", meterValues16],
  ["StatusNotification", statusNotification16],
  ["StopTransaction", stopTransaction],
  ["SignedFirmwareStatusNotification", firmwareStatus],
  ["DiagnosticsStatusNotification", logStatus],
  ...LIFECYCLE,
]);

const V201: readonly (readonly [action: string, carrier: Carrier])[] = [
  ["MeterValues", meterValues2x],
  ["TransactionEvent", transactionEvent],
  ["StatusNotification", statusNotification2x],
  ["NotifyEvent", notifyEvent],
  ["NotifyMonitoringReport", notifyMonitoringReport],
  ...LIFECYCLE,
];

const IN_201: ReadonlyMap<string, Carrier> = new Map(V201);
const IN_21: ReadonlyMap<string, Carrier> = new Map([
  ...V201,
  ["OpenPeriodicEventStream", openStream],
  ["ClosePeriodicEventStream", closeStream],
  ["NotifyPeriodicEventStream", notifyPeriodicEventStream],
]);

/** Asked for every frame: comparing is cheaper than a property whose name varies. */
function carriersOf(version: OcppVersion): ReadonlyMap<string, Carrier> {
  if (version === "ocpp1.6") return V16;
  return version === "ocpp2.0.1" ? IN_201 : IN_21;
}

/**
 * Hands every observation that `frame` carries to the sink.
 *
 * @param version of the connection the frame came over
 * @param frame a station's CALL or SEND; actions that carry nothing give nothing
 * @returns how many values were left out: signed, not finite, or not in a closed list. Values outside the allow-list by
 *   intent (a vendor's own variables, free text) are no mistakes and do not count.
 */
export function extract(version: OcppVersion, frame: CallFrame | SendFrame, context: ExtractContext): number {
  const carrier = carriersOf(version).get(frame.action);
  return carrier === undefined ? 0 : carrier(frame.payload, context);
}

/** Actions of `version` that carry observations, or teach what others need to be understood. */
export const observableActions = (version: OcppVersion): readonly string[] => [...carriersOf(version).keys()];

const CONNECTION = eventChannel("connection");
const DOWN = eventValue(eventNo("connection"), "down");
const UP = eventValue(eventNo("connection"), "up");

/** The station's WebSocket opened or closed: an observation of the gateway's own. */
export function observeConnection(sink: ObservationSink, what: "up" | "down", at: EpochMs): void {
  sink.observe(0, 0, CONNECTION, at, what === "up" ? UP : DOWN, 0);
}
