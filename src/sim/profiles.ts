/**
 * The charging profiles a simulated station holds, and the limit they add up to: of each purpose the highest stack level
 * that says something at the instant, and of the purposes the lowest.
 *
 * @see OCPP 1.6 §3.13; OCPP 2.0.1 Part 2 K01
 */
import type { Payload } from "../domain/ocpp/frame.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

export type Purpose = "StationMax" | "TxDefault" | "Tx";

export interface Period {
  /** Seconds from the schedule's start. */
  readonly startSec: number;
  readonly limitW: number;
}

export interface Profile {
  readonly id: number;
  /** 0: every connector. */
  readonly connectorId: number;
  readonly purpose: Purpose;
  readonly stackLevel: number;
  readonly transactionId: string | number | undefined;
  readonly kind: "Absolute" | "Recurring" | "Relative";
  /** Seconds of a day or a week. */
  readonly recurrencySec: number;
  /** Instant of the first period; undefined: the start of the transaction. */
  readonly startAt: number | undefined;
  readonly durationSec: number | undefined;
  readonly validFrom: number;
  readonly validTo: number;
  readonly periods: readonly Period[];
  /** As it came, for reports. */
  readonly source: Payload;
}

export interface LimitQuestion {
  readonly connectorId: number;
  readonly at: number;
  /** Where a transaction runs. */
  readonly transaction: { readonly id: string | number | undefined; readonly startedAt: number } | undefined;
}

const DAY_SEC = 86_400;
const WATTS_PER_AMPERE_PHASE = 230;
const PURPOSES: Readonly<Record<string, Purpose>> = {
  ChargePointMaxProfile: "StationMax",
  ChargingStationMaxProfile: "StationMax",
  ChargingStationExternalConstraints: "StationMax",
  TxDefaultProfile: "TxDefault",
  TxProfile: "Tx",
};

export class ProfileStore {
  #profiles: readonly Profile[] = [];

  all(): readonly Profile[] {
    return this.#profiles;
  }

  /** Replaces a profile of the same id, or of the same purpose, stack level and connector. */
  install(profile: Profile): void {
    const replaced = (p: Profile): boolean =>
      p.id === profile.id ||
      (p.purpose === profile.purpose && p.stackLevel === profile.stackLevel && p.connectorId === profile.connectorId);
    this.#profiles = [...this.#profiles.filter((p) => !replaced(p)), profile];
  }

  /** Removes what `matches`; the number of profiles that went. */
  clear(matches: (profile: Profile) => boolean): number {
    const before = this.#profiles.length;
    this.#profiles = this.#profiles.filter((profile) => !matches(profile));
    return before - this.#profiles.length;
  }

  /** Watts allowed; `Infinity` where nothing limits. A TxProfile takes the place of the TxDefaultProfile. */
  limitW(question: LimitQuestion): number {
    const station = this.#highest("StationMax", question);
    const own = this.#highest("Tx", question) ?? this.#highest("TxDefault", question);
    return Math.min(station ?? Number.POSITIVE_INFINITY, own ?? Number.POSITIVE_INFINITY);
  }

  #highest(purpose: Purpose, question: LimitQuestion): number | undefined {
    const limits = this.#profiles
      .filter((profile) => profile.purpose === purpose && appliesTo(profile, question))
      .sort((a, b) => b.stackLevel - a.stackLevel)
      .map((profile) => limitOf(profile, question));
    return limits.find((limit) => limit !== undefined);
  }
}

/** The profile in a 1.6 `csChargingProfiles` or 2.0.1 `chargingProfile`; undefined when it cannot be one. */
export function readProfile(source: Payload, connectorId: number): Profile | undefined {
  const id = numberAt(source, "chargingProfileId") ?? numberAt(source, "id");
  const purpose = PURPOSES[textAt(source, "chargingProfilePurpose") ?? ""];
  // 1.6 has one schedule as an object, 2.0.1 up to three in an array; a station without ISO 15118 uses the first.
  const schedule = listAt(source, "chargingSchedule")[0] ?? objectAt(source, "chargingSchedule");
  const periods = listAt(schedule, "chargingSchedulePeriod").map((period) => readPeriod(period, schedule));
  if (id === undefined || purpose === undefined || periods.length === 0) return undefined;
  return {
    id,
    connectorId,
    purpose,
    stackLevel: numberAt(source, "stackLevel") ?? 0,
    transactionId: textAt(source, "transactionId") ?? numberAt(source, "transactionId"),
    kind: (textAt(source, "chargingProfileKind") ?? "Absolute") as Profile["kind"],
    recurrencySec: source["recurrencyKind"] === "Weekly" ? 7 * DAY_SEC : DAY_SEC,
    startAt: instantAt(schedule, "startSchedule"),
    durationSec: numberAt(schedule, "duration"),
    validFrom: instantAt(source, "validFrom") ?? Number.NEGATIVE_INFINITY,
    validTo: instantAt(source, "validTo") ?? Number.POSITIVE_INFINITY,
    periods,
    source,
  };
}

function readPeriod(period: Payload, schedule: Payload): Period {
  const limit = numberAt(period, "limit") ?? 0;
  const phases = numberAt(period, "numberPhases") ?? 3;
  const perUnit = schedule["chargingRateUnit"] === "W" ? 1 : WATTS_PER_AMPERE_PHASE * phases;
  return { startSec: numberAt(period, "startPeriod") ?? 0, limitW: limit * perUnit };
}

function instantAt(payload: Payload, field: string): number | undefined {
  const parsed = Date.parse(textAt(payload, field) ?? "");
  return Number.isNaN(parsed) ? undefined : parsed;
}

function appliesTo(profile: Profile, { connectorId, at, transaction }: LimitQuestion): boolean {
  if (profile.connectorId !== 0 && profile.connectorId !== connectorId) return false;
  if (at < profile.validFrom || at >= profile.validTo) return false;
  if (profile.purpose === "Tx" && transaction === undefined) return false;
  return profile.transactionId === undefined || profile.transactionId === transaction?.id;
}

function limitOf(profile: Profile, { at, transaction }: LimitQuestion): number | undefined {
  const start = profile.kind === "Relative" ? transaction?.startedAt : (profile.startAt ?? transaction?.startedAt);
  const since = (at - (start ?? at)) / 1000;
  const seconds = profile.kind === "Recurring" ? modulo(since, profile.recurrencySec) : since;
  if (seconds < 0 || (profile.durationSec !== undefined && seconds >= profile.durationSec)) return undefined;
  return profile.periods.filter((period) => period.startSec <= seconds).at(-1)?.limitW;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Periods of the limit that holds from `question.at` for `durationSec`, at least one and at most a day, equal neighbours joined. */
export function compositeSchedule(store: ProfileStore, question: LimitQuestion, durationSec: number, maxW: number) {
  const periods: Period[] = [];
  for (let second = 0; second < Math.max(1, Math.min(durationSec, DAY_SEC)); second += 1) {
    const limitW = Math.min(maxW, store.limitW({ ...question, at: question.at + second * 1000 }));
    if (periods.at(-1)?.limitW !== limitW) periods.push({ startSec: second, limitW });
  }
  return periods;
}
