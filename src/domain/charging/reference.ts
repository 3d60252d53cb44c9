/**
 * What a set of profiles allows at an instant: the one function everything else is compared with.
 *
 *     period(p, t)  of one profile
 *     lead(P, t)    of the profile with the highest stackLevel that has a period at t
 *     L(e, t)     = min( lead(Max), lead(External), lead(TxProfiles of the transaction) or else lead(TxDefault of 0 and e) )
 *     Lsta(t)     = min( lead(Max), lead(External) ), on the sum over all EVSEs
 *
 * No limit is `Infinity`. Instants are absolute; a day has 24 hours.
 *
 * @see OCPP 2.0.1 Part 2 §3.5 and K01.FR.11–13, FR.30, FR.36, FR.37, K02.FR.08, K08.FR.06
 */
import { type EpochMs, epochMs } from "../ids.ts";
import {
  type ChargingProfile,
  CYCLE_SEC,
  type ProfilePurpose,
  type RateUnit,
  type SchedulePeriod,
  SEC,
} from "./profile.ts";
import { inUnit, type Supply } from "./units.ts";

/** The transaction a limit is asked for. */
export interface LimitTransaction {
  /** Undefined: nobody charges; asked is what a transaction that began at `powerPathClosedAt` would get (K08.FR.06). */
  readonly id?: string;
  /** When current could flow for the first time, else when the transaction began: what Relative schedules count from. */
  readonly powerPathClosedAt: EpochMs;
}

export interface LimitQuestion {
  readonly evseId: number;
  readonly unit: RateUnit;
  readonly supply: Supply;
  readonly transaction: LimitTransaction;
}

/** A period together with the unit its limit is in. */
export interface ActivePeriod extends SchedulePeriod {
  readonly unit: RateUnit;
}

export interface Limit {
  /** In the unit that was asked for, not rounded; `Infinity` where nothing limits. */
  readonly limit: number;
  /** The lowest of the periods that lead (2.0.1 errata 2.36); undefined when none says one. */
  readonly numberPhases?: number;
}

/** The instant the schedule counts from at `at`; undefined when it has not begun. */
export function baseAt(profile: ChargingProfile, at: EpochMs, closedAt: EpochMs): EpochMs | undefined {
  // 1.6 lets an Absolute profile leave out its start, and then counts from the transaction's.
  const start = profile.kind === "Relative" ? closedAt : (profile.schedule.startSchedule ?? closedAt);
  if (at < start) return undefined;
  if (profile.recurrencyKind === undefined || profile.kind !== "Recurring") return start;
  const cycleMs = CYCLE_SEC[profile.recurrencyKind] * SEC;
  return epochMs(start + Math.floor((at - start) / cycleMs) * cycleMs);
}

/** The period of `profile` that holds at `at`, undefined when it has none then. Validity is half-open (K01.FR.36, FR.37). */
export function periodAt(profile: ChargingProfile, at: EpochMs, closedAt: EpochMs): ActivePeriod | undefined {
  const { validFrom, validTo, schedule } = profile;
  if ((validFrom !== undefined && at < validFrom) || (validTo !== undefined && at >= validTo)) return undefined;
  const base = baseAt(profile, at, closedAt);
  if (base === undefined) return undefined;
  const offsetMs = at - base;
  if (schedule.duration !== undefined && offsetMs >= schedule.duration * SEC) return undefined;
  const period = schedule.periods.findLast(({ startPeriod }) => startPeriod * SEC <= offsetMs);
  return period && { ...period, unit: schedule.unit };
}

/** The period that leads at `at`. Of two profiles of one stackLevel, the one of this EVSE goes before the station's. */
export function leadAt(profiles: readonly ChargingProfile[], at: EpochMs, closedAt: EpochMs): ActivePeriod | undefined {
  let lead: { readonly profile: ChargingProfile; readonly period: ActivePeriod } | undefined;
  for (const profile of profiles) {
    if (lead !== undefined && !goesBefore(profile, lead.profile)) continue;
    const period = periodAt(profile, at, closedAt);
    if (period !== undefined) lead = { profile, period };
  }
  return lead?.period;
}

/** L(e, t). */
export function limitAt(profiles: readonly ChargingProfile[], at: EpochMs, question: LimitQuestion): Limit {
  const closedAt = question.transaction.powerPathClosedAt;
  const lead = (purpose: ProfilePurpose) =>
    leadAt(
      profiles.filter((profile) => profile.purpose === purpose && concerns(profile, question)),
      at,
      closedAt,
    );
  return lowest(
    [
      lead("ChargingStationMaxProfile"),
      lead("ChargingStationExternalConstraints"),
      lead("TxProfile") ?? lead("TxDefaultProfile"),
    ],
    question,
  );
}

/** Lsta(t): what all EVSEs together may take. `supply` is the station's. */
export function stationLimitAt(
  profiles: readonly ChargingProfile[],
  at: EpochMs,
  question: Pick<LimitQuestion, "unit" | "supply">,
): Limit {
  const lead = (purpose: ProfilePurpose) =>
    leadAt(
      profiles.filter((profile) => profile.purpose === purpose && profile.evseId === 0),
      at,
      at,
    );
  return lowest([lead("ChargingStationMaxProfile"), lead("ChargingStationExternalConstraints")], question);
}

/** Whether a profile has a say at this EVSE and for this transaction. */
export function concerns(profile: ChargingProfile, { evseId, transaction }: LimitQuestion): boolean {
  if (profile.evseId !== 0 && profile.evseId !== evseId) return false;
  // A TxProfile that names no transaction (1.6 alone) is for whichever runs on its connector.
  return (
    profile.purpose !== "TxProfile" ||
    (transaction.id !== undefined && (profile.transactionId === undefined || profile.transactionId === transaction.id))
  );
}

function goesBefore(a: ChargingProfile, b: ChargingProfile): boolean {
  if (a.stackLevel !== b.stackLevel) return a.stackLevel > b.stackLevel;
  return a.evseId !== 0 && b.evseId === 0;
}

function lowest(
  leads: readonly (ActivePeriod | undefined)[],
  { unit, supply }: Pick<LimitQuestion, "unit" | "supply">,
): Limit {
  const active = leads.filter((lead) => lead !== undefined);
  const phases = active.flatMap(({ numberPhases }) => numberPhases ?? []);
  const numberPhases = phases.length === 0 ? undefined : Math.min(...phases);
  const limits = active.map((period) => inUnit(period, { to: unit, supply, usedPhases: numberPhases }));
  const limit = Math.min(Number.POSITIVE_INFINITY, ...limits);
  return numberPhases === undefined ? { limit } : { limit, numberPhases };
}
