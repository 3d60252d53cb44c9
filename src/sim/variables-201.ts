/** The device model of a simulated 2.0.1 station, as far as its settings reach. @see OCPP 2.0.1 Part 2 B05–B07 */
import type { Payload } from "../domain/ocpp/frame.ts";
import type { StationControl } from "./dialect.ts";
import type { ChangeOutcome, Setting } from "./settings.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

const CHANGED: Readonly<Record<ChangeOutcome, string>> = {
  Accepted: "Accepted",
  Rejected: "Rejected",
  NotSupported: "UnknownVariable",
};

export function getVariables(station: StationControl, payload: Payload): Payload {
  return {
    getVariableResult: listAt(payload, "getVariableData").map((wanted) => {
      const setting = settingOf(station, wanted);
      if (setting === undefined) return { attributeStatus: missing(station, wanted), ...names(wanted) };
      return { attributeStatus: "Accepted", attributeValue: setting.value, ...names(wanted) };
    }),
  };
}

export function setVariables(station: StationControl, payload: Payload): Payload {
  return {
    setVariableResult: listAt(payload, "setVariableData").map((wanted) => {
      const setting = settingOf(station, wanted);
      const outcome = station.settings.change(setting, textAt(wanted, "attributeValue") ?? "");
      const attributeStatus = outcome === "NotSupported" ? missing(station, wanted) : CHANGED[outcome];
      return { attributeStatus, ...names(wanted) };
    }),
  };
}

/** Accepts and sends the report in one NotifyReport. */
export function getBaseReport(station: StationControl, payload: Payload): Payload {
  const reportData = station.settings.all().map(({ component, variable, value, readonly }) => ({
    component: { name: component },
    variable: { name: variable },
    variableAttribute: [{ type: "Actual", value, mutability: readonly ? "ReadOnly" : "ReadWrite" }],
  }));
  const requestId = numberAt(payload, "requestId") ?? 0;
  station.sendLater({
    action: "NotifyReport",
    payload: { requestId, generatedAt: station.nowText(), seqNo: 0, tbc: false, reportData },
  });
  return { status: "Accepted" };
}

function settingOf(station: StationControl, wanted: Payload): Setting | undefined {
  // Target, MinSet and MaxSet are attributes that these variables do not have.
  if ((textAt(wanted, "attributeType") ?? "Actual") !== "Actual") return undefined;
  return station.settings.variable(nameAt(wanted, "component"), nameAt(wanted, "variable"));
}

function missing(station: StationControl, wanted: Payload): string {
  if ((textAt(wanted, "attributeType") ?? "Actual") !== "Actual") return "NotSupportedAttributeType";
  return station.settings.knowsComponent(nameAt(wanted, "component")) ? "UnknownVariable" : "UnknownComponent";
}

function nameAt(wanted: Payload, field: "component" | "variable"): string {
  return textAt(objectAt(wanted, field), "name") ?? "";
}

function names(wanted: Payload): Payload {
  const { attributeType } = wanted;
  return {
    ...(attributeType !== undefined && { attributeType }),
    component: objectAt(wanted, "component"),
    variable: objectAt(wanted, "variable"),
  };
}
