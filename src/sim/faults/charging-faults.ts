/** Charging profiles that are not handled as 1.6 says, or as one of its readings says. */
import type { Payload } from "../../domain/ocpp/frame.ts";
import type { StationControl } from "../dialect.ts";
import type { Reply } from "../rpc-peer.ts";
import { numberAt, objectAt } from "../wire.ts";
import type { Fault, FaultHooks } from "./fault.ts";

type Handler = (payload: Payload, station: StationControl, next: (payload?: Payload) => Reply) => Reply;

const answering =
  (action: string, handle: Handler): (() => FaultHooks) =>
  () => ({
    answer: (call, station, next) => (call.action === action ? handle(call.payload, station, next) : next()),
  });

const SET = "SetChargingProfile";
const profileOf = (payload: Payload): Payload => objectAt(payload, "csChargingProfiles");
const status = (text: string): Reply => ({ result: { status: text } });

export const CHARGING_FAULTS: readonly Fault[] = [
  {
    name: "no-charge-point-max",
    does: "answers NotSupported to a ChargePointMaxProfile",
    evidence: "small AC stations with Smart Charging in their feature profiles",
    hooks: answering(SET, (payload, _station, next) =>
      profileOf(payload)["chargingProfilePurpose"] === "ChargePointMaxProfile" ? status("NotSupported") : next(),
    ),
  },
  {
    name: "mute-set-profile",
    does: "never answers SetChargingProfile",
    evidence: "stations that freeze on commands they do not know",
    hooks: answering(SET, () => ({ silence: true })),
  },
  {
    name: "top-stack-refused",
    does: "refuses the highest stack level it says it has",
    evidence: "ABB Terra AC",
    hooks: answering(SET, (payload, { settings }, next) =>
      (numberAt(profileOf(payload), "stackLevel") ?? 0) >= settings.number("ChargeProfileMaxStackLevel", 0)
        ? status("Rejected")
        : next(),
    ),
  },
  {
    name: "stack-0-stays",
    does: "does not clear profiles of stack level 0",
    evidence: "go-e",
    hooks: answering("ClearChargingProfile", (_payload, { profiles }, next) => {
      const before = profiles.all();
      next();
      const left = before.filter((profile) => !profiles.all().includes(profile));
      for (const profile of left) if (profile.stackLevel === 0) profiles.install(profile);
      return status(left.some(({ stackLevel }) => stackLevel > 0) ? "Accepted" : "Unknown");
    }),
  },
  {
    name: "relative-from-receipt",
    does: "begins a Relative profile when it is received",
    evidence: "second reading of 1.6 §3.13.3",
    hooks: answering(SET, (payload, station, next) => {
      const profile = profileOf(payload);
      if (profile["chargingProfileKind"] !== "Relative") return next();
      const schedule = { ...objectAt(profile, "chargingSchedule"), startSchedule: station.nowText() };
      return next({
        ...payload,
        csChargingProfiles: { ...profile, chargingProfileKind: "Absolute", chargingSchedule: schedule },
      });
    }),
  },
  {
    name: "station-wide-stack",
    does: "holds one profile of a purpose and stack level for all its connectors",
    evidence: "first reading of 1.6 §5.16.4",
    hooks: answering(SET, (payload, { profiles }, next) => {
      const { chargingProfilePurpose: purpose, stackLevel } = profileOf(payload);
      profiles.clear(
        (profile) => profile.source["chargingProfilePurpose"] === purpose && profile.stackLevel === stackLevel,
      );
      return next();
    }),
  },
  {
    name: "no-composite-schedule",
    does: "rejects GetCompositeSchedule",
    evidence: "common where Smart Charging was added late",
    hooks: answering("GetCompositeSchedule", () => status("Rejected")),
  },
  {
    name: "clear-says-unknown",
    does: "answers Unknown to ClearChargingProfile, and clears",
    evidence: "stations that look for the profile after they removed it",
    hooks: answering("ClearChargingProfile", (_payload, _station, next) => {
      next();
      return status("Unknown");
    }),
  },
];
