/**
 * Charging profiles as the rules of `charging/` know them: one shape for all versions, JSON, beside it the object as it came.
 *
 * Numbers stay what the CSMS wrote: limits in the unit of their schedule, not rounded and not in deci-units, for 2.1 may say
 * six decimals and a report gives the profile back as it was received. Whoever needs 1.6's one decimal asks `units.ts`.
 * Instants are milliseconds since the epoch, so an offset in the spelling of a timestamp makes no difference. Inside a schedule
 * seconds stay seconds.
 *
 * @see OCPP 2.0.1 Part 2 K01, ChargingProfileType, ChargingScheduleType, ChargingSchedulePeriodType; OCPP 1.6 §7.8, §7.13, §7.14
 */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";

/** 1.6's `ChargePointMaxProfile` is `ChargingStationMaxProfile` here. */
export type ProfilePurpose =
  | "ChargingStationExternalConstraints"
  | "ChargingStationMaxProfile"
  | "TxDefaultProfile"
  | "TxProfile";

export type ProfileKind = "Absolute" | "Recurring" | "Relative";
export type RecurrencyKind = "Daily" | "Weekly";

/** `A` is per phase, `W` the total of all phases. */
export type RateUnit = "A" | "W";

/** Who set a limit. The CSMS is `CSO`; the gateway's own limits are any of the others. */
export type LimitSource = "CSO" | "EMS" | "SO" | "Other";

export interface SchedulePeriod {
  /** Seconds from the start of the schedule. */
  readonly startPeriod: number;
  /** In the schedule's unit. Absent (2.1 alone): this period limits nothing, but what has a lower stackLevel stays hidden. */
  readonly limit?: number;
  /** Absent: 3 (K01.FR.49). */
  readonly numberPhases?: number;
}

export interface ProfileSchedule {
  readonly unit: RateUnit;
  /** Absent: the schedule begins when power can flow to the EV. */
  readonly startSchedule?: EpochMs;
  /** Seconds. Absent: it goes on for ever, or until the next recurrence. */
  readonly duration?: number;
  /** A hint, never a limit; in `unit`. */
  readonly minChargingRate?: number;
  /** At least one; the first begins at 0 and each later than the one before. */
  readonly periods: readonly SchedulePeriod[];
}

export interface ChargingProfile {
  readonly id: number;
  /** 0: the whole station, or every EVSE of it, as the purpose says. 1.6: a connector. */
  readonly evseId: number;
  readonly stackLevel: number;
  readonly purpose: ProfilePurpose;
  readonly kind: ProfileKind;
  /** With kind Recurring, and only there. */
  readonly recurrencyKind?: RecurrencyKind;
  /** The first instant at which it is valid. */
  readonly validFrom?: EpochMs;
  /** The first instant at which it is not valid any more. */
  readonly validTo?: EpochMs;
  /** Of a TxProfile; text, in 1.6 as well. */
  readonly transactionId?: string;
  readonly source: LimitSource;
  readonly schedule: ProfileSchedule;
  /** The profile object as it came; reports give it back. */
  readonly original: Payload;
}

/** The profiles of one station: what the CSMS set, and the gateway's own limits as ChargingStationExternalConstraints. */
export interface ChargingStore {
  /** By id, ascending, so that equal sets are equal texts whatever the order they came in. */
  readonly profiles: readonly ChargingProfile[];
}

export const EMPTY_STORE: ChargingStore = { profiles: [] };

/** Why a request about profiles is not accepted; it becomes the answer's statusInfo. */
export interface ProfileFault {
  readonly reasonCode:
    | "DuplicateProfile"
    | "InvalidProfile"
    | "InvalidSchedule"
    | "InvalidStackLevel"
    | "MissingParam"
    | "TooManyElements"
    | "TxNotFound"
    | "UnknownEvse"
    | "UnsupportedKind"
    | "UnsupportedPurpose"
    | "UnsupportedRateUnit";
  /** JSON Pointer into the request's payload. */
  readonly pointer: string;
  /** For people; says nothing that identifies a driver. */
  readonly text: string;
}

export const SEC = 1000;
const DAY_SEC = 86_400;

/** 24 hours and 7 × 24 hours of absolute time: daylight saving shifts nothing (1.6 errata 3.78). */
export const CYCLE_SEC: Readonly<Record<RecurrencyKind, number>> = { Daily: DAY_SEC, Weekly: 7 * DAY_SEC };
