/**
 * A CSMS's calls about settings, taken apart: what of them is about the gateway's own link ({@link linkVariables}), what the station has to be
 * asked, and one answer out of both.
 *
 * | version | call                | ours                        | the station is asked              |
 * | ------- | ------------------- | --------------------------- | --------------------------------- |
 * | 1.6     | GetConfiguration    | our keys, or all            | the other keys; all where no key is named |
 * | 1.6     | ChangeConfiguration | of a key of ours            | –                                 |
 * | 2.x     | GetVariables        | items of ours               | the other items                   |
 * | 2.x     | SetVariables        | items of ours               | the other items, once ours are done |
 * | 2.x     | GetBaseReport, GetReport | rows of ours           | the call as it is; ours go into its last NotifyReport (`link-report.ts`) |
 * | 2.x     | SetNetworkProfile   | always                      | –                                 |
 *
 * A call that has nothing of ours is none (undefined). An own variable with an instance or an EVSE is another one, of the station.
 *
 * @see OCPP 1.6 §5.8, §5.3; OCPP 2.0.1 Part 2 B05, B06, B09
 */
import { list, object } from "../life/fields.ts";
import type { CallFrame, Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { isReport, type ReportCall, reportCall } from "./link-report.ts";
import type { LinkVariable } from "./link-variables.ts";

export interface OwnSetting {
  readonly row: LinkVariable;
  readonly value: string;
}

/** What became of a setting; a reason goes along in 2.x. */
export interface SetOutcome {
  readonly status: "Accepted" | "Rejected" | "RebootRequired";
  readonly reason?: string;
}

export type LinkCall =
  /** `rest`: payload for the station; undefined: it need not be asked. `join` gets the station's answer. */
  | { readonly kind: "get"; readonly rest: Payload | undefined; readonly join: (found: Payload) => Payload }
  | {
      readonly kind: "set";
      readonly sets: readonly OwnSetting[];
      readonly rest: Payload | undefined;
      /** @param outcomes of `sets`, in order */
      readonly join: (outcomes: readonly SetOutcome[], found: Payload) => Payload;
    }
  | ReportCall
  | { readonly kind: "profile"; readonly slot: unknown; readonly data: Payload };

export function linkCall(
  version: OcppVersion,
  { action, payload }: CallFrame,
  rows: readonly LinkVariable[],
): LinkCall | undefined {
  if (version === "ocpp1.6") {
    if (action === "GetConfiguration") return getConfiguration(payload, rows);
    return action === "ChangeConfiguration" ? changeConfiguration(payload, rows) : undefined;
  }
  if (action === "GetVariables") return getVariables(payload, rows);
  if (action === "SetVariables") return setVariables(payload, rows);
  if (isReport(action)) return reportCall(action, payload, rows);
  if (action !== "SetNetworkProfile") return undefined;
  return { kind: "profile", slot: payload["configurationSlot"], data: object(payload["connectionData"]) ?? {} };
}

// --- 1.6 --------------------------------------------------------------------------------------------------------------

const isNamed = (name: unknown, wanted: string | undefined): boolean =>
  typeof name === "string" && name.toLowerCase() === wanted?.toLowerCase();

const byKey = (rows: readonly LinkVariable[], key: unknown) => rows.find((row) => isNamed(key, row.key));

function getConfiguration(payload: Payload, rows: readonly LinkVariable[]): LinkCall | undefined {
  const keys = list(payload["key"]);
  const others = keys.filter((key) => byKey(rows, key) === undefined);
  if (keys.length > 0 && others.length === keys.length) return undefined;
  const asked = keys.length === 0 ? rows : rows.filter((row) => keys.some((key) => isNamed(key, row.key)));
  const own = asked.flatMap(({ key, access, value }) =>
    key === undefined ? [] : [{ key, readonly: access === "ReadOnly", ...(value === undefined ? {} : { value }) }],
  );
  const needsStation = keys.length === 0 || others.length > 0;
  return {
    kind: "get",
    rest: needsStation ? (keys.length === 0 ? payload : { ...payload, key: others }) : undefined,
    join: (found) => {
      const unknown = list(found["unknownKey"]).filter((key) => byKey(rows, key) === undefined);
      const theirs = list(found["configurationKey"]).filter((one) => byKey(rows, object(one)?.["key"]) === undefined);
      return { configurationKey: [...theirs, ...own], ...(unknown.length > 0 && { unknownKey: unknown }) };
    },
  };
}

function changeConfiguration({ key, value }: Payload, rows: readonly LinkVariable[]): LinkCall | undefined {
  const row = byKey(rows, key);
  if (row === undefined) return undefined;
  return {
    kind: "set",
    sets: [{ row, value: typeof value === "string" ? value : "" }],
    rest: undefined,
    join: ([outcome]) => ({ status: outcome?.status ?? "Rejected" }),
  };
}

// --- 2.x --------------------------------------------------------------------------------------------------------------

interface Item {
  readonly raw: Payload;
  /** Undefined: the station's. */
  readonly row: LinkVariable | undefined;
}

/** Undefined: nothing of ours is among them. */
function itemsOf(data: unknown, rows: readonly LinkVariable[]): readonly Item[] | undefined {
  const items = list(data).map((raw) => ({ raw: object(raw) ?? {}, row: variableOf(object(raw) ?? {}, rows) }));
  return items.some(({ row }) => row !== undefined) ? items : undefined;
}

function variableOf(item: Payload, rows: readonly LinkVariable[]): LinkVariable | undefined {
  const [component, variable] = [object(item["component"]), object(item["variable"])];
  if (variable?.["instance"] !== undefined || component?.["instance"] !== undefined) return undefined;
  if (component?.["evse"] !== undefined) return undefined;
  return rows.find((row) => isNamed(component?.["name"], row.component) && isNamed(variable?.["name"], row.variable));
}

const restOf = (items: readonly Item[], field: string): Payload | undefined => {
  const others = items.filter(({ row }) => row === undefined).map(({ raw }) => raw);
  return others.length === 0 ? undefined : { [field]: others };
};

/** Results in the order of the items: ours, and the station's one after the other. */
function joined(items: readonly Item[], found: readonly unknown[], own: (item: Item, row: LinkVariable) => Payload) {
  let next = 0;
  return items.map((item) => {
    if (item.row !== undefined) return own(item, item.row);
    const theirs = found[next];
    next += 1;
    return theirs ?? { ...placeOf(item.raw), attributeStatus: "Rejected" };
  });
}

function placeOf({ attributeType, component, variable }: Payload): Payload {
  return { ...(attributeType !== undefined && { attributeType }), component, variable };
}

const isActual = ({ attributeType = "Actual" }: Payload): boolean => attributeType === "Actual";

function getVariables({ getVariableData }: Payload, rows: readonly LinkVariable[]): LinkCall | undefined {
  const items = itemsOf(getVariableData, rows);
  if (items === undefined) return undefined;
  const own = ({ raw }: Item, { value }: LinkVariable): Payload => {
    if (!isActual(raw)) return { ...placeOf(raw), attributeStatus: "NotSupportedAttributeType" };
    // B06.FR.09: what can only be written is not told.
    if (value === undefined) return { ...placeOf(raw), attributeStatus: "Rejected" };
    return { ...placeOf(raw), attributeStatus: "Accepted", attributeValue: value };
  };
  return {
    kind: "get",
    rest: restOf(items, "getVariableData"),
    join: (found) => ({ getVariableResult: joined(items, list(found["getVariableResult"]), own) }),
  };
}

function setVariables({ setVariableData }: Payload, rows: readonly LinkVariable[]): LinkCall | undefined {
  const items = itemsOf(setVariableData, rows);
  if (items === undefined) return undefined;
  const mine = items.flatMap(({ raw, row }) => (row !== undefined && isActual(raw) ? [{ raw, row }] : []));
  return {
    kind: "set",
    sets: mine.map(({ raw, row }) => ({ row, value: String(raw["attributeValue"] ?? "") })),
    rest: restOf(items, "setVariableData"),
    join: (outcomes, found) => ({
      setVariableResult: joined(items, list(found["setVariableResult"]), ({ raw }) => {
        if (!isActual(raw)) return { ...placeOf(raw), attributeStatus: "NotSupportedAttributeType" };
        const { status, reason } = outcomes[mine.findIndex((one) => one.raw === raw)] ?? { status: "Rejected" };
        return {
          ...placeOf(raw),
          attributeStatus: status,
          ...(reason !== undefined && { attributeStatusInfo: { reasonCode: reason } }),
        };
      }),
    }),
  };
}
