/**
 * A limit of the gateway's own comes, changes or goes: the station's image follows, the CSMS is told of the limit, and of each running
 * transaction that is charged at another rate because of it.
 *
 *     limit ─▶ store, image ─▶ NotifyChargingLimit / ClearedChargingLimit
 *                └─▶ transactions whose rate changes ─▶ TransactionEvent(Updated, ChargingRateChanged)
 *
 * @see OCPP 2.0.1 Part 2 K11–K14, E02 (ChargingRateChanged), SmartChargingCtrlr.LimitChangeSignificance
 */
import { changedTransactions, type OwnLimit, withOwnLimit, withoutOwnLimit } from "../charging/own-limits.ts";
import type { ChargingStore } from "../charging/profile.ts";
import { epochMs } from "../ids.ts";
import { type ChargingOptions, evsesOf, surroundings } from "./charging-options.ts";
import { ownLimitsChanged } from "./charging-own.ts";
import { chargingOf } from "./charging-state.ts";
import { type Block, nothingWanted, openTransactions, type TranslationState, type WakeRule } from "./contract.ts";
import { limitSignificancePercent } from "./device-own.ts";
import { tellEvent } from "./tx-events.ts";
import type { TxOptions } from "./tx-options.ts";
import { draftOf, finished } from "./tx-state.ts";

/** Job with the `limit`, and `isGone` where it is released. */
export const OWN_LIMIT = "charging.ownLimit";
/** Job of a transaction (`key`, its id) whose rate has changed. */
const RATE_CHANGED = "charging.rateChanged";
const LOOK_AGAIN_MS = 1_000;

const limited =
  (charging: ChargingOptions): WakeRule<TranslationState> =>
  (state, job, env) => {
    const limit = job["limit"] as OwnLimit;
    const change = (store: ChargingStore) =>
      job["isGone"] === true ? withoutOwnLimit(store, limit) : withOwnLimit(store, limit);
    const significancePercent = limitSignificancePercent(state);
    const notices = { significancePercent, withSchedules: false };
    const before = chargingOf(state).store;
    const step = ownLimitsChanged(state, change, { env, options: charging, notices });
    const evses = evsesOf(surroundings(step.state, env, charging));
    const after = chargingOf(step.state).store;
    const changed = changedTransactions(before, after, env.now, { evses, significancePercent });
    const wakes = changed.map((key) => ({ do: "wake", job: { kind: RATE_CHANGED, key }, at: env.now }) as const);
    return { state: step.state, wants: [...step.wants, ...wakes] };
  };

/** While messages of the station wait that have no number yet, this one waits, too (see status-progress.ts). */
const rateChanged =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, job, env) => {
    const key = String(job["key"]);
    const transaction = openTransactions(state).find(({ id }) => id === key);
    if (transaction === undefined) return nothingWanted(state);
    if (env.hasBacklog === true) {
      const at = epochMs(env.now + LOOK_AGAIN_MS);
      return { state, wants: [{ do: "wake", job: { kind: RATE_CHANGED, key }, at }] };
    }
    const draft = draftOf(state, env, options);
    const timestamp = new Date(env.now).toISOString();
    const { chargingState } = transaction;
    tellEvent(draft, transaction, {
      eventType: "Updated",
      timestamp,
      triggerReason: "ChargingRateChanged",
      offline: false,
      ...(chargingState === undefined ? {} : { info: { chargingState } }),
    });
    return finished(draft);
  };

export const ownLimitBlock = (charging: ChargingOptions, options: TxOptions): Block => ({
  from: {},
  wakes: { [OWN_LIMIT]: limited(charging), [RATE_CHANGED]: rateChanged(options) },
});
