/**
 * R17: charging profiles that cannot be meant well. What a profile allows is the CSMS's business; that a limit is below zero, above
 * what the hardware can deliver, or swings all the time is not.
 *
 * @see OCPP 1.6 §5.16, §9.4; OCPP 2.0.1 K01 (K01.FR.16, FR.39), ChargingScheduleMaxPeriods
 */
import { list, number, object } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import { isProvisional } from "../spool/provisional-id.ts";
import type { CheckSpec, Circumstances } from "./facts.ts";

const MINUTE_MS = 60_000;
const SWING_WINDOW_MS = 10 * MINUTE_MS;
/** Changes of direction within the window that are still control and not an attack. */
const SWINGS = 6;
/** A direct-current station gives a limit in W; up to here an A-limit may be a three-phase one of any hardware. */
const HIGHEST_CURRENT_A = 2_000;
const TOLERANCE = 1.001;

function profileOf({ csChargingProfiles, chargingProfile }: Payload): Payload | undefined {
  return object(csChargingProfiles) ?? object(chargingProfile);
}

/** 1.6 has one schedule, 2.x a list of them. */
function schedulesOf(profile: Payload): readonly Payload[] {
  const { chargingSchedule } = profile;
  const one = object(chargingSchedule);
  return one === undefined ? objectsOf(chargingSchedule) : [one];
}

const periodsOf = (schedule: Payload): readonly Payload[] => objectsOf(schedule["chargingSchedulePeriod"]);

const objectsOf = (value: unknown): readonly Payload[] =>
  list(value)
    .map(object)
    .filter((item) => item !== undefined);

function valuesFault(payload: Payload, circumstances: Circumstances): string | undefined {
  const profile = profileOf(payload);
  if (profile === undefined) return undefined;
  const { policy } = circumstances;
  const level = number(profile["stackLevel"]) ?? 0;
  if (level < 0 || level > policy.maxStackLevel) return "the stack level is out of range";
  for (const schedule of schedulesOf(profile)) {
    const periods = periodsOf(schedule);
    if (periods.length > policy.maxPeriods) return "the schedule has too many periods";
    const fault = limitFault(periods, schedule["chargingRateUnit"], circumstances);
    if (fault !== undefined) return fault;
  }
  return transactionFault(profile, circumstances);
}

function limitFault(periods: readonly Payload[], unit: unknown, { policy, seen }: Circumstances): string | undefined {
  const rated = unit === "W" ? policy.ratedPowerW : (policy.ratedCurrentA ?? HIGHEST_CURRENT_A);
  for (const { limit } of periods) {
    const value = number(limit);
    if (value === undefined) continue;
    // Only 2.1 knows vehicles that give energy back.
    if (value < 0 && !seen.text.includes('"operationMode"')) return "a limit is below zero";
    if (rated !== undefined && Math.abs(value) > rated * TOLERANCE)
      return "a limit is above what the station can deliver";
  }
  return undefined;
}

function transactionFault(profile: Payload, { life, memory }: Circumstances): string | undefined {
  if (profile["chargingProfilePurpose"] !== "TxProfile") return undefined;
  const { transactionId } = profile;
  if (transactionId === undefined) return undefined;
  if (typeof transactionId === "number" && isProvisional(transactionId)) return undefined;
  const id = String(transactionId);
  return memory.startOf(id) !== undefined || life.knows(id) ? undefined : "no such transaction runs";
}

function rateFault(payload: Payload, { memory, policy, seen }: Circumstances): string | undefined {
  const now = seen.receivedAt;
  if (memory.isOver("R17", policy.profilesPerMin, MINUTE_MS, now)) return "too many charging profiles in a minute";
  const profile = profileOf(payload);
  const limit = profile && number(periodsOf(schedulesOf(profile)[0] ?? {})[0]?.["limit"]);
  if (limit === undefined) return undefined;
  const { trend } = memory;
  if (trend === undefined) {
    memory.trend = { limit, direction: 0 };
    return undefined;
  }
  const direction = Math.sign(limit - trend.limit);
  const isSwing = direction !== 0 && trend.direction !== 0 && direction !== trend.direction;
  trend.limit = limit;
  if (direction !== 0) trend.direction = direction;
  return isSwing && memory.isOver("R17-swing", SWINGS, SWING_WINDOW_MS, now) ? "the limit swings" : undefined;
}

export const PROFILE_CHECKS: readonly CheckSpec[] = [
  { rule: "R17-values", from: "north", actions: ["SetChargingProfile"], check: valuesFault },
  { rule: "R17-rate", from: "north", actions: ["SetChargingProfile"], check: rateFault },
];
