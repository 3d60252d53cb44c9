/** What a simulated station knows it did: the truth that a CSMS's ledger is held against. */
import type { LedgerVersion, Payload } from "./ledger-books.ts";

export type TruthKind = "start" | "reading" | "stop" | "security";

/** One message that must arrive. */
export interface TruthMessage {
  readonly kind: TruthKind;
  readonly action: string;
  /** As sent, without the transaction id that a 1.6 station is given. */
  readonly payload: Payload;
  /** When the station made it, milliseconds since the epoch; also its order. */
  readonly madeAt: number;
  /** Message ids it was sent under, in order; `?` where the client keeps them to itself. */
  readonly attempts: string[];
  /** When an answer came; undefined: the station still holds it. */
  ackedAt: number | undefined;
}

export interface TruthTransaction {
  readonly nth: number;
  readonly connectorId: number;
  readonly token: string;
  readonly startedAt: number;
  readonly meterStartWh: number;
  /** 1.6: the id of the answer to StartTransaction; 2.0.1: the station's own. */
  transactionId: number | string | undefined;
  meterStopWh: number | undefined;
  endedAt: number | undefined;
  reason: string | undefined;
  readonly messages: TruthMessage[];
}

export interface StationTruth {
  readonly station: string;
  readonly version: LedgerVersion;
  readonly transactions: TruthTransaction[];
  /** Messages of no transaction. */
  readonly others: TruthMessage[];
  /** Transaction ids of remote stops that named no transaction it has running. */
  readonly unknownStops: unknown[];
  /** The station never came back; what it still holds is nobody else's. */
  retired: boolean;
  reboots: number;
}

/** Every message of a station in the order it made them. */
export function messagesOf(truth: StationTruth): readonly TruthMessage[] {
  return [...truth.transactions.flatMap(({ messages }) => messages), ...truth.others].sort(
    (a, b) => a.madeAt - b.madeAt,
  );
}
