/**
 * CostUpdated: 1.6 has no running cost, but the OCA's note on Californian pricing has one, in a DataTransfer, for stations that say so
 * (`CustomDisplayCostAndPrice`). The CSMS may add what that note wants beyond the cost in `customData` of the same vendor.
 *
 * | RunningCost     | from                                                                                  |
 * | --------------- | ------------------------------------------------------------------------------------- |
 * | `transactionId` | `transactionId`, as 1.6 knows it                                                      |
 * | `cost`          | `totalCost`                                                                           |
 * | `timestamp`     | `customData`, else now                                                                |
 * | `meterValue`    | `customData`, else the latest reading, Wh                                             |
 * | `state`         | `customData`, else Charging or Idle by the charging state                             |
 * | prices, `nextPeriod`, `triggerMeterValue` | `customData`                                                |
 *
 * CostUpdatedResponse has no status, so whatever does not work is a CALLERROR.
 *
 * @see OCPP 2.0.1 I02; OCPP & California Pricing Requirements, §3
 */
import type { Payload } from "../ocpp/frame.ts";
import { objectAt, pick, textAt, timestampOf } from "./command-fields.ts";
import { answer, askStation, commandJob, jobFor, refuse, statusOf } from "./command-kit.ts";
import {
  type AnswerRule,
  type Block,
  type CallRule,
  type Transaction,
  type TranslationState,
  transactionById,
} from "./contract.ts";
import { codeFor } from "./errors.ts";

/** Of the note on Californian pricing. */
export const COST_VENDOR = "org.openchargealliance.costmsg";
const FROM_CUSTOM_DATA = [
  "timestamp",
  "meterValue",
  "state",
  "chargingPrice",
  "idlePrice",
  "nextPeriod",
  "triggerMeterValue",
];

const updated: CallRule<TranslationState> = (state, asked, env) => {
  if (state.capabilities.showsCost !== true) return refuse(state, asked, "NotSupported", "the station shows no cost");
  const transaction = transactionById(state, textAt(asked.payload, "transactionId") ?? "");
  if (transaction === undefined) {
    return refuse(state, asked, "PropertyConstraintViolation", "there is no such transaction");
  }
  const custom = objectAt(asked.payload, "customData");
  const data = JSON.stringify({
    ...known(transaction, timestampOf(env.now)),
    cost: asked.payload["totalCost"],
    ...(custom?.["vendorId"] === COST_VENDOR ? pick(custom, FROM_CUSTOM_DATA) : {}),
  });
  const payload = { vendorId: COST_VENDOR, messageId: "RunningCost", data };
  return askStation(state, { action: "DataTransfer", payload, job: jobFor("cost.shown", asked) }, shown, env);
};

const known = ({ tx16, lastRegister, chargingState }: Transaction, timestamp: string): Payload => ({
  transactionId: tx16,
  timestamp,
  meterValue: lastRegister,
  state: chargingState === "Charging" ? "Charging" : "Idle",
});

const shown: AnswerRule<TranslationState> = (state, job, outcome, env) => {
  const status = statusOf(outcome);
  if (status === "Accepted") return answer(state, commandJob(job), {});
  if (status === "UnknownVendorId" || status === "UnknownMessageId") {
    return refuse(state, commandJob(job), "NotSupported", "the station shows no cost");
  }
  const code = outcome.kind === "error" ? codeFor(env.northVersion, outcome.code) : "InternalError";
  return refuse(state, commandJob(job), code, "the station does not show the cost");
};

export const cost: Block = { from: { csms: { CostUpdated: updated } }, answers: { "cost.shown": shown } };
