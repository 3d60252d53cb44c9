/**
 * Plans carried out: one step at a time, and what is done when the station does not go along.
 *
 *     begin ─▶ step ─▶ Accepted ─▶ next step … ─▶ done: the store holds, whoever asked is answered
 *               │
 *               ├─▶ refused     ─▶ Rejected, the image before is said again, the store stays
 *               └─▶ unanswered  ─▶ InternalError, the entry is uncertain, the same
 *
 * @see translation.md §5.8
 */
import { afterStep, allUncertain, type PlanStep, type StepOutcome } from "../charging/plan.ts";
import { type Change, changeTo } from "../charging/plan-change.ts";
import { refusedBehind } from "../charging/store.ts";
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { type ChargingOptions, capsOf, surroundings } from "./charging-options.ts";
import {
  type ChargingRequest,
  type ChargingState,
  chargingOf,
  type RunningPlan,
  withCharging,
  withoutCharging,
} from "./charging-state.ts";
import {
  type AnswerRule,
  type Env,
  nothingWanted,
  type Outcome,
  type Step,
  type TranslationState,
  type Want,
} from "./contract.ts";

/** When a station that did not go along is told again. */
const RETRY_MS = 60_000;

export const STEP_JOB = "charging.step";
export const REPLAN_JOB = "charging.replan";

/** Starts a plan; where nothing has to be said it is done at once. */
export function begin(state: TranslationState, change: Change, request?: ChargingRequest): Step<TranslationState> {
  const { store, ids, steps, replanAt } = change;
  const { planNumber } = chargingOf(state);
  const running: RunningPlan = {
    steps,
    number: planNumber + 1,
    store,
    ids,
    ...(request === undefined ? {} : { request }),
    ...(replanAt === undefined ? {} : { replanAt }),
  };
  return advance(withCharging(state, { running, planNumber: running.number }), running);
}

/** The next step, or the end. */
function advance(state: TranslationState, running: RunningPlan): Step<TranslationState> {
  const [step] = running.steps;
  if (step === undefined) return done(state, running);
  return { state, wants: [askStep(step, running.number)] };
}

function askStep(step: PlanStep, number: number): Want {
  const job = { kind: STEP_JOB, number };
  if (step.do === "set") {
    const { connectorId, profile } = step.entry;
    const payload = { connectorId, csChargingProfiles: profile };
    return { do: "ask", peer: "station", action: "SetChargingProfile", payload, job };
  }
  const payload: Payload = step.do === "clear" ? { id: step.id16 } : {};
  return { do: "ask", peer: "station", action: "ClearChargingProfile", payload, job };
}

function done(state: TranslationState, { store, ids, request, replanAt }: RunningPlan): Step<TranslationState> {
  const kept = withCharging(withoutCharging(state, "running"), { store, ids });
  const wants: Want[] = [{ do: "wake", job: { kind: REPLAN_JOB, key: "" }, at: replanAt }];
  if (request !== undefined) wants.unshift({ do: "answer", ref: request.ref, payload: { status: "Accepted" } });
  return { state: kept, wants };
}

/** What the station said to a step. `next` goes on with what waits. */
export const stepAnswered =
  (
    options: ChargingOptions,
    next: (state: TranslationState, env: Env) => Step<TranslationState>,
  ): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const { running, acked } = chargingOf(state);
    const [step, ...rest] = running?.steps ?? [];
    // Of a plan that was given up meanwhile.
    if (running === undefined || step === undefined || job["number"] !== running.number) return nothingWanted(state);
    const result = outcomeOf(step, outcome);
    const known = withAcked(learned(state, step, outcome), afterStep(acked, step, result));
    const lost = step.do === "clear" ? lostOf(outcome) : [];
    const going = { ...running, steps: rest };
    const after =
      result === "accepted"
        ? advance(withCharging(known, { running: going }), going)
        : failed(known, running, { step, outcome, result }, env, options);
    const heard = { state: after.state, wants: [...lost, ...after.wants] };
    if (chargingOf(heard.state).running !== undefined) return heard;
    const more = next(heard.state, env);
    return { state: more.state, wants: [...heard.wants, ...more.wants] };
  };

export const withAcked = (state: TranslationState, acked: ChargingState["acked"]): TranslationState =>
  acked === undefined ? withoutCharging(state, "acked") : withCharging(state, { acked });

/** To a clear every answer means that it is gone: some stations say Unknown although they cleared. */
function outcomeOf(step: PlanStep, outcome: Outcome): StepOutcome {
  if (outcome.kind === "none") return "unanswered";
  if (step.do === "clear") return outcome.kind === "result" ? "accepted" : "refused";
  // A station that cannot clear everything has to live with what it has.
  if (step.do === "clearAll") return "accepted";
  return outcome.kind === "result" && outcome.payload["status"] === "Accepted" ? "accepted" : "refused";
}

/** Whether there was anything to clear is all the same to the CSMS. */
const lostOf = (outcome: Outcome): readonly Want[] =>
  outcome.kind === "result" && outcome.payload["status"] === "Unknown"
    ? [{ do: "lost", what: "ClearChargingProfile.conf.status=Unknown" }]
    : [];

function learned(state: TranslationState, step: PlanStep, outcome: Outcome): TranslationState {
  const isMax = step.do === "set" && step.entry.profile.chargingProfilePurpose === "ChargePointMaxProfile";
  const isUnsupported = outcome.kind === "result" && outcome.payload["status"] === "NotSupported";
  return isMax && isUnsupported ? withCharging(state, { learned: { lacksStationMax: true } }) : state;
}

interface Failure {
  readonly step: PlanStep;
  readonly outcome: Outcome;
  readonly result: StepOutcome;
}

/** The store stays; the image before is said again, in a plan nobody waits for. One that was that already waits for the next try. */
function failed(
  state: TranslationState,
  { request }: RunningPlan,
  failure: Failure,
  env: Env,
  options: ChargingOptions,
): Step<TranslationState> {
  const isErased = failure.result === "refused" && capsOf(state, env, options).quirks.rejectMayErase;
  const known = isErased ? withAcked(state, allUncertain(chargingOf(state).acked)) : state;
  const idle = withoutCharging(known, "running");
  const wants: Want[] = [{ do: "wake", job: { kind: REPLAN_JOB, key: "" }, at: epochMs(env.now + RETRY_MS) }];
  if (request === undefined) return { state: idle, wants };
  const { store, ids, acked } = chargingOf(idle);
  const back = changeTo({ ids, acked }, store, surroundings(idle, env, options));
  const answered = refusal(request, failure);
  if (!back.ok || !env.isStationOnline) return { state: idle, wants: [answered, ...wants] };
  const undo = begin(idle, back.value);
  return { state: undo.state, wants: [answered, ...undo.wants] };
}

function refusal({ ref, action }: ChargingRequest, { step, outcome, result }: Failure): Want {
  if (result === "unanswered") {
    return { do: "refuse", ref, code: "InternalError", description: "the station did not answer in time" };
  }
  const asked = step.do === "set" ? "SetChargingProfile" : "ClearChargingProfile";
  const said =
    outcome.kind === "error" ? outcome.code : outcome.kind === "result" ? String(outcome.payload["status"]) : "";
  const { statusInfo } = refusedBehind(`the station answered ${asked} with ${said}`);
  const reason = said === "NotSupported" ? { reasonCode: "UnsupportedRequest" } : {};
  const status = action === "SetChargingProfile" ? "Rejected" : "Unknown";
  return { do: "answer", ref, payload: { status, statusInfo: { ...(statusInfo as Payload), ...reason } } };
}
