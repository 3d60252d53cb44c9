/**
 * A 2.x charging profile from a payload.
 *
 * | in the payload                                             | outcome                            |
 * | ---------------------------------------------------------- | ---------------------------------- |
 * | purpose PriorityCharging, LocalGeneration (2.1)             | `UnsupportedPurpose`               |
 * | kind Dynamic (2.1)                                          | `UnsupportedKind`                  |
 * | more or less than one schedule (K01.FR.34)                  | `InvalidSchedule`                  |
 * | what asks for behaviour nobody here has (2.1, tables below) | `InvalidSchedule` (K01.FR.123–126), `InvalidProfile` of the profile itself |
 * | phaseToUse (K01.FR.48)                                      | `InvalidSchedule`                  |
 * | unreadable instants, numbers that are none, missing fields  | `InvalidProfile`, `InvalidSchedule` |
 * | salesTariff, prices, signatures, customData                 | kept in `original` alone: they limit nothing |
 *
 * Whether a readable profile makes sense is asked elsewhere (`validate-profile.ts`).
 *
 * @see OCPP 2.0.1 Part 2 K01; OCPP 2.1 Part 2 K01.FR.121–126
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { compact, list, number, object, text } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { err, ok, type Result } from "../result.ts";
import { hasZone, parseTimestamp } from "../telemetry/parse-timestamp.ts";
import type {
  ChargingProfile,
  LimitSource,
  ProfileFault,
  ProfileKind,
  ProfilePurpose,
  ProfileSchedule,
  RateUnit,
  RecurrencyKind,
  SchedulePeriod,
} from "./profile.ts";

const PURPOSES: Readonly<Record<string, ProfilePurpose | undefined>> = {
  ChargingStationExternalConstraints: "ChargingStationExternalConstraints",
  ChargingStationMaxProfile: "ChargingStationMaxProfile",
  TxDefaultProfile: "TxDefaultProfile",
  TxProfile: "TxProfile",
};

const KINDS: Readonly<Record<string, ProfileKind | undefined>> = {
  Absolute: "Absolute",
  Recurring: "Recurring",
  Relative: "Relative",
};

const UNITS: Readonly<Record<string, RateUnit | undefined>> = { A: "A", W: "W" };
const RECURRENCIES: Readonly<Record<string, RecurrencyKind | undefined>> = { Daily: "Daily", Weekly: "Weekly" };

/** Members of a 2.1 profile that end it while the CSMS is away: 1.6 stations, and the gateway's plan, go on with what they have. */
const BEHAVIOUR_OF_PROFILE: Readonly<Record<string, unknown>> = {
  maxOfflineDuration: undefined,
  invalidAfterOfflineDuration: false,
};

/** Members of a 2.1 schedule that change what the limits mean, and the value that says "as if it were not there". */
const BEHAVIOUR_OF_SCHEDULE: Readonly<Record<string, unknown>> = {
  useLocalTime: false,
  randomizedDelay: 0,
  limitAtSoC: undefined,
};

const BEHAVIOUR_OF_PERIOD: Readonly<Record<string, unknown>> = {
  phaseToUse: undefined,
  limit_L2: undefined,
  limit_L3: undefined,
  dischargeLimit: undefined,
  dischargeLimit_L2: undefined,
  dischargeLimit_L3: undefined,
  setpoint: undefined,
  setpoint_L2: undefined,
  setpoint_L3: undefined,
  setpointReactive: undefined,
  setpointReactive_L2: undefined,
  setpointReactive_L3: undefined,
  preconditioningRequest: false,
  evseSleep: false,
  v2xBaseline: undefined,
  operationMode: "ChargingOnly",
  v2xFreqWattCurve: undefined,
  v2xSignalWattCurve: undefined,
};

/** Where the profile belongs, and where its object stands in the request. */
export interface ProfilePlace {
  readonly evseId: number;
  /** JSON Pointer of the profile object, e.g. `/chargingProfile`. */
  readonly pointer: string;
  readonly source?: LimitSource;
}

export function parseProfile(
  payload: Payload,
  { evseId, pointer, source = "CSO" }: ProfilePlace,
): Result<ChargingProfile, ProfileFault> {
  const head = parseHead(payload, pointer);
  if (!head.ok) return head;
  const schedules = list(payload["chargingSchedule"]);
  const place = `${pointer}/chargingSchedule`;
  if (schedules.length !== 1) return fault("InvalidSchedule", place, "exactly one schedule is supported");
  const schedule = parseSchedule(object(schedules[0]) ?? {}, `${place}/0`);
  if (!schedule.ok) return schedule;
  return ok({ ...head.value, evseId, source, schedule: schedule.value, original: payload });
}

type Head = Omit<ChargingProfile, "evseId" | "source" | "schedule" | "original">;

