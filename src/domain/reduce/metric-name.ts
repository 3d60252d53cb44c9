/** Names of channels as the configuration may use them; spelling counts. */
import { COMPONENT_NAMES, VARIABLES } from "../telemetry/components.ts";
import { EVENT_LISTS } from "../telemetry/event-lists.ts";
import { MEASURAND_NAMES } from "../telemetry/measurands.ts";

/** True for a measurand, and for a numeric `Component.Variable` of the closed tables: what a reducer can be set for. */
export const isMetricName = (name: string): boolean =>
  MEASURAND_NAMES.includes(name) || isPair(name, (type) => type === "number");

/** True for whatever a reader may be told of: these, all other variables, and events. */
export const isToldName = (name: string): boolean =>
  MEASURAND_NAMES.includes(name) || EVENT_LISTS.some((list) => list.name === name) || isPair(name, () => true);

function isPair(name: string, isWanted: (type: string) => boolean): boolean {
  const [component = "", variable = "", ...rest] = name.split(".");
  const isVariable = VARIABLES.some((known) => known.name === variable && isWanted(known.type));
  return rest.length === 0 && isVariable && COMPONENT_NAMES.includes(component);
}
