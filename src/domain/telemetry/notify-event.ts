/**
 * NotifyEvent: values and alerts of monitored variables, through the allow-list of `components.ts`. `techInfo` and the
 * transaction are not read; `techCode` is looked up in the closed table of vendor error codes.
 *
 * @see OCPP 2.0.1 Part 2 N07, EventDataType; OCPP 2.1 Part 2 N07
 */
import type { Carrier, ExtractContext } from "./carrier.ts";
import { DEVICE_MODES, eventChannel } from "./channels.ts";
import { deviceValue, monitored, placeOf } from "./device-value.ts";
import type { Place } from "./memory.ts";
import type { ObservationSink } from "./observation.ts";
import { type Instant, observedAt } from "./parse-timestamp.ts";
import { vendorErrors } from "./status.ts";
import { items, type Wire, wire } from "./wire.ts";

type EventData = Wire<
  "timestamp" | "trigger" | "actualValue" | "cleared" | "techCode" | "component" | "variable" | "variableMonitoringId"
>;

const ALERT = DEVICE_MODES.indexOf("alert");
const CLEARED = DEVICE_MODES.indexOf("cleared");
const VENDOR_ERROR = eventChannel("vendorErrorCode");
const VENDOR_ERROR_CLEARED = eventChannel("vendorErrorCode.cleared");

export const notifyEvent: Carrier = (payload, context) => {
  const { eventData }: Wire<"eventData"> = payload;
  let left = 0;
  for (const element of items(eventData)) left += observeEvent(wire(element) ?? {}, context);
  return left;
};

function observeEvent(event: EventData, { sink, receivedAt, memory }: ExtractContext): number {
  const what = monitored(event.component, event.variable);
  const { at, quality } = observedAt(event.timestamp, receivedAt);
  observeCodes(event, what ?? placeOf(event.component), { at, quality }, sink);
  if (what === undefined) return 0;
  memory.station.learnMonitor(event.variableMonitoringId, what);
  const value = deviceValue(what.channel, event.actualValue);
  if (Number.isNaN(value)) return 1;
  sink.observe(what.evseId, what.connectorId, what.channel | mode(event), at, value, quality);
  return 0;
}

/** A standard code counts whatever component it is said of: its meaning is in the code, and only the place is the component's. */
function observeCodes(
  event: EventData,
  place: Place | undefined,
  { at, quality }: Instant,
  sink: ObservationSink,
): void {
  if (place === undefined) return;
  const channel = event.cleared === true ? VENDOR_ERROR_CLEARED : VENDOR_ERROR;
  for (const code of vendorErrors(event.techCode, false)) {
    sink.observe(place.evseId, place.connectorId, channel, at, code, quality);
  }
}

/** An alert of a monitor travels apart from the plain value, as an event, and so does its end. */
function mode({ trigger, cleared }: EventData): number {
  if (cleared === true) return CLEARED;
  return trigger === "Alerting" ? ALERT : 0;
}

/** Observes nothing; teaches which monitor watches what, for the periodic event streams that refer to it. */
export const notifyMonitoringReport: Carrier = (payload, { memory }) => {
  const { monitor }: Wire<"monitor"> = payload;
  for (const element of items(monitor)) {
    const { component, variable, variableMonitoring } =
      wire<"component" | "variable" | "variableMonitoring">(element) ?? {};
    const what = monitored(component, variable);
    if (what === undefined) continue;
    for (const entry of items(variableMonitoring)) memory.station.learnMonitor(wire<"id">(entry)?.id, what);
  }
  return 0;
};
