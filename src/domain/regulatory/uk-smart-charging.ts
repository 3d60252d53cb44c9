/**
 * Great Britain's rule for private charge points: a random delay before charging starts or its rate changes, so that a tariff's
 * boundary does not switch a million vehicles at once, and hours outside of the peak as the default.
 *
 * What is here are the rule's numbers and decisions. Holding a command back for minutes needs a durable place for it, because its
 * sender is answered long before.
 *
 * @see The Electric Vehicles (Smart Charge Points) Regulations 2021 (SI 2021/1467), regulations 10 and 11
 */
import type { Payload } from "../ocpp/frame.ts";

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
