/**
 * Step 2 of the projection: validity no longer than the schedule. It means the same in 2.x, where a profile without a period
 * does not lead; some 1.6 stations let a valid profile hide lower ones although it has not begun.
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { wholeSecond } from "./image.ts";
import { type ChargingProfile, SEC } from "./profile.ts";

/** Instants are whole seconds afterwards, as 1.6 stations keep them. */
export function tighten(profile: ChargingProfile): ChargingProfile {
  const { kind, schedule, validFrom, validTo } = profile;
  const start = schedule.startSchedule === undefined ? undefined : wholeSecond(schedule.startSchedule);
  const end =
    kind === "Absolute" && start !== undefined && schedule.duration !== undefined
      ? epochMs(start + schedule.duration * SEC)
      : undefined;
  const from = latest(
    validFrom === undefined ? undefined : wholeSecond(validFrom),
    kind === "Relative" ? undefined : start,
  );
  const to = earliest(validTo === undefined ? undefined : wholeSecond(validTo), end);
  return {
    ...profile,
    ...(from === undefined ? {} : { validFrom: from }),
    ...(to === undefined ? {} : { validTo: to }),
    schedule: start === undefined ? schedule : { ...schedule, startSchedule: start },
  };
}

function latest(a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

function earliest(a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
