/**
 * What messages and events do to the profiles of a station. The store is the truth of its 2.0.1 side; images for a 1.6 station
 * are derived from it and never from a message.
 *
 *     set    replaces what has the same id (K01.FR.05), and nothing else: other conflicts were refused before
 *     clear  by id alone, or by all criteria that are given; limits of the station's own stay (K10)
 *     end    a TxProfile ends with its transaction (K02)
 *
 * A message that comes again leaves the same store and gets the same answer; one that is refused leaves it as it was.
 *
 * @see OCPP 2.0.1 Part 2 K01, K02, K10
 */
import { compact, number, object, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { err, ok, type Result } from "../result.ts";
import { parseProfile } from "./parse-profile.ts";
import type { ChargingProfile, ChargingStore, ProfileFault } from "./profile.ts";
import { faultOfProfile, type ProfileRules } from "./validate-profile.ts";

/** A SetChargingProfile of the CSMS: the store with it, or why not. */
export function setProfile(
  store: ChargingStore,
  payload: Payload,
  rules: ProfileRules,
): Result<{ readonly store: ChargingStore; readonly profile: ChargingProfile }, ProfileFault> {
  const evseId = number(payload["evseId"]) ?? Number.NaN;
  const parsed = parseProfile(object(payload["chargingProfile"]) ?? {}, { evseId, pointer: "/chargingProfile" });
  if (!parsed.ok) return parsed;
  const fault = faultOfProfile(parsed.value, store, rules);
  if (fault !== undefined) return err(fault);
  return ok({ store: withProfile(store, parsed.value), profile: parsed.value });
}

/** The store with a profile in place of whatever had its id. */
export function withProfile({ profiles }: ChargingStore, profile: ChargingProfile): ChargingStore {
  const others = profiles.filter(({ id }) => id !== profile.id);
  return { profiles: [...others, profile].sort((a, b) => a.id - b.id) };
}

/**
 * The TxProfile of a RequestStartTransaction, once its transaction exists. It has the id, stackLevel and schedule it came with; a
 * profile of the same transaction and level gives way.
 */
export function bindToTransaction(
  store: ChargingStore,
  profile: ChargingProfile,
  transaction: { readonly id: string; readonly evseId: number },
): ChargingStore {
  const bound = { ...profile, evseId: transaction.evseId, transactionId: transaction.id };
  const profiles = store.profiles.filter(
    ({ purpose, transactionId, stackLevel }) =>
      purpose !== "TxProfile" || transactionId !== transaction.id || stackLevel !== profile.stackLevel,
  );
  return withProfile({ profiles }, bound);
}

/** A ClearChargingProfile; without id and criteria it means everything the CSMS set. */
export function clearProfiles(
  store: ChargingStore,
  payload: Payload,
): { readonly store: ChargingStore; readonly status: "Accepted" | "Unknown" } {
  const id = number(payload["chargingProfileId"]);
  const criteria = object(payload["chargingProfileCriteria"]) ?? {};
  const wanted = compact<Partial<ChargingProfile>>(
    id === undefined
      ? {
          evseId: number(criteria["evseId"]),
          stackLevel: number(criteria["stackLevel"]),
          purpose: text(criteria["chargingProfilePurpose"]) as ChargingProfile["purpose"] | undefined,
        }
      : { id },
  );
  const isNamed = (profile: ChargingProfile): boolean =>
    profile.source === "CSO" &&
    (Object.keys(wanted) as (keyof ChargingProfile)[]).every((field) => profile[field] === wanted[field]);
  const profiles = store.profiles.filter((profile) => !isNamed(profile));
  return profiles.length === store.profiles.length
    ? { store, status: "Unknown" }
    : { store: { profiles }, status: "Accepted" };
}

/** The store once a transaction has ended. */
export function endOfTransaction(store: ChargingStore, transactionId: string): ChargingStore {
  return {
    profiles: store.profiles.filter(
      (profile) => profile.purpose !== "TxProfile" || profile.transactionId !== transactionId,
    ),
  };
}

/** The statusInfo of an answer. */
export function statusInfoOf({ reasonCode, pointer, text: why }: ProfileFault): Payload {
  return { reasonCode, additionalInfo: `${pointer}: ${why}`.slice(0, MAX_ADDITIONAL_INFO) };
}

/** What a SetChargingProfile is answered with. */
export const setAnswer = (fault: ProfileFault | undefined): Payload =>
  fault === undefined ? { status: "Accepted" } : { status: "Rejected", statusInfo: statusInfoOf(fault) };

/** The station behind did not take what the gateway would have taken. */
export const refusedBehind = (itsAnswer: string): Payload => ({
  status: "Rejected",
  statusInfo: { reasonCode: "Unspecified", additionalInfo: itsAnswer.slice(0, MAX_ADDITIONAL_INFO) },
});

/** 2.0.1 statusInfo.additionalInfo. */
const MAX_ADDITIONAL_INFO = 512;
