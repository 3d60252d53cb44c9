/**
 * Telling the CSMS which profiles there are.
 *
 * @see OCPP 2.0.1 Part 2 K09 (GetChargingProfiles, ReportChargingProfiles)
 */
import { list, number, object, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { ChargingProfile, ChargingStore } from "./profile.ts";

/** Profiles in one report: 1024 periods each are some 50 kB, and a frame of 1 MiB passes everywhere. */
const MAX_PROFILES_PER_REPORT = 10;

/**
 * The profiles a GetChargingProfiles asks for: those that have everything it names. EVSE 0 are the station's own, no EVSE is all
 * of them (K09.FR.04–06).
 */
export function wantedProfiles({ profiles }: ChargingStore, request: Payload): readonly ChargingProfile[] {
  const evseId = number(request["evseId"]);
  const criterion = object(request["chargingProfile"]) ?? {};
  const ids = criterion["chargingProfileId"];
  const sources = criterion["chargingLimitSource"];
  const purpose = text(criterion["chargingProfilePurpose"]);
  const stackLevel = number(criterion["stackLevel"]);
  return profiles.filter(
    (profile) =>
      (evseId === undefined || profile.evseId === evseId) &&
      (ids === undefined || list(ids).includes(profile.id)) &&
      (sources === undefined || list(sources).includes(profile.source)) &&
      (purpose === undefined || profile.purpose === purpose) &&
      (stackLevel === undefined || profile.stackLevel === stackLevel),
  );
}

/** What GetChargingProfiles is answered with, before any report. */
export const getProfilesAnswer = (wanted: readonly ChargingProfile[]): Payload => ({
  status: wanted.length === 0 ? "NoProfiles" : "Accepted",
});

/**
 * ReportChargingProfiles, in the order in which they are sent: one or more for each EVSE and source, all but the last with `tbc`.
 * Profiles are as they came.
 */
export function profileReports(wanted: readonly ChargingProfile[], requestId: number): readonly Payload[] {
  const groups = new Map<string, ChargingProfile[]>();
  for (const profile of wanted) {
    const key = `${profile.evseId} ${profile.source}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [profile]);
    else group.push(profile);
  }
  const portions = [...groups.values()].flatMap(inPortions);
  return portions.map((portion, index) => ({
    requestId,
    evseId: portion[0]?.evseId ?? 0,
    chargingLimitSource: portion[0]?.source ?? "CSO",
    chargingProfile: portion.map(({ original }) => original),
    ...(index < portions.length - 1 ? { tbc: true } : {}),
  }));
}

function inPortions(group: readonly ChargingProfile[]): readonly (readonly ChargingProfile[])[] {
  const count = Math.ceil(group.length / MAX_PROFILES_PER_REPORT);
  return Array.from({ length: count }, (_, index) =>
    group.slice(index * MAX_PROFILES_PER_REPORT, (index + 1) * MAX_PROFILES_PER_REPORT),
  );
}
