/**
 * The profile of a RequestStartTransaction, on its way to the station inside RemoteStartTransaction.
 *
 * There is no transaction yet, so nobody knows when it begins: the station gets one Absolute schedule without gap, of which each limit is
 * at most what the profile says wherever it may be by then. As soon as the transaction is there the exact one takes its
 * place, under the same id and on the same level (1.6 errata 3.42).
 *
 * @see translation.md §5.8; OCPP 2.0.1 Part 2 F01, K05; OCPP 1.6 §5.11
 */
import type { Profile16 } from "../charging/image.ts";
import { imageEntry } from "../charging/image.ts";
import { txSlotId } from "../charging/image-ids.ts";
import { parseProfile } from "../charging/parse-profile.ts";
import { afterStep } from "../charging/plan.ts";
import { project } from "../charging/projection.ts";
import { bindToTransaction } from "../charging/store.ts";
import { faultOfStartProfile } from "../charging/validate-profile.ts";
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { hasSmartCharging } from "./charging-follow.ts";
import { type ChargingOptions, profileRules, surroundings } from "./charging-options.ts";
import { withAcked } from "./charging-plan.ts";
import { chargingOf, MAX_STARTS, withCharging } from "./charging-state.ts";
import { type Env, openTransactions, type TranslationState } from "./contract.ts";

/** How long a profile waits for its transaction. */
const START_LASTS_MS = 600_000;

export interface StartPlace {
  readonly evseId: number;
  readonly connector16: number;
}

export type StartAnswer =
  /** Without `profile16` the station starts without one: it has no smart charging (K05.FR.04). */
  { readonly profile16?: Payload; readonly state: TranslationState } | { readonly reject: string };

/** `place` undefined: the station chooses the connector. */
export function startProfile(
  state: TranslationState,
  payload: Payload,
  place: StartPlace | undefined,
  env: Env,
  options: ChargingOptions,
  remoteStartId?: number,
): StartAnswer {
  if (!hasSmartCharging(state)) return { state };
  const around = surroundings(state, env, options);
  const busy = openTransactions(state).map(({ connector16 }) => connector16);
  const likely = place ?? around.places.find(({ connector16 }) => !busy.includes(connector16));
  if (likely === undefined) return { reject: "TxInProgress" };
  const parsed = parseProfile(payload, { evseId: likely.evseId, pointer: "/chargingProfile" });
  if (!parsed.ok) return { reject: parsed.error.reasonCode };
  const charging = chargingOf(state);
  const fault = faultOfStartProfile(parsed.value, charging.store, profileRules(around, options));
  if (fault !== undefined) return { reject: fault.reasonCode };

  // The schedule its transaction would have if it could begin at any instant.
  const tx = { id: STAND_IN, tx16: 0, connector16: likely.connector16, evseId: likely.evseId, anchorAt: undefined };
  const store = bindToTransaction(charging.store, parsed.value, tx);
  const projected = project({ ...around, store, ids: charging.ids, transactions: [tx] });
  if (!projected.ok) return { reject: projected.error.reasonCode };
  const id16 = txSlotId(around.range, likely.connector16);
  const entry = projected.value.image.find(({ profile }) => profile.chargingProfileId === id16);
  if (entry === undefined) return { reject: "InvalidProfile" };
  const { transactionId: _none, ...profile16 } = entry.profile;
  const start = {
    profile: parsed.value,
    until: epochMs(env.now + START_LASTS_MS),
    ...(place === undefined ? {} : { connector16: place.connector16 }),
    ...(remoteStartId === undefined ? {} : { remoteStartId }),
  };
  const kept = withCharging(state, { starts: [...charging.starts, start].slice(-MAX_STARTS) });
  return { profile16: asPayload(profile16), state: withPerhapsHeld(kept, likely.connector16, profile16) };
}

const STAND_IN = "";

const asPayload = (profile: Profile16): Payload => ({ ...profile });

/** The station may keep it, whether or not it starts: the next plan says it again, or clears it. */
function withPerhapsHeld(state: TranslationState, connector16: number, profile: Profile16): TranslationState {
  const { acked } = chargingOf(state);
  if (acked === undefined) return state;
  return withAcked(state, afterStep(acked, { do: "set", entry: imageEntry(connector16, profile) }, "unanswered"));
}
