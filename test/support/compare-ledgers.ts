/**
 * The stations' truth against the CSMS's books: what was lost, doubled, reordered, changed or billed wrong, each finding in
 * words that name station, transaction and message. Pure.
 */

import { StationComparison } from "./compare-station.ts";
import type { CsmsBooks } from "./ledger-books.ts";
import { messagesOf, type StationTruth, type TruthMessage } from "./ledger-truth.ts";

export type Damage =
  /** A station was told that somebody has the message, and it never had its effect. */
  | "lost"
  /** The station still holds it: nobody took it. */
  | "undelivered"
  /** It had its effect more than once. */
  | "duplicated"
  /** It had its effect before an earlier message of its transaction. */
  | "reordered"
  /** It came with the id of another transaction, or of none. */
  | "misattributed"
  /** Its content was changed on the way. */
  | "altered"
  /** Same content, spelled anew: fatal to signed values. */
  | "respelled"
  /** No station ever said it. */
  | "invented"
  /** The Wh of a transaction differ. */
  | "energy"
  /** A remote stop reached the station under an id it was never given. */
  | "misdirected";

export interface Finding {
  readonly damage: Damage;
  readonly station: string;
  readonly text: string;
}

export interface Comparison {
  readonly transactions: number;
  readonly messages: number;
  readonly counts: Readonly<Record<Damage, number>>;
  readonly energyDiffWh: number;
  readonly findings: readonly Finding[];
  /** Worth knowing, and no damage. */
  readonly notes: {
    /** Frames that came again with the same id and text. */
    readonly repeatsOnTheWire: number;
    /** Messages of a station that overtook an earlier one of another of its transactions. */
    readonly stationInversions: number;
    /** 2.0.1 events that reached the CSMS after their station had an answer, without `offline: true`. */
    readonly offlineMarkMissing: number;
    readonly retiredStations: number;
  };
  readonly ok: boolean;
}

export interface CompareOptions {
  /** Messages that the CSMS refuses for good: they may be missing. */
  readonly isPoison?: (message: TruthMessage) => boolean;
}

const NO_NOTES = { repeatsOnTheWire: 0, stationInversions: 0, offlineMarkMissing: 0, retiredStations: 0 };

export function compareLedgers(
  truths: readonly StationTruth[],
  books: CsmsBooks,
  { isPoison = () => false }: CompareOptions = {},
): Comparison {
  const findings: Finding[] = [];
  const notes = { ...NO_NOTES };
  let energyDiffWh = 0;
  for (const truth of truths) {
    const station = new StationComparison(truth, books.stations.get(truth.station)?.accepted ?? [], isPoison);
    station.compare();
    findings.push(...station.findings);
    energyDiffWh += station.energyDiffWh;
    notes.repeatsOnTheWire += station.repeats;
    notes.stationInversions += station.inversions;
    notes.offlineMarkMissing += station.offlineMarkMissing;
    notes.retiredStations += truth.retired ? 1 : 0;
  }
  return comparisonOf(truths, books, { findings, energyDiffWh, notes });
}

/** What was found of single stations, joined; a station of which nobody knows is invented altogether. */
export function comparisonOf(
  truths: readonly StationTruth[],
  books: CsmsBooks,
  found: Pick<Comparison, "findings" | "energyDiffWh"> & { readonly notes?: Partial<Comparison["notes"]> },
): Comparison {
  const known = new Set(truths.map(({ station }) => station));
  const strangers = [...books.stations.values()].filter(({ station }) => !known.has(station));
  const findings = [
    ...found.findings,
    ...strangers.flatMap(({ station, accepted }) =>
      accepted.map(({ action, id }) => ({ damage: "invented" as const, station, text: `${station}: ${action} ${id}` })),
    ),
  ];
  return {
    transactions: truths.reduce((sum, truth) => sum + truth.transactions.length, 0),
    messages: truths.reduce((sum, truth) => sum + messagesOf(truth).length, 0),
    counts: countOf(findings),
    energyDiffWh: found.energyDiffWh,
    findings,
    notes: { ...NO_NOTES, ...found.notes },
    ok: findings.length === 0,
  };
}

function countOf(findings: readonly Finding[]): Readonly<Record<Damage, number>> {
  const counts: Record<Damage, number> = {
    lost: 0,
    undelivered: 0,
    duplicated: 0,
    reordered: 0,
    misattributed: 0,
    altered: 0,
    respelled: 0,
    invented: 0,
    energy: 0,
    misdirected: 0,
  };
  for (const { damage } of findings) counts[damage] += 1;
  return counts;
}
