/**
 * Monitoring: a 1.6 station has no monitors, and the gateway invents none. What it sends of itself (faults, availability) is hard-wired,
 * and SetMonitoringLevel says down to which severity.
 *
 * @see translation.md §4.2; 2.0.1 N02–N06
 */
import type { Payload } from "../ocpp/frame.ts";
import type { CallRule, Step, TranslationState } from "./contract.ts";
import { modelOf } from "./device-model.ts";
import type { DeviceOptions } from "./device-options.ts";
import { deviceOf, EVERY_SEVERITY, withDevice } from "./device-state.ts";
import { type Find, finder, type Item, itemsOf } from "./device-target.ts";

type Rule = CallRule<TranslationState>;

const answered = (state: TranslationState, ref: string, payload: Payload): Step<TranslationState> => ({
  state,
  wants: [{ do: "answer", ref, payload }],
});

/** N02: no monitor can meet any criterion. */
export const getMonitoringReport: Rule = (state, { ref }) => answered(state, ref, { status: "EmptyResultSet" });

/** N03: there is no set of monitors to choose. */
export const setMonitoringBase: Rule = (state, { ref }) => answered(state, ref, { status: "NotSupported" });

/** N05.FR.03: severities are 0 to 9. */
export const setMonitoringLevel: Rule = (state, { ref, payload }) => {
  const severity = payload["severity"] as number;
  if (severity < 0 || severity > EVERY_SEVERITY) {
    return answered(state, ref, { status: "Rejected", statusInfo: { reasonCode: "ValueOutOfRange" } });
  }
  return answered(withDevice(state, { monitoringLevel: severity }), ref, { status: "Accepted" });
};

interface MonitorItem extends Item {
  readonly type: string;
  readonly severity: number;
}

/** N04: a result for each, in their order. */
export const setVariableMonitoring =
  (options: DeviceOptions): Rule =>
  (state, { ref, payload }, env) => {
    const items = itemsOf(payload, "setMonitoringData") as readonly MonitorItem[];
    const find = finder(modelOf({ state, env, options }), deviceOf(state));
    const results = items.map((item) => ({
      status: statusOf(find, item),
      type: item.type,
      component: item.component,
      variable: item.variable,
      severity: item.severity,
    }));
    return answered(state, ref, { setMonitoringResult: results });
  };

function statusOf(find: Find, item: Item): string {
  const target = find(item);
  if (target.kind !== "row") return target.kind;
  return target.row.isThere ? "UnsupportedMonitorType" : "UnknownVariable";
}

/** N06: none of the monitors exists. */
export const clearVariableMonitoring: Rule = (state, { ref, payload }) => {
  const ids = payload["id"] as readonly number[];
  return answered(state, ref, { clearMonitoringResult: ids.map((id) => ({ id, status: "NotFound" })) });
};
