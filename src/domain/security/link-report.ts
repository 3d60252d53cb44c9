/**
 * Reports of a station's device model (NotifyReport) as the CSMS has to see them: without what the station says of its own link, which
 * ends at the gateway, and with what the gateway says of its own.
 *
 *     GetBaseReport, GetReport ─▶ station: Accepted ─▶ NotifyReport … NotifyReport (the last) + our rows ─▶ CSMS
 *                                         EmptyResultSet ─▶ Accepted, and a NotifyReport of our rows alone
 *
 * @see OCPP 2.0.1 Part 2 B07, B08 (FR.: values of WriteOnly variables are left out)
 */
import { list, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { LinkVariable } from "./link-variables.ts";

export interface ReportCall {
  readonly kind: "report";
  readonly requestId: number;
  /** Of ours, what the report is to hold. */
  readonly rows: readonly LinkVariable[];
}

export const isReport = (action: string): boolean => action === "GetBaseReport" || action === "GetReport";

/** Undefined: the report has nothing to do with ours, or cannot be followed. */
export function reportCall(action: string, payload: Payload, rows: readonly LinkVariable[]): ReportCall | undefined {
  const { requestId } = payload;
  if (typeof requestId !== "number") return undefined;
  return { kind: "report", requestId, rows: action === "GetReport" ? chosen(payload, rows) : ofBase(payload, rows) };
}

/** A summary is about the station's state, of which the link is no part (B07.FR.09). */
function ofBase({ reportBase }: Payload, rows: readonly LinkVariable[]): readonly LinkVariable[] {
  if (reportBase === "FullInventory") return rows;
  return reportBase === "ConfigurationInventory" ? rows.filter(({ access }) => access !== "ReadOnly") : [];
}

/** By name; criteria (Active, Problem …) are about components that do something. */
function chosen({ componentVariable, componentCriteria }: Payload, rows: readonly LinkVariable[]) {
  if (
    componentCriteria !== undefined &&
    list(componentCriteria).some((one) => one !== "Available" && one !== "Enabled")
  )
    return [];
  const asked = list(componentVariable).map((one) => object(one) ?? {});
  return rows.filter((row) =>
    asked.some(({ component, variable }) => {
      const wanted = object(variable)?.["name"];
      return (
        isSame(object(component)?.["name"], row.component) && (wanted === undefined || isSame(wanted, row.variable))
      );
    }),
  );
}

const isSame = (name: unknown, wanted: string): boolean =>
  typeof name === "string" && name.toLowerCase() === wanted.toLowerCase();

/** One part of a report, as the CSMS has to see it. `all`: every row of ours, in the report or not; the station's word on them does not count. */
export function reportPart(payload: Payload, rows: readonly LinkVariable[], all: readonly LinkVariable[]): Payload {
  const kept = list(payload["reportData"]).filter((one) => {
    const [component, variable] = [object(object(one)?.["component"]), object(object(one)?.["variable"])];
    if (component?.["evse"] !== undefined || variable?.["instance"] !== undefined) return true;
    return !all.some((row) => isSame(component?.["name"], row.component) && isSame(variable?.["name"], row.variable));
  });
  const data = payload["tbc"] === true ? kept : [...kept, ...rows.map(reportRow)];
  const { reportData: _, ...head } = payload;
  // An empty list is against the schema; the field may be absent.
  return data.length === 0 ? head : { ...head, reportData: data };
}

export function reportRow({ component, variable, access, dataType, value, maxLimit }: LinkVariable): Payload {
  const attribute = { type: "Actual", mutability: access, persistent: true, constant: false };
  return {
    component: { name: component },
    variable: { name: variable },
    variableAttribute: [value === undefined ? attribute : { ...attribute, value }],
    variableCharacteristics: {
      dataType,
      supportsMonitoring: false,
      ...(maxLimit !== undefined && { maxLimit }),
    },
  };
}
