/**
 * Periodic event streams of 2.1: numbers at a steady pace, sent unconfirmed. A stream refers to a monitor and the monitor
 * to a variable, both made known by earlier messages; a stream that nobody explained is left out and counted.
 *
 * @see OCPP 2.1 Part 2 N11–N15, NotifyPeriodicEventStream, StreamDataElementType
 */
import { epochMs } from "../ids.ts";
import type { Carrier } from "./carrier.ts";
import { deviceValue } from "./device-value.ts";
import { observedAt } from "./parse-timestamp.ts";
import { items, type Wire, wire } from "./wire.ts";

/** Offsets further from the base than a day are not offsets. */
const MAX_OFFSET_SEC = 86_400;

export const openStream: Carrier = (payload, { memory }) => {
  const { constantStreamData }: Wire<"constantStreamData"> = payload;
  const { id, variableMonitoringId } = wire<"id" | "variableMonitoringId">(constantStreamData) ?? {};
  memory.station.openStream(id, variableMonitoringId);
  return 0;
};

export const closeStream: Carrier = (payload, { memory }) => {
  const { id }: Wire<"id"> = payload;
  memory.station.closeStream(id);
  return 0;
};

/** `t` is in seconds after `basetime`. */
export const notifyPeriodicEventStream: Carrier = (payload, { sink, receivedAt, memory }) => {
  const { id, basetime, data }: Wire<"id" | "basetime" | "data"> = payload;
  const elements = items(data);
  const what = memory.station.stream(id);
  if (what === undefined) return elements.length;
  const base = observedAt(basetime, receivedAt);
  let left = 0;
  for (const element of elements) {
    const { t, v } = wire<"t" | "v">(element) ?? {};
    const value = deviceValue(what.channel, v);
    if (Number.isNaN(value) || typeof t !== "number" || !(Math.abs(t) <= MAX_OFFSET_SEC)) left += 1;
    else {
      const at = epochMs(base.at + Math.round(t * 1000));
      sink.observe(what.evseId, what.connectorId, what.channel, at, value, base.quality);
    }
  }
  return left;
};
