/**
 * Which row of the model a request means, or which of the two things in it is unknown. Names are compared without case; a row that the
 * station has not shown is a target too, because the question goes to the station.
 *
 * @see 2.0.1 B05.FR.04–06, B06.FR.05–08
 */
import type { Payload } from "../ocpp/frame.ts";
import { showingOf } from "./device-map.ts";
import { legacyRow, type Model } from "./device-model.ts";
import { type Component, componentId, type Row, rowId, type Variable } from "./device-rows.ts";
import { type DeviceState, folded } from "./device-state.ts";
import { LEGACY_COMPONENT, legacyKey } from "./legacy-config.ts";

/** An element of getVariableData, setVariableData, setMonitoringData; validated before it came here. */
export interface Item {
  readonly component: Component;
  readonly variable: Variable;
  readonly attributeType?: string;
}

export type Target =
  | { readonly kind: "row"; readonly row: Row }
  | { readonly kind: "UnknownComponent" }
  | { readonly kind: "UnknownVariable" };

export type Find = (item: Item) => Target;

export const itemsOf = (payload: Payload, field: string): readonly Item[] => {
  const list = payload[field];
  return Array.isArray(list) ? (list as readonly Item[]) : [];
};

/** What of the item stands in its result. */
export const echoOf = ({ component, variable, attributeType }: Item): Payload => ({
  ...(attributeType === undefined ? {} : { attributeType }),
  component,
  variable,
});

export function finder({ rows }: Model, { legacyNames }: DeviceState): Find {
  const byId = new Map(rows.map((row) => [rowId(row), row]));
  const components = new Set(rows.map(({ component }) => componentId(component)));
  const legacy = componentId({ name: LEGACY_COMPONENT });
  return (item) => {
    const row = byId.get(rowId(item));
    if (row !== undefined) return { kind: "row", row };
    const component = componentId(item.component);
    if (component === legacy) return hiddenKey(legacyKey(legacyNames, item.variable.name), item.variable);
    return { kind: components.has(component) ? "UnknownVariable" : "UnknownComponent" };
  };
}

/** Under `LegacyConfig` a standard key has no place of its own: neither a second way to it, nor one to a credential. */
function hiddenKey(key: string, { name, instance }: Variable): Target {
  const isVendors = showingOf(key) === "legacy" && folded(key) !== "";
  if (!isVendors || instance !== undefined) return { kind: "UnknownVariable" };
  return { kind: "row", row: { ...legacyRow(name, key, false, undefined), isThere: false } };
}

/** Key of the station that a row's value comes from. */
export function keyOf({ source }: Row): string | undefined {
  switch (source.from) {
    case "key":
      return source.key;
    case "phase":
      return "ConnectorPhaseRotation";
    case "own":
    case "computed":
      return undefined;
  }
}
