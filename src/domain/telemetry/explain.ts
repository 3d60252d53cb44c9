/**
 * Answers of a station that say what the numbers of later messages are of: which monitor watches what, which stream is which
 * monitor's. Nothing is observed here; words of the allow-list become numbers in the memory, and everything else is not read.
 *
 * @see OCPP 2.0.1 Part 2 N04 Set Variable Monitoring, N06; OCPP 2.1 Part 2 N12 Get Periodic Event Streams
 */
import type { Payload } from "../ocpp/frame.ts";
import { monitored } from "./device-value.ts";
import type { TelemetryMemory } from "./memory.ts";
import { items, type Wire, wire } from "./wire.ts";

type Explainer = (payload: Payload, memory: TelemetryMemory) => void;

/** A monitor that was refused has no id. */
const setVariableMonitoring: Explainer = (payload, { station }) => {
  const { setMonitoringResult }: Wire<"setMonitoringResult"> = payload;
  for (const element of items(setMonitoringResult)) {
    const { id, status, component, variable } = wire<"id" | "status" | "component" | "variable">(element) ?? {};
    const what = status === "Accepted" ? monitored(component, variable) : undefined;
    if (what !== undefined) station.learnMonitor(id, what);
  }
};

const clearVariableMonitoring: Explainer = (payload, { station }) => {
  const { clearMonitoringResult }: Wire<"clearMonitoringResult"> = payload;
  for (const element of items(clearMonitoringResult)) {
    const { id, status } = wire<"id" | "status">(element) ?? {};
    if (status === "Accepted" || status === "NotFound") station.forgetMonitor(id);
  }
};

const getPeriodicEventStream: Explainer = (payload, { station }) => {
  const { constantStreamData }: Wire<"constantStreamData"> = payload;
  for (const element of items(constantStreamData)) {
    const { id, variableMonitoringId } = wire<"id" | "variableMonitoringId">(element) ?? {};
    station.openStream(id, variableMonitoringId);
  }
};

const EXPLAINERS: ReadonlyMap<string, Explainer> = new Map([
  ["SetVariableMonitoring", setVariableMonitoring],
  ["ClearVariableMonitoring", clearVariableMonitoring],
  ["GetPeriodicEventStream", getPeriodicEventStream],
]);

/** Learns from a station's answer to `action`; never throws, whatever the payload. */
export function explain(action: string, payload: Payload, memory: TelemetryMemory): void {
  EXPLAINERS.get(action)?.(payload, memory);
}

/** Actions whose answers are learnt from. */
export const explainingActions = (): readonly string[] => [...EXPLAINERS.keys()];
