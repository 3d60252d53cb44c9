/**
 * A transaction whose driver the CSMS has refused after he was let in, on a station that is not to stop such transactions: it gets a
 * limit of 0, above everything the CSMS has set for it, and goes with the transaction. That the energy stands still is told when the
 * station reports it.
 *
 * | StopTransactionOnInvalidId | smart charging | the transaction |
 * | -------------------------- | -------------- | --------------- |
 * | true, or not known         |                | is stopped      |
 * | false                      | yes            | is suspended    |
 * | false                      | no             | is stopped: nothing else keeps the energy back |
 *
 * @see OCPP 2.0.1 Part 2 E05.FR.02, FR.10, C15.FR.04 (TxCtrlr.StopTxOnInvalidId); OCPP 1.6 §9.1.26
 */
import type { ChargingProfile } from "../charging/profile.ts";
import { withProfile } from "../charging/store.ts";
import { follow } from "./charging-follow.ts";
import { type ChargingOptions, capsOf } from "./charging-options.ts";
import { chargingOf, withCharging } from "./charging-state.ts";
import { nothingWanted, openTransactions, type Transaction, type TranslationState, type WakeRule } from "./contract.ts";
import { deviceOf, keyValue } from "./device-state.ts";

/** Job of a transaction (`tx16`) that is to go on without energy. */
export const SUSPEND = "charging.suspend";

/** Above any level that a station has. */
const LEVEL = 1_000_000_000;
/** Ids of these profiles begin here, away from those of the gateway's other limits. */
const FIRST_ID = -2_000_000_000;

/** Whether the transaction is to be suspended rather than stopped. */
export function isToSuspend(state: TranslationState, tx16: number): boolean {
  const stops = keyValue(deviceOf(state), "StopTransactionOnInvalidId")?.trim().toLowerCase();
  return (
    stops === "false" &&
    state.capabilities.featureProfiles.includes("SmartCharging") &&
    openBy(state, tx16) !== undefined
  );
}

export const suspend =
  (options: ChargingOptions): WakeRule<TranslationState> =>
  (state, { tx16 }, env) => {
    const transaction = openBy(state, Number(tx16));
    if (transaction === undefined) return nothingWanted(state);
    const [unit = "A"] = capsOf(state, env, options).units;
    const { store, running } = chargingOf(state);
    const limit = zeroLimit(transaction, unit);
    const suspended = withCharging(state, {
      store: withProfile(store, limit),
      isBehind: true,
      // What a running plan leaves behind has it too.
      ...(running === undefined ? {} : { running: { ...running, store: withProfile(running.store, limit) } }),
    });
    return follow(suspended, env, options);
  };

const openBy = (state: TranslationState, tx16: number): Transaction | undefined =>
  openTransactions(state).find((transaction) => transaction.tx16 === tx16);

function zeroLimit({ id: transactionId, tx16, evseId }: Transaction, unit: "A" | "W"): ChargingProfile {
  const id = FIRST_ID + (tx16 % 1_000_000_000);
  const periods = [{ startPeriod: 0, limit: 0 }];
  return {
    id,
    evseId,
    source: "Other",
    stackLevel: LEVEL,
    purpose: "TxProfile",
    kind: "Relative",
    transactionId,
    schedule: { unit, periods },
    original: {
      id,
      stackLevel: LEVEL,
      chargingProfilePurpose: "TxProfile",
      chargingProfileKind: "Relative",
      transactionId,
      chargingSchedule: [{ id: 0, chargingRateUnit: unit, chargingSchedulePeriod: periods }],
    },
  };
}
