/**
 * Great Britain's rule for private charge points: a random delay before charging starts or its rate changes, so that a tariff's
 * boundary does not switch a million vehicles at once, and hours outside of the peak as the default.
 *
 * What is here are the rule's numbers; held-commands.ts has what is held back, and actors/regulatory does it.
 *
 * @see The Electric Vehicles (Smart Charge Points) Regulations 2021 (SI 2021/1467), regulations 10 and 11
 */
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

/** Longest delay that a charge point must be capable of, and the one it comes with. */
export const LONGEST_DELAY_SEC = 1_800;
export const DEFAULT_DELAY_SEC = 600;

/** Commands that start charging or change its rate. */
const DELAYED: ReadonlySet<string> = new Set([
  "SetChargingProfile",
  "ClearChargingProfile",
  "RemoteStartTransaction",
  "RequestStartTransaction",
]);

export interface DelaySettings {
  readonly enabled: boolean;
  /** Whole seconds, 0 to {@link LONGEST_DELAY_SEC}. */
  readonly maxSec: number;
}

/** What exempts a command. */
export interface Exemption {
  /** The owner has overridden the delay for this time. */
  readonly isOverridden: boolean;
  /** The station, or the CSMS, has delayed already. */
  readonly isDelayedElsewhere: boolean;
  /** It answers a call for demand-side response, which must be quick. */
  readonly isDemandResponse: boolean;
}

/**
 * Whole seconds by which a command is held back; 0: none. Uniform over 0 to the maximum, both included.
 *
 * @param random uniform in [0, 1), from a generator that nobody can predict
 */
export function delaySec(action: string, random: number, settings: DelaySettings, exempt: Exemption): number {
  if (!settings.enabled || !DELAYED.has(action)) return 0;
  if (exempt.isOverridden || exempt.isDelayedElsewhere || exempt.isDemandResponse) return 0;
  const mostSec = Math.min(Math.max(Math.trunc(settings.maxSec), 0), LONGEST_DELAY_SEC);
  return Math.min(mostSec, Math.floor(random * (mostSec + 1)));
}

/** Peak hours of working days, local time. */
const PEAKS = [
  [8, 11],
  [16, 22],
] as const;
const HOUR_SEC = 3_600;
const DAY_SEC = 24 * HOUR_SEC;
const WORKING_DAYS = 5;

export interface OffPeakOptions {
  readonly chargingProfileId: number;
  readonly stackLevel: number;
  /** What may be drawn outside of the peak. */
  readonly limitA: number;
  /** A Monday, 00:00 local time, as RFC 3339. The hours keep this instant's offset; after a change of summer time it is made anew. */
  readonly monday: string;
}

/** The default off-peak hours as a weekly TxDefaultProfile of 1.6 (21 periods). An owner who wants to charge in the peak overrides it. */
export function offPeakProfile({ chargingProfileId, stackLevel, limitA, monday }: OffPeakOptions): Payload {
  const chargingSchedulePeriod = [{ startPeriod: 0, limit: limitA }];
  for (let day = 0; day < WORKING_DAYS; day += 1) {
    for (const [from, to] of PEAKS) {
      chargingSchedulePeriod.push({ startPeriod: day * DAY_SEC + from * HOUR_SEC, limit: 0 });
      chargingSchedulePeriod.push({ startPeriod: day * DAY_SEC + to * HOUR_SEC, limit: limitA });
    }
  }
  return {
    chargingProfileId,
    stackLevel,
    chargingProfilePurpose: "TxDefaultProfile",
    chargingProfileKind: "Recurring",
    recurrencyKind: "Weekly",
    chargingSchedule: { startSchedule: monday, chargingRateUnit: "A", chargingSchedulePeriod },
  };
}

/** The id under which the gateway installs the default hours; the CSMS's own profiles have to have others. */
export const OFF_PEAK_ID = 2_000_000_001;

/** The default hours as a request in the words of a version, for every EVSE. */
export function offPeakRequest(version: OcppVersion, options: Omit<OffPeakOptions, "chargingProfileId">): Payload {
  const profile = offPeakProfile({ ...options, chargingProfileId: OFF_PEAK_ID });
  if (version === "ocpp1.6") return { connectorId: 0, csChargingProfiles: profile };
  const { chargingProfileId: id, chargingSchedule, ...same } = profile;
  return {
    evseId: 0,
    chargingProfile: { id, ...same, chargingSchedule: [{ id: 1, ...(chargingSchedule as Payload) }] },
  };
}

/**
 * The Monday of this week, 00:00 in a time zone, with the offset that holds now: `2026-03-30T00:00:00+01:00`.
 *
 * @param timeZone an IANA name
 * @param nowMs milliseconds since 1970
 */
export function mondayOf(timeZone: string, nowMs: number): string {
  const offsetMin = offsetMinutes(timeZone, nowMs);
  const local = new Date(nowMs + offsetMin * 60_000);
  const daysSince = (local.getUTCDay() + 6) % 7;
  const date = new Date(local.getTime() - daysSince * DAY_SEC * 1000).toISOString().slice(0, 10);
  const [hours, minutes] = [Math.floor(Math.abs(offsetMin) / 60), Math.abs(offsetMin) % 60];
  const sign = offsetMin < 0 ? "-" : "+";
  return `${date}T00:00:00${sign}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}

function offsetMinutes(timeZone: string, nowMs: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(nowMs);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"));
  return (local - Math.floor(nowMs / 60_000) * 60_000) / 60_000;
}
