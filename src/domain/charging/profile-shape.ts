/**
 * Checks that ask nothing but the profile itself; whatever the station, the store and the version.
 *
 * @see OCPP 2.0.1 Part 2 K01.FR.31, FR.35, FR.40, FR.41
 */
import type { ChargingProfile, ProfileFault } from "./profile.ts";

export interface ShapeQuestion {
  readonly profile: ChargingProfile;
  /** JSON Pointer of the profile in the request. */
  readonly pointer: string;
  /** JSON Pointer of its schedule. */
  readonly schedulePointer: string;
}

/** A fault where `isWrong`. */
export const when = (
  isWrong: boolean,
  reasonCode: ProfileFault["reasonCode"],
  pointer: string,
  text: string,
): ProfileFault | undefined => (isWrong ? { reasonCode, pointer, text } : undefined);

/** What is wrong with the profile by itself; a 1.6 one may be Absolute and have no start. */
export const faultOfShape = (question: ShapeQuestion): ProfileFault | undefined =>
  periodsAreInOrder(question) ?? timesMakeSense(question) ?? limitsMakeSense(question);

export function periodsAreInOrder(question: ShapeQuestion): ProfileFault | undefined {
  const { periods } = question.profile.schedule;
  const pointer = `${question.schedulePointer}/chargingSchedulePeriod`;
  if (periods.length === 0) return when(true, "InvalidSchedule", pointer, "no period");
  const wrong = periods.findIndex(({ startPeriod }, index) =>
    index === 0 ? startPeriod !== 0 : startPeriod <= (periods[index - 1]?.startPeriod ?? 0),
  );
  const place = `${pointer}/${wrong}/startPeriod`;
  return when(wrong !== -1, "InvalidSchedule", place, "the first begins at 0, each later than the one before");
}

/** Absolute and Recurring have a start, Relative has none (K01.FR.40, FR.41); Recurring says how often. */
export function kindHasItsStart(question: ShapeQuestion): ProfileFault | undefined {
  const { kind, recurrencyKind, schedule } = question.profile;
  const hasStart = schedule.startSchedule !== undefined;
  return (
    when(
      hasStart === (kind === "Relative"),
      "InvalidSchedule",
      `${question.schedulePointer}/startSchedule`,
      `${kind} has ${hasStart ? "none" : "one"}`,
    ) ??
    when(
      kind === "Recurring" && recurrencyKind === undefined,
      "InvalidSchedule",
      `${question.pointer}/recurrencyKind`,
      "Recurring says how often",
    )
  );
}

export function timesMakeSense(question: ShapeQuestion): ProfileFault | undefined {
  const { validFrom, validTo, schedule } = question.profile;
  return (
    when(
      validFrom !== undefined && validTo !== undefined && validFrom >= validTo,
      "InvalidSchedule",
      `${question.pointer}/validTo`,
      "never valid",
    ) ??
    when(
      schedule.duration !== undefined && !(schedule.duration > 0),
      "InvalidSchedule",
      `${question.schedulePointer}/duration`,
      "not above 0",
    )
  );
}

export function limitsMakeSense(question: ShapeQuestion): ProfileFault | undefined {
  const pointer = `${question.schedulePointer}/chargingSchedulePeriod`;
  for (const [index, { limit, numberPhases }] of question.profile.schedule.periods.entries()) {
    const isLimit = limit === undefined || (Number.isFinite(limit) && limit >= 0);
    if (!isLimit) return when(true, "InvalidSchedule", `${pointer}/${index}/limit`, "not a limit");
    const isPhases = numberPhases === undefined || [1, 2, 3].includes(numberPhases);
    if (!isPhases) return when(true, "InvalidSchedule", `${pointer}/${index}/numberPhases`, "1 to 3");
  }
  return undefined;
}