function parseHead(payload: Payload, pointer: string): Result<Head, ProfileFault> {
  const id = integer(payload["id"]);
  if (id === undefined) return fault("InvalidProfile", `${pointer}/id`, "not an integer");
  const stackLevel = integer(payload["stackLevel"]);
  if (stackLevel === undefined) return fault("InvalidStackLevel", `${pointer}/stackLevel`, "not an integer");
  const purpose = PURPOSES[text(payload["chargingProfilePurpose"]) ?? ""];
  if (purpose === undefined) {
    return fault("UnsupportedPurpose", `${pointer}/chargingProfilePurpose`, "this purpose is not supported");
  }
  const kind = KINDS[text(payload["chargingProfileKind"]) ?? ""];
  if (kind === undefined) {
    return fault("UnsupportedKind", `${pointer}/chargingProfileKind`, "this kind is not supported");
  }
  const strange = unsupported(payload, BEHAVIOUR_OF_PROFILE);
  if (strange !== undefined) return fault("InvalidProfile", `${pointer}/${strange}`, "not supported");
  const validFrom = instant(payload["validFrom"]);
  if (!validFrom.ok) return fault("InvalidProfile", `${pointer}/validFrom`, "not an instant");
  const validTo = instant(payload["validTo"]);
  if (!validTo.ok) return fault("InvalidProfile", `${pointer}/validTo`, "not an instant");
  return ok(
    compact<Head>({
      id,
      stackLevel,
      purpose,
      kind,
      recurrencyKind: RECURRENCIES[text(payload["recurrencyKind"]) ?? ""],
      validFrom: validFrom.value,
      validTo: validTo.value,
      transactionId: text(payload["transactionId"]),
    }),
  );
}

function parseSchedule(payload: Payload, pointer: string): Result<ProfileSchedule, ProfileFault> {
  const strange = unsupported(payload, BEHAVIOUR_OF_SCHEDULE);
  if (strange !== undefined) return fault("InvalidSchedule", `${pointer}/${strange}`, "not supported");
  const unit = UNITS[text(payload["chargingRateUnit"]) ?? ""];
  if (unit === undefined) return fault("UnsupportedRateUnit", `${pointer}/chargingRateUnit`, "neither A nor W");
  const startSchedule = instant(payload["startSchedule"]);
  if (!startSchedule.ok) return fault("InvalidSchedule", `${pointer}/startSchedule`, "not an instant");
  const periods: SchedulePeriod[] = [];
  for (const [index, item] of list(payload["chargingSchedulePeriod"]).entries()) {
    const period = parsePeriod(object(item) ?? {}, `${pointer}/chargingSchedulePeriod/${index}`);
    if (!period.ok) return period;
    periods.push(period.value);
  }
  return ok(
    compact<ProfileSchedule>({
      unit,
      startSchedule: startSchedule.value,
      duration: number(payload["duration"]),
      minChargingRate: number(payload["minChargingRate"]),
      periods,
    }),
  );
}

function parsePeriod(payload: Payload, pointer: string): Result<SchedulePeriod, ProfileFault> {
  const strange = unsupported(payload, BEHAVIOUR_OF_PERIOD);
  if (strange !== undefined) return fault("InvalidSchedule", `${pointer}/${strange}`, "not supported");
  const startPeriod = integer(payload["startPeriod"]);
  if (startPeriod === undefined) return fault("InvalidSchedule", `${pointer}/startPeriod`, "not an integer");
  const limit = payload["limit"];
  if (limit !== undefined && !isNumber(limit)) return fault("InvalidSchedule", `${pointer}/limit`, "not a number");
  return ok(compact<SchedulePeriod>({ startPeriod, limit, numberPhases: number(payload["numberPhases"]) }));
}

/** The first member that is there and says something else than "as if it were not there". */
function unsupported(payload: Payload, behaviours: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(behaviours).find((name) => {
    const value = payload[name];
    return value !== undefined && value !== behaviours[name];
  });
}

function fault(
  reasonCode: ProfileFault["reasonCode"],
  pointer: string,
  why: string,
): { readonly ok: false; readonly error: ProfileFault } {
  return err({ reasonCode, pointer, text: why });
}

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const integer = (value: unknown): number | undefined => (Number.isInteger(value) ? (value as number) : undefined);

/** An absent instant is fine, an unreadable one is not; without a zone it says no instant (RFC 3339). */
function instant(value: unknown): Result<EpochMs | undefined, undefined> {
  if (value === undefined) return ok(undefined);
  const readable = text(value);
  const ms = readable === undefined || !hasZone(readable) ? Number.NaN : parseTimestamp(readable);
  return Number.isNaN(ms) ? err(undefined) : ok(epochMs(ms));
}
