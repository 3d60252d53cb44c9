/**
 * Where a profile's limit may change. Between two of these instants it does not, so whoever looks at them alone has seen
 * everything; found one after the other, because a daily profile has no last one.
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { type ChargingProfile, CYCLE_SEC, SEC } from "./profile.ts";
import { baseAt } from "./reference.ts";

/** The first instant after `at` at which the period of `profile` may be another; undefined when it stays for ever. */
export function nextChangeOf(profile: ChargingProfile, at: EpochMs, closedAt: EpochMs): EpochMs | undefined {
  const { validFrom, validTo } = profile;
  return earliest(at, [validFrom, validTo, ...changesOfSchedule(profile, at, closedAt)]);
}

/** The first instant after `at` at which any of these may change. */
export function nextChange(profiles: readonly ChargingProfile[], at: EpochMs, closedAt: EpochMs): EpochMs | undefined {
  return earliest(
    at,
    profiles.map((profile) => nextChangeOf(profile, at, closedAt)),
  );
}

/** All of them in `[from, until)`, `from` itself first; at most `most`, for a daily profile may have many. */
export function breakpoints(
  profiles: readonly ChargingProfile[],
  { from, until, closedAt, most }: { from: EpochMs; until: EpochMs; closedAt: EpochMs; most: number },
): readonly EpochMs[] {
  const found: EpochMs[] = [];
  let at: EpochMs | undefined = from;
  while (at !== undefined && at < until && found.length < most) {
    found.push(at);
    at = nextChange(profiles, at, closedAt);
  }
  return found;
}

function changesOfSchedule(profile: ChargingProfile, at: EpochMs, closedAt: EpochMs): readonly (EpochMs | undefined)[] {
  const { kind, recurrencyKind, schedule } = profile;
  const base = baseAt(profile, at, closedAt);
  if (base === undefined) return [kind === "Relative" ? closedAt : (schedule.startSchedule ?? closedAt)];
  const isRecurring = kind === "Recurring" && recurrencyKind !== undefined;
  const next = schedule.periods.find(({ startPeriod }) => base + startPeriod * SEC > at);
  return [
    next && epochMs(base + next.startPeriod * SEC),
    schedule.duration === undefined ? undefined : epochMs(base + schedule.duration * SEC),
    isRecurring ? epochMs(base + CYCLE_SEC[recurrencyKind] * SEC) : undefined,
  ];
}

function earliest(after: EpochMs, instants: readonly (EpochMs | undefined)[]): EpochMs | undefined {
  let first: EpochMs | undefined;
  for (const instant of instants) {
    if (instant !== undefined && instant > after && (first === undefined || instant < first)) first = instant;
  }
  return first;
}
