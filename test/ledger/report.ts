/** The result as one JSON object, and as text for people. */
import type { Comparison, Finding } from "../support/compare-ledgers.ts";

/** The keys that every run has. */
export function ledgerKeys({ transactions, messages, counts, energyDiffWh, notes }: Comparison) {
  const { lost, duplicated, reordered, energy: _, ...others } = counts;
  return {
    transactions,
    messages,
    lost,
    duplicated,
    reordered,
    energy_diff_wh: energyDiffWh,
    ...others,
    repeats_on_the_wire: notes.repeatsOnTheWire,
    station_inversions: notes.stationInversions,
    offline_mark_missing: notes.offlineMarkMissing,
    retired_stations: notes.retiredStations,
  };
}

/** Some of each kind, so that a thousand of one do not hide another. */
export function someFindings(findings: readonly Finding[], show: number): readonly Finding[] {
  const kinds = [...new Set(findings.map(({ damage }) => damage))];
  const each = Math.max(1, Math.floor(show / Math.max(1, kinds.length)));
  return kinds.flatMap((kind) => findings.filter(({ damage }) => damage === kind).slice(0, each));
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
