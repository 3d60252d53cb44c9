/**
 * The closed channel table: every quantity and every event the health lane can carry, as one integer each. Extraction
 * computes the integer from enum indices on the hot path; the far side of the ring turns it back into names.
 *
 *     bits   24 23 | 22 …                                              0
 *     meter    0   | ····  measurand 7 · unit 5 · phase 4 · location 3
 *     event    1   | ····  number of the list
 *     device   2   | component 7 · variable 6 · instance 4 · phase 4 · mode 2
 *
 * Channel numbers live inside one process. On the wire a channel is a name and an alias that the birth message explains,
 * so the tables may grow in any order.
 */
import { COMPONENT_NAMES, VARIABLES, variableUnit } from "./components.ts";
import { EVENT_LISTS, type EventName, eventNo } from "./event-lists.ts";
import { LOCATION_NAMES, MEASURAND_NAMES, PHASE_NAMES } from "./measurands.ts";
import type { ChannelNo } from "./observation.ts";
import { BASE_UNITS } from "./units.ts";

/** Highest EVSE (1.6: connector) number an observation may carry; more is refused, so that memory has a bound. */
export const MAX_EVSE_ID = 255;
/** Highest number of a connector within an EVSE. */
export const MAX_CONNECTOR_ID = 15;
/** Highest number of a component's instance. */
export const MAX_INSTANCE = 15;

/**
 * No quantity of a charging station comes near this in its normalised unit. A number beyond is a defect, or an identifier
 * where a quantity should be (an IMSI has fifteen digits), and is refused.
 */
export const MAX_MAGNITUDE = 1e12;

const KIND_SHIFT = 23;
const METER = 0;
const EVENT = 1;
const DEVICE = 2;

export const meterChannel = (measurand: number, unit: number, phase: number, location: number): ChannelNo =>
  (measurand << 12) | (unit << 7) | (phase << 3) | location;

export const eventChannel = (name: EventName): ChannelNo => (EVENT << KIND_SHIFT) | eventNo(name);

/** What a NotifyEvent says about a variable: its value, that a monitor fired, or that the alert is over. */
export const DEVICE_MODES = ["", "alert", "cleared"] as const;

/** @param mode index into {@link DEVICE_MODES} */
export const deviceChannel = (pair: DevicePair, instance: number, phase: number, mode: number): ChannelNo =>
  (DEVICE << KIND_SHIFT) | (pair.component << 16) | (pair.variable << 10) | (instance << 6) | (phase << 2) | mode;

/** Number of the variable that a device channel is of. */
export const deviceVariable = (channel: ChannelNo): number => (channel >>> 10) & 63;

/** Numbers of a component and a variable of the allow-list. */
export interface DevicePair {
  readonly component: number;
  readonly variable: number;
}

/** A channel in words, all of them from closed tables. */
export interface ChannelInfo {
  /** Measurand, name of the event list, or `Component.Variable`; with `.alert` or `.cleared` for a monitor's alert. */
  readonly name: string;
  /** `metric`: sampled, batched. `event`: published at once. */
  readonly kind: "metric" | "event";
  readonly unit: string;
  /** Empty where the message said none. */
  readonly phase: string;
  /** Empty where there is none to have. */
  readonly location: string;
  /** 0 where the component has no numbered instance. */
  readonly instance: number;
  /** The words that values are indices of; undefined where values are numbers. */
  readonly values: readonly string[] | undefined;
}

/** The channel in words, or undefined for a number that no channel has. */
export function describeChannel(channel: ChannelNo): ChannelInfo | undefined {
  switch (channel >>> KIND_SHIFT) {
    case METER:
      return describeMeter(channel);
    case EVENT:
      return describeEvent(channel);
    case DEVICE:
      return describeDevice(channel);
    default:
      return undefined;
  }
}

function describeMeter(channel: ChannelNo): ChannelInfo | undefined {
  const name = MEASURAND_NAMES[channel >>> 12];
  const unit = BASE_UNITS[(channel >>> 7) & 31];
  const phase = PHASE_NAMES[(channel >>> 3) & 15];
  const location = LOCATION_NAMES[channel & 7];
  if (name === undefined || unit === undefined || phase === undefined || location === undefined) return undefined;
  return { name, kind: "metric", unit, phase, location, instance: 0, values: undefined };
}

function describeEvent(channel: ChannelNo): ChannelInfo | undefined {
  const list = EVENT_LISTS[channel & 0xffff];
  if (list === undefined) return undefined;
  return { name: list.name, kind: "event", unit: "1", phase: "", location: "", instance: 0, values: list.values };
}

function describeDevice(channel: ChannelNo): ChannelInfo | undefined {
  const no = deviceVariable(channel);
  const component = COMPONENT_NAMES[(channel >>> 16) & 127];
  const variable = VARIABLES[no];
  const phase = PHASE_NAMES[(channel >>> 2) & 15];
  const mode = DEVICE_MODES[channel & 3];
  if (component === undefined || variable === undefined || phase === undefined || mode === undefined) return undefined;
  return {
    name: `${component}.${variable.name}${mode === "" ? "" : `.${mode}`}`,
    kind: mode === "" && variable.type === "number" ? "metric" : "event",
    unit: BASE_UNITS[variableUnit(no)] ?? "1",
    phase,
    location: "",
    instance: (channel >>> 6) & MAX_INSTANCE,
    values: variable.values,
  };
}
