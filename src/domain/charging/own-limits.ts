/**
 * The gateway's own limits as a 2.x CSMS sees them: ChargingStationExternalConstraints with ids below 0, and what it is told when
 * one of them comes, changes or goes.
 *
 * | the limit of a source at an EVSE                      | message                |
 * | ----------------------------------------------------- | ---------------------- |
 * | is new                                                | NotifyChargingLimit    |
 * | changes now by more than LimitChangeSignificance %    | NotifyChargingLimit    |
 * | has other unit, start, duration or periods, with NotifyChargingLimitWithSchedules | NotifyChargingLimit |
 * | is gone                                               | ClearedChargingLimit   |
 * | of source CSO                                         | nothing, ever: it is the CSMS's own |
 *
 * @see OCPP 2.0.1 Part 2 K11–K14, SmartChargingCtrlr.LimitChangeSignificance, NotifyChargingLimitWithSchedules
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { ChargingEvse } from "./composite.ts";
import type { ChargingProfile, ChargingStore, LimitSource, ProfileSchedule } from "./profile.ts";
import { leadAt, limitAt } from "./reference.ts";
import { withProfile } from "./store.ts";

/** A limit that is not the CSMS's. */
export interface OwnLimit {
  /** 1, 2, …; together with the EVSE it is the profile's name. One limit for each source, usually. */
  readonly number: number;
  readonly evseId: number;
  readonly source: Exclude<LimitSource, "CSO">;
  readonly schedule: ProfileSchedule & { readonly startSchedule: EpochMs };
}

export interface LimitNoticeSettings {
  /** LimitChangeSignificance, percent. */
  readonly significancePercent: number;
  /** NotifyChargingLimitWithSchedules. */
  readonly withSchedules: boolean;
}

export interface LimitNotice {
  readonly action: "NotifyChargingLimit" | "ClearedChargingLimit";
  readonly payload: Payload;
}

/** Room for so many own limits of one EVSE in the numbering. */
const EVSE_STRIDE = 1000;

export const ownLimitId = ({ number, evseId }: Pick<OwnLimit, "number" | "evseId">): number =>
  -(evseId * EVSE_STRIDE + number);

/** The store with this limit in place of the earlier one of its number and EVSE. */
export function withOwnLimit(store: ChargingStore, limit: OwnLimit): ChargingStore {
  const { evseId, source, schedule } = limit;
  const id = ownLimitId(limit);
  return withProfile(store, {
    id,
    evseId,
    source,
    stackLevel: 0,
    purpose: "ChargingStationExternalConstraints",
    kind: "Absolute",
    schedule,
    original: {
      id,
      stackLevel: 0,
      chargingProfilePurpose: "ChargingStationExternalConstraints",
      chargingProfileKind: "Absolute",
      chargingSchedule: [wireSchedule(limit)],
    },
  });
}

export function withoutOwnLimit(store: ChargingStore, limit: Pick<OwnLimit, "number" | "evseId">): ChargingStore {
  const gone = ownLimitId(limit);
  return { profiles: store.profiles.filter(({ id }) => id !== gone) };
}

/** What the CSMS is told of the step from one store to the next. */
export function limitNotices(
  before: ChargingStore,
  after: ChargingStore,
  now: EpochMs,
  settings: LimitNoticeSettings,
): readonly LimitNotice[] {
  const places = new Map([...ownOf(before), ...ownOf(after)].map((profile) => [placeOf(profile), profile]));
  return [...places.values()].flatMap((place): readonly LimitNotice[] => {
    const old = ownOf(before).filter((profile) => placeOf(profile) === placeOf(place));
    const current = ownOf(after).filter((profile) => placeOf(profile) === placeOf(place));
    const where = place.evseId === 0 ? {} : { evseId: place.evseId };
    if (current.length === 0) {
      const payload = { ...where, chargingLimitSource: place.source };
      return [{ action: "ClearedChargingLimit", payload }];
    }
    if (old.length > 0 && !isWorthTelling(old, current, now, settings)) return [];
    const payload = {
      ...where,
      chargingLimit: { chargingLimitSource: place.source },
      ...(settings.withSchedules ? { chargingSchedule: current.flatMap(scheduleOf) } : {}),
    };
    return [{ action: "NotifyChargingLimit", payload }];
  });
}

/** Whether a limit's change is more than the threshold; from or to "no limit" it always is. */
export function isSignificant(before: number, after: number, significancePercent: number): boolean {
  if (before === after) return false;
  if (!Number.isFinite(before) || !Number.isFinite(after)) return true;
  return Math.abs(after - before) * 100 > significancePercent * Math.abs(before);
}

/**
 * Transactions whose limit changes at `now` by more than the threshold: each gets a TransactionEvent with triggerReason
 * ChargingRateChanged. In amperes per phase, for that is what the EV is told.
 */
export function changedTransactions(
  before: ChargingStore,
  after: ChargingStore,
  now: EpochMs,
  { evses, significancePercent }: Pick<LimitNoticeSettings, "significancePercent"> & { evses: readonly ChargingEvse[] },
): readonly string[] {
  return evses.flatMap(({ evseId, supply, physicalMaxA = Number.POSITIVE_INFINITY, transaction }) => {
    if (transaction === undefined) return [];
    const [was, is] = [before, after].map(({ profiles }) =>
      Math.min(physicalMaxA, limitAt(profiles, now, { evseId, unit: "A", supply, transaction }).limit),
    );
    return was !== undefined && is !== undefined && isSignificant(was, is, significancePercent) ? [transaction.id] : [];
  });
}

const ownOf = ({ profiles }: ChargingStore): readonly ChargingProfile[] =>
  profiles.filter(({ source }) => source !== "CSO");

const placeOf = ({ evseId, source }: ChargingProfile): string => `${evseId} ${source}`;

function isWorthTelling(
  old: readonly ChargingProfile[],
  current: readonly ChargingProfile[],
  now: EpochMs,
  { significancePercent, withSchedules }: LimitNoticeSettings,
): boolean {
  const [was, is] = [leadAt(old, now, now), leadAt(current, now, now)];
  if (was?.unit !== is?.unit) return true;
  const limit = (period: typeof was): number => period?.limit ?? Number.POSITIVE_INFINITY;
  if (isSignificant(limit(was), limit(is), significancePercent)) return true;
  return withSchedules && JSON.stringify(old.map(scheduleOf)) !== JSON.stringify(current.map(scheduleOf));
}

const scheduleOf = ({ original }: ChargingProfile): unknown[] =>
  Array.isArray(original["chargingSchedule"]) ? original["chargingSchedule"] : [];

function wireSchedule({ number, evseId, schedule }: OwnLimit): Payload {
  const { unit, startSchedule, duration, periods } = schedule;
  return {
    id: evseId * EVSE_STRIDE + number,
    startSchedule: new Date(startSchedule).toISOString(),
    ...(duration === undefined ? {} : { duration }),
    chargingRateUnit: unit,
    chargingSchedulePeriod: periods,
  };
}
