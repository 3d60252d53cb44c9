/**
 * Profiles of a relayed station as `charging/` knows them, from what was seen to be installed in either version. Nothing is checked
 * here: the station has accepted them. What cannot be read, or means something only 2.1 knows, is named instead.
 *
 * | 1.6                                   | here                          | note                                  |
 * | ------------------------------------- | ----------------------------- | ------------------------------------- |
 * | `chargingProfileId`                   | `id`                          |                                       |
 * | `ChargePointMaxProfile`               | `ChargingStationMaxProfile`   |                                       |
 * | connectorId                           | `evseId`                      | connectors are not joined to EVSEs    |
 * | `transactionId` (integer)             | `transactionId` (text)        |                                       |
 * | `chargingSchedule` (object)           | `schedule`                    |                                       |
 * | TxDefaultProfile of connector 0, where the connector has one of that stackLevel | not for that connector | 1.6 §5.16.3 |
 *
 * 1.6 leaves some questions open that stations answer differently; these profiles are read as 2.0.1 means them, except the last row.
 *
 * @see OCPP 1.6 §5.16, §7.8; OCPP 2.0.1 Part 2 K01
 */
import { number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { err, ok, type Result } from "../result.ts";
import { type Composite, type CompositeQuestion, compositeOf } from "./composite.ts";
import type { InstalledProfile } from "./installed-profiles.ts";
import { parseProfile } from "./parse-profile.ts";
import type { ChargingProfile, ProfileFault } from "./profile.ts";

/** A 1.6 profile; `pointer` is where its object stands in the request. */
export function parseProfile16(
  payload: Payload,
  place: { readonly connectorId: number; readonly pointer: string },
): Result<ChargingProfile, ProfileFault> {
  const { chargingProfileId, chargingProfilePurpose: purpose, chargingSchedule, transactionId, ...same } = payload;
  const id = number(transactionId);
  const in2x = {
    ...same,
    id: chargingProfileId,
    chargingProfilePurpose: purpose === "ChargePointMaxProfile" ? "ChargingStationMaxProfile" : purpose,
    chargingSchedule: object(chargingSchedule) === undefined ? [] : [chargingSchedule],
    ...(id === undefined ? {} : { transactionId: String(id) }),
  };
  const parsed = parseProfile(in2x, { evseId: place.connectorId, pointer: place.pointer });
  if (!parsed.ok) return err({ ...parsed.error, pointer: in16(parsed.error.pointer) });
  return ok({ ...parsed.value, original: payload });
}

/** 1.6 has one schedule and no array of them, and another name for the id. */
const in16 = (pointer: string): string =>
  pointer.replace("/chargingSchedule/0", "/chargingSchedule").replace(/\/id$/, "/chargingProfileId");

export interface RelayedProfiles {
  readonly profiles: readonly ChargingProfile[];
  /** Profiles a composite schedule cannot take into account, by id, and why. */
  readonly leftOut: readonly { readonly id: number; readonly fault: ProfileFault }[];
}

/** What the station has installed, as far as it can be read. */
export function relayedProfiles(installed: readonly InstalledProfile[], version: OcppVersion): RelayedProfiles {
  const profiles: ChargingProfile[] = [];
  const leftOut: { id: number; fault: ProfileFault }[] = [];
  for (const { id, evseId, transactionId, profile, start } of installed) {
    // It waits for its transaction; until then it limits nothing.
    if (start !== undefined) continue;
    const parsed =
      version === "ocpp1.6"
        ? parseProfile16(profile, { connectorId: evseId, pointer: "" })
        : parseProfile(profile, { evseId, pointer: "" });
    if (parsed.ok) profiles.push(transactionId === undefined ? parsed.value : { ...parsed.value, transactionId });
    else leftOut.push({ id, fault: parsed.error });
  }
  return { profiles, leftOut };
}

/** The composite schedule of a relayed station; undefined when `question` names an EVSE that is not among its own. */
export function relayedComposite(
  installed: readonly InstalledProfile[],
  version: OcppVersion,
  question: CompositeQuestion,
): { readonly composite: Composite | undefined; readonly leftOut: RelayedProfiles["leftOut"] } {
  const { profiles, leftOut } = relayedProfiles(installed, version);
  const connectors = question.evses.map(({ evseId }) => evseId);
  const read = version === "ocpp1.6" ? withDefaultsOfConnectors(profiles, connectors) : profiles;
  return { composite: compositeOf(read, question), leftOut };
}

/**
 * 1.6: a connector's own default takes the place of connector 0's of the same level, also when it has no period at the moment. So
 * connector 0's becomes one for each connector that has none.
 */
export function withDefaultsOfConnectors(
  profiles: readonly ChargingProfile[],
  connectors: readonly number[],
): readonly ChargingProfile[] {
  const owners = ({ stackLevel }: ChargingProfile): readonly number[] =>
    profiles
      .filter(({ purpose, stackLevel: level }) => purpose === "TxDefaultProfile" && level === stackLevel)
      .map(({ evseId }) => evseId);
  return profiles.flatMap((profile) =>
    profile.purpose === "TxDefaultProfile" && profile.evseId === 0 && owners(profile).some((owner) => owner !== 0)
      ? connectors.filter((connector) => !owners(profile).includes(connector)).map((evseId) => ({ ...profile, evseId }))
      : [profile],
  );
}
