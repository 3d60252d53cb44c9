/**
 * The 1.6 image: the charging profiles a 1.6 station should hold, each with the connector it belongs to.
 *
 * Entries are canonical: members in one order, instants in UTC without fraction, limits with at most one decimal. Equal entries are
 * equal texts, so a digest is enough to see whether the station has one already.
 *
 * @see OCPP 1.6 §5.16, §7.8 ChargingProfile, §7.13 ChargingSchedule, §7.14 ChargingSchedulePeriod
 */
import { hash } from "node:crypto";
import { type EpochMs, epochMs } from "../ids.ts";
import type { ProfileFault, ProfileKind, RateUnit, RecurrencyKind } from "./profile.ts";

export type Purpose16 = "ChargePointMaxProfile" | "TxDefaultProfile" | "TxProfile";

export interface Period16 {
  readonly startPeriod: number;
  /** A multiple of 0.1. */
  readonly limit: number;
  readonly numberPhases?: number;
}

export interface Schedule16 {
  readonly duration?: number;
  readonly startSchedule?: string;
  readonly chargingRateUnit: RateUnit;
  readonly chargingSchedulePeriod: readonly Period16[];
  readonly minChargingRate?: number;
}

/** `csChargingProfiles` of SetChargingProfile.req. */
export interface Profile16 {
  readonly chargingProfileId: number;
  readonly transactionId?: number;
  readonly stackLevel: number;
  readonly chargingProfilePurpose: Purpose16;
  readonly chargingProfileKind: ProfileKind;
  readonly recurrencyKind?: RecurrencyKind;
  readonly validFrom?: string;
  readonly validTo?: string;
  readonly chargingSchedule: Schedule16;
}

export interface ImageEntry {
  readonly connectorId: number;
  readonly profile: Profile16;
  readonly digest: string;
}

/** By connector and id. */
export type Image16 = readonly ImageEntry[];

/** Why there is no image: what {@link ProfileFault} says, or that the station cannot do this at all. */
export interface ProjectionFault {
  readonly reasonCode: ProfileFault["reasonCode"] | "UnsupportedRequest";
  readonly text: string;
}

export function imageEntry(connectorId: number, profile: Profile16): ImageEntry {
  return { connectorId, profile, digest: digestOf(connectorId, profile) };
}

/** A text per entry that differs when anything the station would be told differs. */
export function digestOf(connectorId: number, profile: Profile16): string {
  return hash("sha256", canonicalText(connectorId, profile), "base64url").slice(0, 22);
}

export function sortedImage(entries: readonly ImageEntry[]): Image16 {
  return [...entries].sort(
    (a, b) => a.connectorId - b.connectorId || a.profile.chargingProfileId - b.profile.chargingProfileId,
  );
}

/** As 1.6 stations read it: UTC, whole seconds. */
export const instant16 = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const wholeSecond = (at: EpochMs): EpochMs => epochMs(Math.floor(at / 1000) * 1000);

/** Every member in its place, `~` where there is none; written out because it is done for every entry of every plan. */
function canonicalText(connectorId: number, profile: Profile16): string {
  const { chargingSchedule: schedule } = profile;
  const head = [
    connectorId,
    profile.chargingProfileId,
    profile.transactionId ?? "~",
    profile.stackLevel,
    profile.chargingProfilePurpose,
    profile.chargingProfileKind,
    profile.recurrencyKind ?? "~",
    profile.validFrom ?? "~",
    profile.validTo ?? "~",
    schedule.duration ?? "~",
    schedule.startSchedule ?? "~",
    schedule.chargingRateUnit,
    schedule.minChargingRate ?? "~",
  ];
  let text = head.join(" ");
  for (const { startPeriod, limit, numberPhases } of schedule.chargingSchedulePeriod) {
    text += ` ${startPeriod}/${limit}/${numberPhases ?? "~"}`;
  }
  return text;
}
