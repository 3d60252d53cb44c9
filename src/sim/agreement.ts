/**
 * Whether two sets of books agree: what a station says it sent, and what the CSMS says came in. Pure.
 */
import type { CsmsLedger } from "./csms-ledger.ts";
import type { MessageRecord, StationLedger, TransactionRecord } from "./ledger.ts";

export interface Disagreement {
  readonly kind: "lost" | "given-up" | "duplicate" | "unknown" | "order" | "energy";
  readonly stationId: string;
  readonly detail: string;
}

/**
 * Every transaction message must have reached the CSMS exactly once and in the order the station made them.
 *
 * A station repeats a message whose answer it did not get; then, and only then, may the message arrive again: never more
 * often than it was sent, and never twice from one sending. `lost`: never arrived. `given-up`: the station's attempts ran
 * out. `unknown`: the station never sent it. `energy`: a transaction's Wh differ, or it has not ended at the CSMS.
 */
export function disagreements(station: StationLedger, csms: CsmsLedger | undefined): readonly Disagreement[] {
  const found: Disagreement[] = [];
  const say = (kind: Disagreement["kind"], detail: string): void => {
    found.push({ kind, stationId: station.stationId, detail });
  };
  compareMessages(station, csms, say);
  for (const transaction of station.transactions) compareEnergy(transaction, csms, say);
  return found;
}

type Say = (kind: Disagreement["kind"], detail: string) => void;

function compareMessages(station: StationLedger, csms: CsmsLedger | undefined, say: Say): void {
  const sent = new Map<string, MessageRecord>();
  for (const message of station.messages) if (message.key !== undefined) sent.set(message.key, message);
  const arrived = new Map<string, string[]>();
  let last = -1;
  for (const { key, messageId } of csms?.arrivals ?? []) {
    const message = sent.get(key);
    if (message === undefined) {
      say("unknown", key);
      continue;
    }
    const before = arrived.get(key);
    if (before !== undefined) {
      before.push(messageId);
      continue;
    }
    if (message.seq < last) say("order", `${key} after message ${last}`);
    last = message.seq;
    arrived.set(key, [messageId]);
  }
  for (const message of station.messages) compareArrivals(message, arrived.get(message.key ?? "") ?? [], say);
}

function compareArrivals(message: MessageRecord, ids: readonly string[], say: Say): void {
  const name = message.key ?? `${message.action} ${message.seq}`;
  if (message.outcome === "given-up") say("given-up", name);
  if (ids.length === 0) say("lost", name);
  if (ids.length > message.attempts.length)
    say("duplicate", `${name}: sent ${message.attempts.length}×, came ${ids.length}×`);
  const once = new Set(ids);
  // An attempt that reuses the message id counts for itself.
  const allowed = (id: string): number => Math.max(1, message.attempts.filter((attempt) => attempt === id).length);
  for (const id of once) {
    const times = ids.filter((other) => other === id).length;
    if (times > allowed(id) && ids.length <= message.attempts.length)
      say("duplicate", `${name}: one frame came ${times}×`);
  }
}

function compareEnergy(transaction: TransactionRecord, csms: CsmsLedger | undefined, say: Say): void {
  const { transactionId, meterStartWh, meterStopWh } = transaction;
  if (meterStopWh === undefined) return;
  const other = csms?.transactions.find((candidate) => candidate.transactionId === transactionId);
  const theirs =
    other?.ended === true ? (other.meterStopWh ?? Number.NaN) - (other.meterStartWh ?? Number.NaN) : undefined;
  if (theirs !== meterStopWh - meterStartWh) {
    say(
      "energy",
      `transaction of connector ${transaction.connectorId}: ${meterStopWh - meterStartWh} Wh here, ${theirs} there`,
    );
  }
}
