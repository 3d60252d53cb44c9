/**
 * Smart charging: the 2.x requests, and the image that follows whatever happens to the station.
 *
 *     SetChargingProfile, ClearChargingProfile ─▶ store ─▶ image ─▶ plan ─▶ SetChargingProfile, ClearChargingProfile of 1.6
 *     StartTransaction, StopTransaction, …     ─▶ follow ──┘
 *
 * `hears` is called after the owner of a message has dealt with it; who wires the blocks also calls `stationBooted` when the CSMS has
 * accepted a boot, and `startProfile` for the profile of a remote start.
 */
import { COMPOSITE_JOB, compositeAnswered, compositeRule } from "./charging-composite.ts";
import { follow, replan } from "./charging-follow.ts";
import type { ChargingOptions } from "./charging-options.ts";
import { REPLAN_JOB, STEP_JOB, stepAnswered } from "./charging-plan.ts";
import { changeRule, getProfilesRule, nextRequests } from "./charging-requests.ts";
import { chargingOf } from "./charging-state.ts";
import type { Block, CallRule, Env, Step, TranslationState } from "./contract.ts";

/**
 * Messages of the station after which a transaction may be another. Not its start: the station does not know the transaction before it has
 * been answered; the status that follows, or `onTransaction`, is early enough.
 */
const HEARD = ["StopTransaction", "StatusNotification"];

export function chargingBlock(
  options: ChargingOptions = {},
): Block & { readonly hears: { readonly [action: string]: CallRule<TranslationState> } } {
  const follows: CallRule<TranslationState> = (state, _asked, env) => follow(state, env, options);
  return {
    from: {
      csms: {
        SetChargingProfile: changeRule("SetChargingProfile", options),
        ClearChargingProfile: changeRule("ClearChargingProfile", options),
        GetChargingProfiles: getProfilesRule(),
        GetCompositeSchedule: compositeRule(options),
      },
    },
    hears: Object.fromEntries(HEARD.map((action) => [action, follows])),
    answers: {
      [STEP_JOB]: stepAnswered(options, (state, env) => afterPlan(state, env, options)),
      [COMPOSITE_JOB]: compositeAnswered(options),
    },
    wakes: { [REPLAN_JOB]: (state, _job, env) => replan(state, env, options) },
  };
}

/** Requests that waited first; then what has changed meanwhile. */
function afterPlan(state: TranslationState, env: Env, options: ChargingOptions): Step<TranslationState> {
  const requests = nextRequests(state, env, options);
  if (chargingOf(requests.state).running !== undefined) return requests;
  const followed = follow(requests.state, env, options);
  return { state: followed.state, wants: [...requests.wants, ...followed.wants] };
}
