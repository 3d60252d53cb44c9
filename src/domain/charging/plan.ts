/**
 * What has to be said to a 1.6 station so that it holds the image it should hold: the difference between what it has accepted and
 * what is wanted, in an order in which it never allows more than the old or the new image does.
 *
 *     sets     what is new or another: lower limits first, then from the highest level down
 *     clears   what is gone, by id: from the lowest level up
 *
 * From the highest down, because what is set lower may push out the schedule that stood for all levels; from the lowest up, because
 * clearing the one that leads would let one through that never led.
 *
 * @see OCPP 1.6 §5.16.4 (what has the same id, or the same purpose and level, is replaced), §5.3 ClearChargingProfile
 */
import type { Image16, ImageEntry, Profile16, Purpose16 } from "./image.ts";

export interface AckedEntry extends ImageEntry {
  /** The station may have it or not: it did not answer in time, it restarted, or something else may have taken its place. */
  readonly isUncertain?: true;
}

/** What the station has accepted; undefined: a station nobody knows yet, with profiles of whoever was here before. */
export type Acked = readonly AckedEntry[] | undefined;

export type PlanStep =
  | { readonly do: "clearAll" }
  | { readonly do: "set"; readonly entry: ImageEntry }
  | { readonly do: "clear"; readonly id16: number };

export type StepOutcome = "accepted" | "refused" | "unanswered";

export function planOf(acked: Acked, desired: Image16, maxInstalled: number): readonly PlanStep[] {
  if (acked === undefined) return [{ do: "clearAll" }, ...inAdoption(desired).map(setStep)];
  const held = new Map(acked.map((entry) => [entry.profile.chargingProfileId, entry]));
  const wanted = new Set(desired.map(({ profile }) => profile.chargingProfileId));
  const sets = desired.filter(({ profile, digest }) => {
    const known = held.get(profile.chargingProfileId);
    return known === undefined || known.isUncertain === true || known.digest !== digest;
  });
  const clears = acked.filter(({ profile }) => !wanted.has(profile.chargingProfileId)).sort(fromBelow);
  return withinPlaces(acked, inOrder(sets, acked), clears, maxInstalled);
}

/** What is known of the station after a step. */
export function afterStep(acked: Acked, step: PlanStep, outcome: StepOutcome): Acked {
  if (outcome === "refused") return acked;
  const isSure = outcome === "accepted";
  if (step.do === "clearAll") return isSure ? [] : acked;
  if (step.do === "clear") return afterClear(acked ?? [], step.id16, isSure);
  const { entry } = step;
  const others = (acked ?? []).filter(({ profile }) => profile.chargingProfileId !== entry.profile.chargingProfileId);
  // What had its place may be gone now.
  const kept = others.map((other) => (isSamePlace(other, entry) ? uncertain(other) : other));
  return [...kept, isSure ? entry : uncertain(entry)];
}

/** After a restart of the station: profiles outlast it (1.6 errata 3.37), and are said again all the same. */
export const allUncertain = (acked: Acked): Acked => acked?.map(uncertain);

const uncertain = ({ connectorId, profile, digest }: ImageEntry): AckedEntry => ({
  connectorId,
  profile,
  digest,
  isUncertain: true,
});

function afterClear(acked: readonly AckedEntry[], id16: number, isSure: boolean): Acked {
  const isIt = ({ profile }: AckedEntry) => profile.chargingProfileId === id16;
  return isSure
    ? acked.filter((entry) => !isIt(entry))
    : acked.map((entry) => (isIt(entry) ? uncertain(entry) : entry));
}

const setStep = (entry: ImageEntry): PlanStep => ({ do: "set", entry });
const clearStep = ({ profile }: ImageEntry): PlanStep => ({ do: "clear", id16: profile.chargingProfileId });

/** A station takes no more than it has places for; then something has to go before the new one comes. */
function withinPlaces(
  acked: readonly AckedEntry[],
  sets: readonly ImageEntry[],
  clears: readonly AckedEntry[],
  maxInstalled: number,
): readonly PlanStep[] {
  const held = new Set(acked.map(({ profile }) => profile.chargingProfileId));
  const going = [...clears];
  const steps: PlanStep[] = [];
  for (const entry of sets) {
    const first = !held.has(entry.profile.chargingProfileId) && held.size >= maxInstalled ? going.shift() : undefined;
    if (first !== undefined) {
      steps.push(clearStep(first));
      held.delete(first.profile.chargingProfileId);
    }
    steps.push(setStep(entry));
    held.add(entry.profile.chargingProfileId);
  }
  return [...steps, ...going.map(clearStep)];
}

const RANK: Readonly<Record<Purpose16, number>> = { ChargePointMaxProfile: 0, TxProfile: 1, TxDefaultProfile: 2 };

function inOrder(sets: readonly ImageEntry[], acked: readonly AckedEntry[]): readonly ImageEntry[] {
  const ranked = sets.map((entry) => ({ entry, isLower: acked.some((old) => isTightened(old, entry)) }));
  return ranked
    .sort(
      (a, b) =>
        Number(b.isLower) - Number(a.isLower) ||
        rankOf(a.entry) - rankOf(b.entry) ||
        levelOf(b.entry) - levelOf(a.entry) ||
        a.entry.connectorId - b.entry.connectorId,
    )
    .map(({ entry }) => entry);
}

/** An empty station allows everything: first the defaults, from the lowest level, where the safe limit is. */
function inAdoption(desired: Image16): readonly ImageEntry[] {
  return [...desired].sort((a, b) => rankOf(b) - rankOf(a) || levelOf(a) - levelOf(b) || a.connectorId - b.connectorId);
}

/** The station's own limit goes last: it holds over all the others. */
const fromBelow = (a: ImageEntry, b: ImageEntry): number => rankOf(b) - rankOf(a) || levelOf(a) - levelOf(b);
const rankOf = ({ profile }: ImageEntry): number => RANK[profile.chargingProfilePurpose];
const levelOf = ({ profile }: ImageEntry): number => profile.stackLevel;

/** 1.6 keeps one profile in a place: a purpose, a level and a connector. */
function isSamePlace(a: ImageEntry, b: ImageEntry): boolean {
  return a.connectorId === b.connectorId && rankOf(a) === rankOf(b) && levelOf(a) === levelOf(b);
}

/** Whether `next` takes the place of `old` and speaks at the same instants, nowhere with a higher limit. */
function isTightened(old: AckedEntry, next: ImageEntry): boolean {
  if (!isSamePlace(old, next) || frameOf(old.profile) !== frameOf(next.profile)) return false;
  const before = old.profile.chargingSchedule.chargingSchedulePeriod;
  const after = next.profile.chargingSchedule.chargingSchedulePeriod;
  const starts = [...before, ...after].map(({ startPeriod }) => startPeriod);
  return starts.every((at) => {
    const was = periodAt(before, at);
    const is = periodAt(after, at);
    return was !== undefined && is !== undefined && was.numberPhases === is.numberPhases && is.limit <= was.limit;
  });
}

function frameOf({ chargingSchedule, ...profile }: Profile16): string {
  const { startSchedule, duration, chargingRateUnit } = chargingSchedule;
  const { chargingProfileKind, recurrencyKind, validFrom, validTo, transactionId } = profile;
  return JSON.stringify([
    chargingProfileKind,
    recurrencyKind,
    validFrom,
    validTo,
    transactionId,
    startSchedule,
    duration,
    chargingRateUnit,
  ]);
}

const periodAt = (periods: Profile16["chargingSchedule"]["chargingSchedulePeriod"], at: number) =>
  periods.findLast(({ startPeriod }) => startPeriod <= at);
