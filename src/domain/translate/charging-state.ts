/**
 * What the charging rules keep of one station: the profiles as the CSMS sees them, what the 1.6 station has accepted of their image,
 * and the plan that is being carried out. JSON, a slice of `TranslationState`; every list in it is bounded.
 *
 * @see translation.md §5.8, §8
 */
import { ID_RANGE, type ImageIds, noIds } from "../charging/image-ids.ts";
import type { AckedEntry, PlanStep } from "../charging/plan.ts";
import { type ChargingProfile, type ChargingStore, EMPTY_STORE } from "../charging/profile.ts";
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { TranslationState } from "./contract.ts";

/** A request of the CSMS that has not been answered. */
export interface ChargingRequest {
  readonly ref: string;
  readonly action: "SetChargingProfile" | "ClearChargingProfile";
  readonly payload: Payload;
}

/** A plan on its way. Steps are said one at a time; the next when the last was answered. */
export interface RunningPlan {
  readonly steps: readonly PlanStep[];
  /** Tells an answer of this plan from one of an earlier. */
  readonly number: number;
  /** Whose plan it is; undefined: nobody waits, the station is only brought up to date. */
  readonly request?: ChargingRequest;
  /** What holds when the station has accepted everything. */
  readonly store: ChargingStore;
  readonly ids: ImageIds;
  readonly replanAt?: EpochMs;
}

/** The profile of a RequestStartTransaction whose transaction has not begun. */
export interface StartProfile {
  readonly profile: ChargingProfile;
  readonly connector16?: number;
  readonly remoteStartId?: number;
  readonly until: EpochMs;
}

/** What was learned from refusals. */
export interface LearnedCaps {
  readonly lacksStationMax?: true;
}

export interface ChargingState {
  readonly store: ChargingStore;
  readonly ids: ImageIds;
  /** Absent: the station is not known yet; whatever it holds is not ours. */
  readonly acked?: readonly AckedEntry[];
  readonly running?: RunningPlan;
  readonly waiting: readonly ChargingRequest[];
  readonly starts: readonly StartProfile[];
  readonly learned: LearnedCaps;
  /** What the image was last projected from besides the store; another text means that it has to be looked at again. */
  readonly seen: string;
  /** The image was not installed, or has changed while a plan ran. */
  readonly isBehind: boolean;
  readonly planNumber: number;
}

/** Requests that wait while a plan runs; beyond, they are rejected. */
export const MAX_WAITING = 16;
/** Remote starts that wait for their transaction; the oldest goes first. */
export const MAX_STARTS = 8;

const NOTHING: ChargingState = {
  store: EMPTY_STORE,
  ids: noIds(ID_RANGE),
  waiting: [],
  starts: [],
  learned: {},
  seen: "",
  isBehind: false,
  planNumber: 0,
};

export const initialCharging = (): TranslationState["charging"] => ({ ...NOTHING });

/** The slice; what an older state does not have is as at the beginning. */
export const chargingOf = ({ charging }: TranslationState): ChargingState => ({
  ...NOTHING,
  ...(charging as Partial<ChargingState>),
});

export function withCharging(state: TranslationState, change: Partial<ChargingState>): TranslationState {
  return { ...state, charging: { ...chargingOf(state), ...change } };
}

/** Without `acked` or `running`, which are absent rather than undefined. */
export function withoutCharging(state: TranslationState, field: "acked" | "running"): TranslationState {
  const { [field]: _gone, ...rest } = chargingOf(state);
  return { ...state, charging: rest };
}
