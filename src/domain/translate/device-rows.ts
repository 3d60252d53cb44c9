/**
 * One variable of the model, in the form that GetVariables, SetVariables and the reports share. `source` says where a value comes from
 * and where a change of it goes.
 *
 * @see 2.0.1 Part 1 §4 (device model), Part 2 ReportDataType
 */
import type { Codec, DataType } from "./device-map.ts";
import { folded } from "./device-state.ts";

export interface Component {
  readonly name: string;
  readonly instance?: string;
  readonly evse?: { readonly id: number; readonly connectorId?: number };
}

export interface Variable {
  readonly name: string;
  readonly instance?: string;
}

export type Source =
  /** A key of the station; `codec` is absent for vendor keys, which are text. */
  | { readonly from: "key"; readonly key: string; readonly codec: Codec; readonly maxItems?: number }
  /** One connector's part of ConnectorPhaseRotation. */
  | { readonly from: "phase"; readonly connector16: number }
  /** The gateway's own, by `OwnRow` name. */
  | { readonly from: "own"; readonly name: string; readonly codec: Codec }
  /** Follows from something else. */
  | { readonly from: "computed" };

export interface Row {
  readonly component: Component;
  readonly variable: Variable;
  /** Undefined: not known (yet), or not told. */
  readonly value?: string;
  readonly mutability: "ReadOnly" | "ReadWrite" | "WriteOnly";
  readonly isConstant?: true;
  readonly dataType: DataType;
  readonly unit?: string;
  readonly minLimit?: number;
  readonly maxLimit?: number;
  readonly valuesList?: string;
  readonly source: Source;
  /** The station has it. A row that is not there is still asked for by name: stations hide keys. */
  readonly isThere: boolean;
}

/** Name of a row; rows of one model differ in it, and reports go in its order. */
export const rowId = ({ component, variable }: Pick<Row, "component" | "variable">): string =>
  `${componentId(component)}/${folded(variable.name)}[${folded(variable.instance ?? "")}]`;

export const componentId = ({ name, instance, evse }: Component): string =>
  `${folded(name)}[${folded(instance ?? "")}]${evse?.id ?? ""}.${evse?.connectorId ?? ""}`;

/** A value that follows from something else and is there. */
export function computed(
  component: Component,
  name: string,
  dataType: DataType,
  value: string | undefined,
  more: Partial<Row> = {},
): Row {
  return {
    component,
    variable: { name },
    ...(value === undefined ? {} : { value }),
    mutability: "ReadOnly",
    dataType,
    source: { from: "computed" },
    isThere: true,
    ...more,
  };
}
