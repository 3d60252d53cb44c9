/**
 * Actions of the CSMS that nothing in 1.6 answers to, each with its answer.
 *
 * | answer          | when                                                                                             |
 * | --------------- | ------------------------------------------------------------------------------------------------ |
 * | NotImplemented  | the action is none of the version the CSMS speaks                                                |
 * | NotSupported    | the action is, the whole function is none of this station's, and its device model says so        |
 * | a status        | the function exists, and this is its word for no                                                 |
 *
 * @see OCPP 2.0.1 Part 4 §4.3, table 8, FR.02, FR.03; OCPP 2.1 Part 2 use cases named in the rows
 */
import type { Payload } from "../ocpp/frame.ts";
import { answer, refuse } from "./command-kit.ts";
import type { Block, CallRule, TranslationState } from "./contract.ts";

export type NotOffered =
  | {
      readonly action: string;
      readonly since: "ocpp2.0.1" | "ocpp2.1";
      readonly code: "NotSupported";
      readonly why: string;
    }
  | { readonly action: string; readonly since: "ocpp2.0.1" | "ocpp2.1"; readonly payload: Payload };

const notSupported = (since: "ocpp2.0.1" | "ocpp2.1", why: string, ...actions: readonly string[]): NotOffered[] =>
  actions.map((action) => ({ action, since, code: "NotSupported", why }));

const V201 = "ocpp2.0.1";
const V21 = "ocpp2.1";

export const NOT_OFFERED: readonly NotOffered[] = [
  ...notSupported(V201, "no display", "ClearDisplayMessage", "GetDisplayMessages", "SetDisplayMessage"),
  ...notSupported(V201, "no records of customers", "CustomerInformation"),
  ...notSupported(V201, "firmware is not published here", "PublishFirmware"),
  { action: "UnpublishFirmware", since: V201, payload: { status: "NoFirmware" } },
  {
    // It would redirect the gateway's own link, which is the operator's to configure.
    action: "SetNetworkProfile",
    since: V201,
    payload: { status: "Rejected", statusInfo: { reasonCode: "UnsupportedRequest" } },
  },
  ...notSupported(V21, "no grid support", "AFRRSignal", "ClearDERControl", "GetDERControl", "SetDERControl"),
  ...notSupported(V21, "no event streams", "AdjustPeriodicEventStream", "GetPeriodicEventStream"),
  ...notSupported(V21, "no tariffs", "ChangeTransactionTariff", "ClearTariffs", "GetTariffs", "SetDefaultTariff"),
  ...notSupported(V21, "no web payment", "NotifyWebPaymentStarted"),
  ...notSupported(V21, "no batteries to swap", "RequestBatterySwap"),
  ...notSupported(V21, "no bidirectional charging", "NotifyAllowedEnergyTransfer"),
  ...notSupported(V21, "no dynamic schedules", "UpdateDynamicSchedule"),
  ...notSupported(V21, "no priority charging", "UsePriorityCharging"),
];

const ruleOf =
  (row: NotOffered): CallRule<TranslationState> =>
  (state, asked, { northVersion }) => {
    const isKnown = row.since === V201 || northVersion === V21;
    if (!isKnown) return refuse(state, asked, "NotImplemented", "no action of this version");
    return "payload" in row ? answer(state, asked, row.payload) : refuse(state, asked, row.code, row.why);
  };

export const notOffered: Block = {
  from: { csms: Object.fromEntries(NOT_OFFERED.map((row) => [row.action, ruleOf(row)])) },
};
