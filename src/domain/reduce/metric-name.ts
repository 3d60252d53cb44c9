/** Names that a reducer can be set for. */
import { COMPONENT_NAMES, VARIABLES } from "../telemetry/components.ts";
import { MEASURAND_NAMES } from "../telemetry/measurands.ts";

/** True for a measurand, and for a numeric `Component.Variable` of the closed tables; spelling counts. */
export function isMetricName(name: string): boolean {
  if (MEASURAND_NAMES.includes(name)) return true;
  const [component = "", variable = "", ...rest] = name.split(".");
  const isNumeric = VARIABLES.some((known) => known.name === variable && known.type === "number");
  return rest.length === 0 && isNumeric && COMPONENT_NAMES.some((known) => known === component);
}
