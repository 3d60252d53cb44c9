/**
 * What of the model a report shows.
 *
 * | report | rows |
 * | --- | --- |
 * | FullInventory | all |
 * | ConfigurationInventory | those that can be set |
 * | SummaryInventory | AvailabilityState, Problem, Available |
 * | GetReport | of the components and variables it names (left out means any) that meet one of its criteria |
 *
 * @see translation.md §4.4; 2.0.1 B07.FR.07–09, B08.FR.05–11
 */
import { type Component, componentId, type Row, rowId, type Variable } from "./device-rows.ts";
import { folded } from "./device-state.ts";

export const REPORT_BASES = ["ConfigurationInventory", "FullInventory", "SummaryInventory"] as const;
export const CRITERIA = ["Active", "Available", "Enabled", "Problem"] as const;

export interface Wanted {
  readonly component: Component;
  readonly variable?: Variable;
}

/** JSON: it stands in the job of a report under way. */
export interface ReportFilter {
  readonly base?: string;
  readonly wanted?: readonly Wanted[];
  readonly criteria?: readonly string[];
}

const SUMMARY: readonly string[] = ["AvailabilityState", "Problem", "Available"];

/** A component without the variable has nothing that could be switched off or missing (B08.FR.08, FR.09). */
const ABSENT_MEANS_TRUE: readonly string[] = ["Available", "Enabled"];

/** The rows of a report, in an order that does not depend on the values. */
export function reportRows(rows: readonly Row[], filter: ReportFilter): readonly Row[] {
  const there = rows.filter(({ isThere }) => isThere);
  const meets = criteriaOf(there, filter.criteria);
  return there
    .filter((row) => isOfBase(row, filter.base) && isWanted(row, filter.wanted) && meets(row))
    .map((row) => ({ id: rowId(row), row }))
    .sort((left, right) => (left.id < right.id ? -1 : 1))
    .map(({ row }) => row);
}

function isOfBase({ mutability, variable }: Row, base: string | undefined): boolean {
  if (base === "ConfigurationInventory") return mutability !== "ReadOnly";
  return base !== "SummaryInventory" || SUMMARY.includes(variable.name);
}

const isWanted = (row: Row, wanted: readonly Wanted[] | undefined): boolean =>
  wanted === undefined ||
  wanted.some(({ component, variable }) => isComponent(row, component) && isVariable(row, variable));

/** What is left out stands for every instance, EVSE and connector. */
function isComponent({ component }: Row, { name, instance, evse }: Component): boolean {
  if (folded(name) !== folded(component.name)) return false;
  if (instance !== undefined && folded(instance) !== folded(component.instance ?? "")) return false;
  if (evse === undefined) return true;
  if (evse.id !== component.evse?.id) return false;
  return evse.connectorId === undefined || evse.connectorId === component.evse.connectorId;
}

function isVariable({ variable }: Row, wanted: Variable | undefined): boolean {
  if (wanted === undefined) return true;
  if (folded(wanted.name) !== folded(variable.name)) return false;
  return wanted.instance === undefined || folded(wanted.instance) === folded(variable.instance ?? "");
}

/** One of the criteria is enough (B08.FR.06). */
function criteriaOf(rows: readonly Row[], criteria: readonly string[] | undefined): (row: Row) => boolean {
  if (criteria === undefined) return () => true;
  const values = new Map<string, string | undefined>();
  for (const { component, variable, value } of rows) {
    const name = `${componentId(component)}/${folded(variable.name)}`;
    // Several instances (TariffCostCtrlr): one that is true is enough.
    if (values.get(name) !== "true") values.set(name, value);
  }
  return ({ component }) =>
    criteria.some((criterion) => {
      const name = `${componentId(component)}/${folded(criterion)}`;
      return values.has(name) ? values.get(name) === "true" : ABSENT_MEANS_TRUE.includes(criterion);
    });
}
