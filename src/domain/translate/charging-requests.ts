/**
 * SetChargingProfile, ClearChargingProfile and GetChargingProfiles of a 2.x CSMS.
 *
 * | request                 | answered                                                                        |
 * | ----------------------- | ------------------------------------------------------------------------------- |
 * | SetChargingProfile      | Accepted once the station has accepted the whole plan, or there is nothing to say |
 * | ClearChargingProfile    | likewise; Unknown where nothing matches                                           |
 * | GetChargingProfiles     | from the store, with the profiles as they came                                    |
 *
 * Plans go one after the other; requests meanwhile wait, at most {@link MAX_WAITING}, and are then rejected.
 *
 * @see translation.md §5.2, §5.8–5.11
 */
import type { ProjectionFault } from "../charging/image.ts";
import { changeTo } from "../charging/plan-change.ts";
import type { ChargingStore } from "../charging/profile.ts";
import { getProfilesAnswer, profileReports, wantedProfiles } from "../charging/report.ts";
import { clearProfiles, refusedBehind, setAnswer, setProfile } from "../charging/store.ts";
import type { Payload } from "../ocpp/frame.ts";
import { hasSmartCharging } from "./charging-follow.ts";
import { type ChargingOptions, profileRules, surroundings } from "./charging-options.ts";
import { begin } from "./charging-plan.ts";
import { type ChargingRequest, chargingOf, MAX_WAITING, withCharging } from "./charging-state.ts";
import type { CallRule, Env, Step, TranslationState, Want } from "./contract.ts";

/** A set or a clear: now, or when the plan that runs is through. */
export const changeRule =
  (action: ChargingRequest["action"], options: ChargingOptions): CallRule<TranslationState> =>
  (state, { ref, payload }, env) => {
    if (!hasSmartCharging(state)) return refusedEntirely(state, action, ref);
    const { running, waiting } = chargingOf(state);
    const request: ChargingRequest = { ref, action, payload };
    if (running === undefined) return requested(state, request, env, options);
    if (waiting.length >= MAX_WAITING) return answered(state, request, unavailable(action, "too many requests wait"));
    return { state: withCharging(state, { waiting: [...waiting, request] }), wants: [] };
  };

/** Requests that waited, until one has something to say to the station. */
export function nextRequests(state: TranslationState, env: Env, options: ChargingOptions): Step<TranslationState> {
  let current = state;
  const wants: Want[] = [];
  for (
    let [request, ...waiting] = chargingOf(current).waiting;
    request !== undefined;
    [request, ...waiting] = chargingOf(current).waiting
  ) {
    const step = requested(withCharging(current, { waiting }), request, env, options);
    current = step.state;
    wants.push(...step.wants);
    if (chargingOf(current).running !== undefined) break;
  }
  return { state: current, wants };
}

function requested(
  state: TranslationState,
  request: ChargingRequest,
  env: Env,
  options: ChargingOptions,
): Step<TranslationState> {
  const { store, ids, acked } = chargingOf(state);
  const around = surroundings(state, env, options);
  const wanted = storeAfter(store, request, () => profileRules(around, options));
  if ("answer" in wanted) return answered(state, request, wanted.answer);
  const change = changeTo({ ids, acked }, wanted.store, around);
  if (!change.ok) return answered(state, request, faultAnswer(request.action, change.error));
  if (change.value.steps.length > 0 && !env.isStationOnline) {
    return answered(state, request, unavailable(request.action, "the station is not connected"));
  }
  return begin(state, change.value, request);
}

/** The store the request asks for, or the answer that needs none. */
function storeAfter(
  store: ChargingStore,
  { action, payload }: ChargingRequest,
  rules: () => ReturnType<typeof profileRules>,
): { readonly store: ChargingStore } | { readonly answer: Payload } {
  if (action === "SetChargingProfile") {
    const set = setProfile(store, payload, rules());
    return set.ok ? { store: set.value.store } : { answer: setAnswer(set.error) };
  }
  const cleared = clearProfiles(store, payload);
  return cleared.status === "Unknown" ? { answer: { status: "Unknown" } } : { store: cleared.store };
}

export const getProfilesRule =
  (): CallRule<TranslationState> =>
  (state, { ref, payload }) => {
    const wanted = wantedProfiles(chargingOf(state).store, payload);
    const reports = wanted.length === 0 ? [] : profileReports(wanted, Number(payload["requestId"]));
    const wants: Want[] = reports.map((report) => ({
      do: "ask",
      peer: "csms",
      action: "ReportChargingProfiles",
      payload: report,
    }));
    return { state, wants: [{ do: "answer", ref, payload: getProfilesAnswer(wanted) }, ...wants] };
  };

/** Without smart charging there is no such function (K01.FR.29); nothing can be cleared either. */
function refusedEntirely(
  state: TranslationState,
  action: ChargingRequest["action"],
  ref: string,
): Step<TranslationState> {
  const description = "the station has no smart charging";
  const want: Want =
    action === "SetChargingProfile"
      ? { do: "refuse", ref, code: "NotSupported", description }
      : { do: "answer", ref, payload: { status: "Unknown" } };
  return { state, wants: [want] };
}

const answered = (state: TranslationState, { ref }: ChargingRequest, payload: Payload): Step<TranslationState> => ({
  state,
  wants: [{ do: "answer", ref, payload }],
});

/** A clear has no Rejected. */
const forAction = (action: ChargingRequest["action"], payload: Payload): Payload =>
  action === "SetChargingProfile" ? payload : { ...payload, status: "Unknown" };

const unavailable = (action: ChargingRequest["action"], why: string): Payload => forAction(action, refusedBehind(why));

const faultAnswer = (action: ChargingRequest["action"], { reasonCode, text }: ProjectionFault): Payload =>
  forAction(action, { status: "Rejected", statusInfo: { reasonCode, additionalInfo: text } });
