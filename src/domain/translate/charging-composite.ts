/**
 * GetCompositeSchedule: what the gateway computes, what the station says, or the lower of both (`compositeSource`).
 *
 * | source           | asked                                | the station says nothing useful |
 * | ---------------- | ------------------------------------ | ------------------------------- |
 * | gateway (default) | nobody                              |                                 |
 * | charger          | the station                          | Rejected                        |
 * | min              | the station, and the gateway's store | the gateway's                   |
 *
 * What the gateway refuses (an unknown EVSE, a unit that is not offered) is refused without asking. A 1.6 station knows connectors: of an
 * EVSE with several of them only the gateway can speak.
 *
 * @see translation.md §5.11; OCPP 2.0.1 Part 2 K08; OCPP 1.6 §5.7
 */

import type { CompositeContext } from "../charging/composite-answer.ts";
import { answerComposite2x, composite2x, composited2x } from "../charging/composite-answer.ts";
import { compositeOfStation, lowerOf } from "../charging/composite-station.ts";
import type { Supply } from "../charging/units.ts";
import type { Payload } from "../ocpp/frame.ts";
import { hasSmartCharging } from "./charging-follow.ts";
import { type ChargingOptions, evsesOf, rateUnits, surroundings } from "./charging-options.ts";
import { chargingOf } from "./charging-state.ts";
import { type AnswerRule, type CallRule, connectors16Of, type Env, type TranslationState } from "./contract.ts";

export const COMPOSITE_JOB = "charging.composite";

export const compositeRule =
  (options: ChargingOptions): CallRule<TranslationState> =>
  (state, { ref, payload }, env) => {
    const source = env.settings.compositeSource ?? "gateway";
    const answer = answerComposite2x(chargingOf(state).store.profiles, payload, contextOf(state, env, options));
    const connectorId = source === "gateway" ? undefined : connectorOf(payload, env);
    if (connectorId === undefined || answer["status"] !== "Accepted" || !hasSmartCharging(state)) {
      return { state, wants: [{ do: "answer", ref, payload: answer }] };
    }
    const { duration, chargingRateUnit } = payload;
    const request = { connectorId, duration, ...(chargingRateUnit === undefined ? {} : { chargingRateUnit }) };
    const job = { kind: COMPOSITE_JOB, ref, asked: payload };
    return { state, wants: [{ do: "ask", peer: "station", action: "GetCompositeSchedule", payload: request, job }] };
  };

export const compositeAnswered =
  (options: ChargingOptions): AnswerRule<TranslationState> =>
  (state, { ref, asked }, outcome, env) => {
    const request = asked as Payload;
    const context = contextOf(state, env, options);
    const own = composite2x(chargingOf(state).store.profiles, request, context);
    const isMin = env.settings.compositeSource === "min";
    const evseId = Number(request["evseId"]);
    const told =
      outcome.kind === "result" && typeof own !== "string"
        ? compositeOfStation(outcome.payload, {
            now: env.now,
            durationSec: own.durationSec,
            unit: own.unit,
            supply: supplyOf(evseId, context),
          })
        : undefined;
    const found =
      told === undefined ? (isMin ? own : "Unspecified") : isMin && typeof own !== "string" ? lowerOf(own, told) : told;
    return { state, wants: [{ do: "answer", ref: String(ref), payload: composited2x(evseId, found) }] };
  };

/** The 1.6 connector that stands for what the CSMS asks about; undefined: none does. */
function connectorOf({ evseId }: Payload, { topology, isStationOnline }: Env): number | undefined {
  if (!isStationOnline) return undefined;
  if (evseId === 0) return 0;
  const [only, ...others] = connectors16Of(topology, Number(evseId));
  return others.length > 0 ? undefined : only;
}

function contextOf(state: TranslationState, env: Env, options: ChargingOptions): CompositeContext {
  const around = surroundings(state, env, options);
  return {
    now: env.now,
    units: rateUnits(around.caps, around.places),
    evses: evsesOf(around),
    stationSupply: around.station.supply,
  };
}

const supplyOf = (evseId: number, { evses, stationSupply }: CompositeContext): Supply =>
  evses.find((evse) => evse.evseId === evseId)?.supply ?? stationSupply;
