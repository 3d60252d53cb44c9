/** The truth of 1.6 stations against the books of a CSMS that was told of them in 2.0.1. Pure. */
import { type Comparison, comparisonOf, type Finding } from "./compare-ledgers.ts";
import type { AcceptedMessage, CsmsBooks } from "./ledger-books.ts";
import type { StationTruth, TruthMessage, TruthTransaction } from "./ledger-truth.ts";
import { compareTranslated, type TrueTransaction } from "./translated-books.ts";

export function compareTranslatedLedgers(truths: readonly StationTruth[], books: CsmsBooks): Comparison {
  const findings: Finding[] = [];
  let energyDiffWh = 0;
  let repeatsOnTheWire = 0;
  for (const truth of truths) {
    const accepted = books.stations.get(truth.station)?.accepted ?? [];
    const events = accepted.filter(({ action }) => action === "TransactionEvent");
    const compared = compareTranslated(
      truth.station,
      truth.transactions.map((transaction) => trueOf(transaction, truth)),
      events,
    );
    findings.push(...compared.findings, ...undelivered(truth), ...securityEvents(truth, accepted));
    energyDiffWh += compared.energyDiffWh;
    repeatsOnTheWire += accepted.reduce((sum, { repeats }) => sum + repeats, 0);
  }
  const retiredStations = truths.filter(({ retired }) => retired).length;
  return comparisonOf(truths, books, { findings, energyDiffWh, notes: { repeatsOnTheWire, retiredStations } });
}

function trueOf(
  { connectorId, meterStartWh, meterStopWh, messages }: TruthTransaction,
  { retired }: StationTruth,
): TrueTransaction {
  const isHeld = retired && (meterStopWh === undefined || messages.some(({ ackedAt }) => ackedAt === undefined));
  const readings = messages.filter(({ kind }) => kind === "reading").map(readingOf);
  return { connectorId, meterStartWh, meterStopWh: meterStopWh ?? meterStartWh, readings, isHeld };
}

function readingOf({ payload }: TruthMessage): { readonly at: string; readonly registerWh: number } {
  const [{ timestamp, sampledValue }] = payload["meterValue"] as [
    { readonly timestamp: string; readonly sampledValue: readonly [{ readonly value: string }] },
  ];
  return { at: timestamp, registerWh: Number(sampledValue[0].value) };
}

/** What nobody took from a station that is still there. */
function undelivered({ station, retired, transactions }: StationTruth): readonly Finding[] {
  const held = retired
    ? []
    : transactions.flatMap(({ messages }) => messages).filter(({ ackedAt }) => ackedAt === undefined);
  return held.map(({ action, attempts }) => ({
    damage: "undelivered",
    station,
    text: `${station}: ${action}, sent ${attempts.length} times, never answered`,
  }));
}

function securityEvents({ station, others }: StationTruth, accepted: readonly AcceptedMessage[]): readonly Finding[] {
  const came = accepted.filter(({ action }) => action === "SecurityEventNotification");
  return others.flatMap(({ payload: { timestamp }, ackedAt }): readonly Finding[] => {
    const times = came.filter(({ payload }) => payload["timestamp"] === timestamp).length;
    if (times === 1 || (times === 0 && ackedAt === undefined)) return [];
    const damage = times === 0 ? "lost" : "duplicated";
    return [{ damage, station, text: `${station}: the security event of ${timestamp} came ${times} times` }];
  });
}
