/**
 * Limits of the gateway's own, of a site's energy management for instance: they are in the store as ChargingStationExternalConstraints,
 * the station's image takes them in, and the CSMS is told.
 *
 * @see translation.md §5.10; OCPP 2.0.1 Part 2 K11–K14
 */
import { type LimitNoticeSettings, limitNotices } from "../charging/own-limits.ts";
import type { ChargingStore } from "../charging/profile.ts";
import { follow } from "./charging-follow.ts";
import type { ChargingOptions } from "./charging-options.ts";
import { chargingOf, withCharging } from "./charging-state.ts";
import type { Env, Step, TranslationState, Want } from "./contract.ts";

/** `change` puts a limit in or takes one out (`withOwnLimit`, `withoutOwnLimit`), and touches nothing of the CSMS's. */
export function ownLimitsChanged(
  state: TranslationState,
  change: (store: ChargingStore) => ChargingStore,
  {
    env,
    options,
    notices,
  }: { readonly env: Env; readonly options: ChargingOptions; readonly notices: LimitNoticeSettings },
): Step<TranslationState> {
  const { store: before, running } = chargingOf(state);
  const store = change(before);
  const told = limitNotices(before, store, env.now, notices).map(
    ({ action, payload }): Want => ({ do: "ask", peer: "csms", action, payload }),
  );
  const changed = withCharging(state, {
    store,
    isBehind: true,
    // What a running plan leaves behind has it too.
    ...(running === undefined ? {} : { running: { ...running, store: change(running.store) } }),
  });
  const step = follow(changed, env, options);
  return { state: step.state, wants: [...told, ...step.wants] };
}
