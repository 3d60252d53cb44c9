/** Both sides' limits in one currency, amperes per phase, and the instants at which they are worth comparing. */
import type { Image16 } from "../../src/domain/charging/image.ts";
import { type ChargingProfile, type ChargingStore, CYCLE_SEC } from "../../src/domain/charging/profile.ts";
import type { Place, ProjectionTx } from "../../src/domain/charging/projection-input.ts";
import { limitAt, stationLimitAt } from "../../src/domain/charging/reference.ts";
import { inUnit, type Supply } from "../../src/domain/charging/units.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import {
  type ChargingStation16,
  type Limit16,
  type Readings,
  ChargingStation16 as Station,
  type StationCaps16,
} from "./charging-station-16.ts";

/** Floating point, nothing else: limits are tenths. */
export const EPSILON = 1e-6;

export interface Asking {
  readonly place: Place;
  /** Undefined: nobody charges; what a transaction that began at `startedAt` would get. */
  readonly tx?: ProjectionTx | undefined;
  readonly startedAt: EpochMs;
}

export function limit201({ profiles }: ChargingStore, instant: EpochMs, { place, tx, startedAt }: Asking): number {
  const transaction = tx === undefined ? { powerPathClosedAt: startedAt } : { id: tx.id, powerPathClosedAt: startedAt };
  return limitAt(profiles, instant, { evseId: place.evseId, unit: "A", supply: place.supply, transaction }).limit;
}

export function limit16(station: ChargingStation16, instant: EpochMs, { place, tx, startedAt }: Asking): number {
  const limits = station.limitsAt(place.connector16, instant, {
    startedAt,
    ...(tx === undefined ? {} : { tx16: tx.tx16 }),
  });
  return lowestA(limits, place.supply);
}

export const stationLimit201 = ({ profiles }: ChargingStore, instant: EpochMs, supply: Supply): number =>
  stationLimitAt(profiles, instant, { unit: "A", supply }).limit;

export const stationLimit16 = (station: ChargingStation16, instant: EpochMs, supply: Supply): number =>
  lowestA(station.stationLimitsAt(instant), supply);

function lowestA(limits: readonly Limit16[], supply: Supply): number {
  const amperes = limits.map(({ limit, unit, numberPhases }) =>
    inUnit(
      { limit, unit, ...(numberPhases === undefined ? {} : { numberPhases }) },
      { to: "A", supply, usedPhases: undefined },
    ),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...amperes);
}

/** A station that has been given the image in one go. */
export function installed(
  image: Image16,
  readings: Readings,
  receivedAt: EpochMs,
  caps?: StationCaps16,
): ChargingStation16 {
  const station = new Station(readings, caps);
  for (const { connectorId, profile } of image) station.set(connectorId, profile, receivedAt);
  return station;
}

/** The transactions that run, and one that could begin on each connector. */
export function askings(
  places: readonly Place[],
  transactions: readonly ProjectionTx[],
  instant: EpochMs,
  sinceSec: number,
): readonly Asking[] {
  return places.flatMap((place): Asking[] => {
    const tx = transactions.find(({ connector16 }) => connector16 === place.connector16);
    const would = { place, startedAt: epochMs(instant - sinceSec * 1000) };
    return tx === undefined ? [would] : [{ place, tx, startedAt: tx.anchorAt ?? instant }, would];
  });
}

/** Where something begins or ends, a second before and a second after, from `from` on; at most `most`, spread over all. */
export function instantsOf(
  profiles: readonly ChargingProfile[],
  { from, anchors, most }: { readonly from: EpochMs; readonly anchors: readonly EpochMs[]; readonly most: number },
): readonly EpochMs[] {
  const edges = new Set<number>([from, from + 86_400_000, from + 8 * 86_400_000, from + 30 * 86_400_000]);
  for (const profile of profiles) {
    for (const base of basesOf(profile, from, anchors)) edgesOf(profile, base, edges);
    if (profile.validFrom !== undefined) edges.add(profile.validFrom);
    if (profile.validTo !== undefined) edges.add(profile.validTo);
  }
  const all = [...edges].flatMap((edge) => [edge - 1000, edge, edge + 1000]).filter((instant) => instant >= from);
  const sorted = [...new Set(all)].sort((a, b) => a - b);
  const stride = Math.max(1, sorted.length / most);
  return Array.from({ length: Math.min(most, sorted.length) }, (_, index) =>
    epochMs(sorted[Math.floor(index * stride)] ?? from),
  );
}

function basesOf(
  { kind, recurrencyKind, schedule }: ChargingProfile,
  from: EpochMs,
  anchors: readonly EpochMs[],
): readonly number[] {
  if (kind === "Relative" || schedule.startSchedule === undefined) return anchors;
  const start = schedule.startSchedule;
  if (recurrencyKind === undefined) return [start];
  const cycleMs = CYCLE_SEC[recurrencyKind] * 1000;
  const round = Math.max(0, Math.floor((from - start) / cycleMs));
  return [0, 1, 2, 9].map((ahead) => start + (round + ahead) * cycleMs);
}

function edgesOf({ schedule }: ChargingProfile, base: number, edges: Set<number>): void {
  edges.add(base);
  for (const { startPeriod } of schedule.periods) edges.add(base + startPeriod * 1000);
  if (schedule.duration !== undefined) edges.add(base + schedule.duration * 1000);
}
