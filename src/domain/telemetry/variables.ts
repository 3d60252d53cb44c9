/**
 * Variables that a station was asked for: like those of NotifyEvent, through the same allow-list.
 *
 * @see OCPP 2.0.1 Part 2 B06 Get Variables, GetVariableResultType
 */
import type { Payload } from "../ocpp/frame.ts";
import type { ExtractContext } from "./carrier.ts";
import { deviceValue, monitored } from "./device-value.ts";
import { items, type Wire, wire } from "./wire.ts";

/** Hands over what the answer to a GetVariables holds; returns how many values that are. Never throws. */
export function observeVariables(
  payload: Payload,
  { sink, receivedAt }: Pick<ExtractContext, "sink" | "receivedAt">,
): number {
  const { getVariableResult }: Wire<"getVariableResult"> = payload;
  let observed = 0;
  for (const element of items(getVariableResult)) {
    const { component, variable, attributeStatus, attributeValue } =
      wire<"component" | "variable" | "attributeStatus" | "attributeValue">(element) ?? {};
    const what = attributeStatus === "Accepted" ? monitored(component, variable) : undefined;
    const value = what === undefined ? Number.NaN : deviceValue(what.channel, attributeValue);
    if (what === undefined || Number.isNaN(value)) continue;
    sink.observe(what.evseId, what.connectorId, what.channel, receivedAt, value, 0);
    observed += 1;
  }
  return observed;
}
