/**
 * Every word the health lane writes by itself. A card may be called like one (`Charging`, `Connector`); finding it in a message then means
 * nothing.
 */
import { DEVICE_MODES } from "../telemetry/channels.ts";
import { COMPONENT_NAMES, VARIABLES } from "../telemetry/components.ts";
import { EVENT_LISTS } from "../telemetry/event-lists.ts";
import { LOCATION_NAMES, MEASURAND_NAMES } from "../telemetry/measurands.ts";
import { BASE_UNITS } from "../telemetry/units.ts";

/** Names of members, and words that stand in them, of messages and MQTT properties. */
const MEMBERS = [
  ...["online", "offline", "assets", "channels", "location", "instance", "connector", "reducer", "onchange"],
  ...["compMaxMs", "epsilon", "minIntervalMs", "synthetic", "lossless", "unsent", "expired", "dropped", "metric"],
  ...["event", "feature", "snapshot", "thetas", "failed", "coverage", "confidence", "penalty", "evidence", "sessions"],
  ...["privacy", "operator", "public", "cooling", "deliveredPower", "meterError", "modules", "derateSec", "connection"],
  ...["supply", "supplyOhm", "voltageStability", "unrest", "voltage"],
  ...["thermalResistance", "failureRate", "safety", "deflate", "application", "json", "application/json"],
];

const PARTS = /[A-Za-z0-9]+/g;

const VOCABULARY: ReadonlySet<string> = new Set(
  [
    ...MEMBERS,
    ...MEASURAND_NAMES,
    ...LOCATION_NAMES,
    ...BASE_UNITS,
    ...COMPONENT_NAMES,
    ...DEVICE_MODES,
    ...VARIABLES.flatMap(({ name, values = [] }) => [name, ...values]),
    ...EVENT_LISTS.flatMap(({ name, values }) => [name, ...values]),
  ].flatMap((text) => [text.toLowerCase(), ...(text.toLowerCase().match(PARTS) ?? [])]),
);

/** True for a word of the lane's own; upper and lower case are the same. `Component.Variable` is two of them. */
export function isOurWord(word: string): boolean {
  const lower = word.toLowerCase();
  return VOCABULARY.has(lower) || (lower.match(PARTS) ?? []).every((part) => VOCABULARY.has(part));
}
