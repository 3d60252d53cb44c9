/**
 * U: an entry of the image as a 2.0.1 profile, for reports of what a station holds that the CSMS never sent. A copy of a copy is the
 * same copy.
 */
import { epochMs } from "../ids.ts";
import type { ImageEntry, Purpose16 } from "./image.ts";
import type { ChargingProfile, ProfilePurpose } from "./profile.ts";

const PURPOSES: Readonly<Record<Purpose16, ProfilePurpose>> = {
  ChargePointMaxProfile: "ChargingStationMaxProfile",
  TxDefaultProfile: "TxDefaultProfile",
  TxProfile: "TxProfile",
};

/** `transactionId` as text of its 1.6 number; whoever knows the transaction puts its own in. */
export function profileOfEntry({ connectorId, profile }: Pick<ImageEntry, "connectorId" | "profile">): ChargingProfile {
  const { chargingSchedule, recurrencyKind, transactionId, validFrom, validTo } = profile;
  const { chargingRateUnit, chargingSchedulePeriod, startSchedule, duration, minChargingRate } = chargingSchedule;
  return {
    id: profile.chargingProfileId,
    evseId: connectorId,
    stackLevel: profile.stackLevel,
    purpose: PURPOSES[profile.chargingProfilePurpose],
    kind: profile.chargingProfileKind,
    source: "Other",
    ...(recurrencyKind === undefined ? {} : { recurrencyKind }),
    ...(validFrom === undefined ? {} : { validFrom: epochMs(Date.parse(validFrom)) }),
    ...(validTo === undefined ? {} : { validTo: epochMs(Date.parse(validTo)) }),
    ...(transactionId === undefined ? {} : { transactionId: String(transactionId) }),
    schedule: {
      unit: chargingRateUnit,
      periods: chargingSchedulePeriod,
      ...(startSchedule === undefined ? {} : { startSchedule: epochMs(Date.parse(startSchedule)) }),
      ...(duration === undefined ? {} : { duration }),
      ...(minChargingRate === undefined ? {} : { minChargingRate }),
    },
    original: { ...profile },
  };
}
