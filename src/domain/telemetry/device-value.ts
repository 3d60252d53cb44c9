/** Variables of the device model: which channel they are, and their text as a number. */
import {
  deviceChannel,
  deviceVariable,
  MAX_CONNECTOR_ID,
  MAX_EVSE_ID,
  MAX_INSTANCE,
  MAX_MAGNITUDE,
} from "./channels.ts";
import { componentNo, isAllowedPair, VARIABLES, variableNo } from "./components.ts";
import { phaseNo } from "./measurands.ts";
import type { Monitored, Place } from "./memory.ts";
import type { ChannelNo } from "./observation.ts";
import { parseDecimal } from "./parse-decimal.ts";
import { smallInteger, wire } from "./wire.ts";

const BOOLEANS: ReadonlyMap<string, number> = new Map([
  ["true", 1],
  ["false", 0],
  ["1", 1],
  ["0", 0],
]);

/**
 * Where and what a `component` / `variable` pair is, without mode; undefined where it is outside the allow-list.
 *
 * A component's instance is free text: it counts where it is a small number, a variable's where it is a phase.
 */
export function monitored(component: unknown, variable: unknown): Monitored | undefined {
  const c = wire<"name" | "instance">(component);
  const v = wire<"name" | "instance">(variable);
  if (c === undefined || v === undefined) return undefined;
  const pair = { component: componentNo(c.name), variable: variableNo(v.name) };
  if (!isAllowedPair(pair.component, pair.variable) || pair.component < 0) return undefined;
  const place = placeOf(component);
  if (place === undefined) return undefined;
  return { ...place, channel: deviceChannel(pair, instanceNo(c.instance), Math.max(0, phaseNo(v.instance)), 0) };
}

/** `Component.Variable` of the allow-list, as it was written. */
export interface MonitoredPair {
  readonly component: string;
  readonly variable: string;
}

/** Undefined where the text is outside the allow-list. */
export function pairOf(text: unknown): MonitoredPair | undefined {
  const [component = "", variable = "", ...rest] = typeof text === "string" ? text.split(".") : [];
  const isAllowed = rest.length === 0 && monitored({ name: component }, { name: variable }) !== undefined;
  return isAllowed ? { component, variable } : undefined;
}

/** Where a component is: the whole station where it names no EVSE; undefined where it names one that none can be. */
export function placeOf(component: unknown): Place | undefined {
  const { evse } = wire<"evse">(component) ?? {};
  const { id, connectorId } = wire<"id" | "connectorId">(evse) ?? {};
  const evseId = id === undefined ? 0 : smallInteger(id, MAX_EVSE_ID);
  const connector = connectorId === undefined ? 0 : smallInteger(connectorId, MAX_CONNECTOR_ID);
  return evseId < 0 || connector < 0 ? undefined : { evseId, connectorId: connector };
}

/** 1 … 15 where the instance is written so, else 0. */
function instanceNo(instance: unknown): number {
  const value = parseDecimal(instance);
  return Number.isInteger(value) && value >= 1 && value <= MAX_INSTANCE ? value : 0;
}

/** As {@link deviceValue}, of a value that has a type already: text is a word, and never a number. */
export function decodedValue(channel: ChannelNo, value: unknown): number {
  const isNumber = VARIABLES[deviceVariable(channel)]?.type === "number";
  if (isNumber) return typeof value === "number" && Math.abs(value) <= MAX_MAGNITUDE ? value : Number.NaN;
  return typeof value === "number"
    ? Number.NaN
    : deviceValue(channel, typeof value === "boolean" ? String(value) : value);
}

/** `actualValue` of the channel's variable as a number, or as an index into its words; NaN where it is neither. */
export function deviceValue(channel: ChannelNo, text: unknown): number {
  const variable = VARIABLES[deviceVariable(channel)];
  if (variable === undefined || typeof text !== "string") return Number.NaN;
  switch (variable.type) {
    case "number": {
      const value = parseDecimal(text);
      return Math.abs(value) <= MAX_MAGNITUDE ? value : Number.NaN;
    }
    case "boolean":
      return text.length > 5 ? Number.NaN : (BOOLEANS.get(text.toLowerCase()) ?? Number.NaN);
    case "list": {
      const index = variable.values?.indexOf(text) ?? -1;
      return index < 0 ? Number.NaN : index;
    }
  }
}
