/**
 * Lowers the limits of a charging profile on its way to a relayed station to what its site allows. Only the characters of limits
 * that are too high change; everything else, members nobody here knows among it, arrives as the CSMS wrote it.
 *
 *     [2,"17","SetChargingProfile",{…"chargingSchedulePeriod":[{"startPeriod":0,"limit": 32.0},{"startPeriod":60,"limit":10}]}]
 *                                                                                  ╰─ 16 ─╯                         as it was
 *
 * A limit is never raised, twice is the same as once, and of two limits the order does not matter: each is a minimum. A frame that
 * is within the limit is the very same text.
 *
 * It lowers what is said. Where a profile says nothing, before its start and after its end, other profiles hold, and the site's own
 * profile has to be one of them.
 *
 * | message                               | where the schedule is            |
 * | ------------------------------------- | -------------------------------- |
 * | 1.6 SetChargingProfile                | csChargingProfiles.chargingSchedule |
 * | 1.6 RemoteStartTransaction            | chargingProfile.chargingSchedule |
 * | 2.x SetChargingProfile, RequestStartTransaction | chargingProfile.chargingSchedule[0…2] |
 * | 2.1 UpdateDynamicSchedule             | scheduleUpdate, whose limits are in the unit of a profile installed before |
 *
 * In a 2.1 period also the limits and setpoints of single phases are lowered, and a period without a limit gets one. Discharging is
 * no consumption and stays.
 *
 * @see OCPP 1.6 §7.8, §7.13, §7.14; OCPP 2.0.1 Part 2 K01, F01; OCPP 2.1 Part 2 ChargingSchedulePeriodType
 */
import { list, object, text } from "../life/fields.ts";
import { editElements, type JsonPath, replaceAt, setMember } from "../ocpp/edit-json.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import type { RateUnit } from "./profile.ts";
import { mostIn, type SiteLimit } from "./site-limit.ts";

/** A CALL of the CSMS as text and as what it says. */
export interface CallText {
  readonly version: OcppVersion;
  readonly action: string;
  readonly payload: Payload;
  readonly frame: string;
  /** Of the profile that an UpdateDynamicSchedule updates. Not known: its numbers are lowered to what is safe in either. */
  readonly dynamicUnit?: RateUnit;
}

export interface Tightened {
  readonly frame: string;
  /** How many limits were lowered; 0: the frame is as it was. */
  readonly lowered: number;
}

/** Members of a period that ask for consumption, in its schedule's unit. */
const CONSUMPTION = ["limit", "limit_L2", "limit_L3", "setpoint", "setpoint_L2", "setpoint_L3"] as const;

/** Index of the payload in the array of a CALL. */
const PAYLOAD = 3;

/** The frame with no limit above the site's; anything that brings no profile stays as it is. */
export function tighten(call: CallText, site: SiteLimit): Tightened {
  if (call.action === "UpdateDynamicSchedule") return tightenUpdate(call, site);
  let { frame } = call;
  let lowered = 0;
  for (const { path, schedule } of schedulesOf(call)) {
    const most = mostOf(schedule, site);
    if (most === undefined) continue;
    const step = tightenSchedule(frame, { path, schedule, most });
    frame = step.frame;
    lowered += step.lowered;
  }
  return { frame, lowered };
}

interface Place {
  readonly path: JsonPath;
  readonly schedule: Payload;
}

function schedulesOf({ version, action, payload }: CallText): readonly Place[] {
  const member = memberOf(version, action);
  if (member === undefined) return [];
  const path = [PAYLOAD, member, "chargingSchedule"];
  const found = object(payload[member])?.["chargingSchedule"];
  if (version === "ocpp1.6") return object(found) === undefined ? [] : [{ path, schedule: object(found) ?? {} }];
  return list(found).map((schedule, index) => ({ path: [...path, index], schedule: object(schedule) ?? {} }));
}

/** The member of the payload that is a profile. */
function memberOf(version: OcppVersion, action: string): string | undefined {
  if (action === "SetChargingProfile") return version === "ocpp1.6" ? "csChargingProfiles" : "chargingProfile";
  const start = version === "ocpp1.6" ? "RemoteStartTransaction" : "RequestStartTransaction";
  return action === start ? "chargingProfile" : undefined;
}

function mostOf(schedule: Payload, site: SiteLimit): number | undefined {
  const unit = text(schedule["chargingRateUnit"]);
  if (unit !== "A" && unit !== "W") return undefined;
  const most = mostIn(unit satisfies RateUnit, site);
  return Number.isFinite(most) ? most : undefined;
}

function tightenSchedule(frame: string, { path, schedule, most }: Place & { readonly most: number }): Tightened {
  const periods = list(schedule["chargingSchedulePeriod"]);
  let lowered = 0;
  const edited = editElements(frame, [...path, "chargingSchedulePeriod"], (element, index) => {
    const period = object(periods[index]) ?? {};
    const names = CONSUMPTION.filter((name) => isAbove(period[name], most));
    if (isUnlimited(period)) names.push("limit");
    lowered += names.length;
    return names.reduce((json, name) => setMember(json, [], name, String(most)) ?? json, element);
  });
  const atSoC = object(schedule["limitAtSoC"]);
  if (atSoC === undefined || !isAbove(atSoC["limit"], most)) return { frame: edited ?? frame, lowered };
  const both = replaceAt(edited ?? frame, [...path, "limitAtSoC", "limit"], String(most));
  return { frame: both ?? frame, lowered: lowered + 1 };
}

function tightenUpdate({ frame, payload, dynamicUnit }: CallText, site: SiteLimit): Tightened {
  const update = object(payload["scheduleUpdate"]) ?? {};
  const units = dynamicUnit === undefined ? UNITS : [dynamicUnit];
  const most = Math.min(...units.map((unit) => mostIn(unit, site)));
  const names = CONSUMPTION.filter((name) => isAbove(update[name], most));
  const lower = (text: string, name: string): string =>
    setMember(text, [PAYLOAD, "scheduleUpdate"], name, String(most)) ?? text;
  return { frame: names.reduce(lower, frame), lowered: names.length };
}

const UNITS: readonly RateUnit[] = ["A", "W"];

const isAbove = (value: unknown, most: number): boolean => typeof value === "number" && value > most;

/** 2.1: neither a limit nor a setpoint, in a mode in which a limit may be said. */
function isUnlimited(period: Payload): boolean {
  const mode = period["operationMode"] ?? "ChargingOnly";
  return period["limit"] === undefined && period["setpoint"] === undefined && MODES_WITH_LIMIT.includes(String(mode));
}

const MODES_WITH_LIMIT: readonly string[] = ["ChargingOnly", "CentralSetpoint", "ExternalSetpoint", "ExternalLimits"];
