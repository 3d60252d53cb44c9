/**
 * What a station knows it did: the side of the books that the CSMS's ledger is compared with.
 */
import type { OcppVersion } from "../domain/ocpp/version.ts";

/** One transaction-related message, in the order the station made it. */
export interface MessageRecord {
  /** Position among all transaction messages of this station, from 0, without gaps. */
  readonly seq: number;
  readonly action: string;
  /** What the message is about (see transaction-key.ts); undefined until it was sent for the first time. */
  key: string | undefined;
  /** Message ids under which it was handed to a socket, one per attempt. */
  readonly attempts: string[];
  /** Attempts that were answered with CALLERROR or not at all while the connection stood. */
  failures: number;
  /** `given-up`: the attempts that the configuration allows were used up. */
  outcome: "waiting" | "delivered" | "given-up";
}

export interface TransactionRecord {
  readonly connectorId: number;
  readonly token: string;
  /** 1.6: the CSMS's number, undefined until StartTransaction was answered; 2.x: the station's own text. */
  transactionId: number | string | undefined;
  readonly startedAt: number;
  readonly meterStartWh: number;
  endedAt: number | undefined;
  meterStopWh: number | undefined;
  readonly messages: MessageRecord[];
}

export interface StationLedger {
  readonly stationId: string;
  readonly version: OcppVersion;
  readonly transactions: readonly TransactionRecord[];
  /** Every transaction message, by `seq`. */
  readonly messages: readonly MessageRecord[];
  /** Wh of the transactions that have ended. */
  readonly energyWh: number;
  readonly counts: StationCounts;
}

export interface StationCounts {
  connects: number;
  disconnects: number;
  /** Dials that failed: refused, unauthorised, unreachable. */
  connectFailures: number;
  /** BootNotifications that were answered. */
  boots: number;
  /** Of these, with status Accepted. */
  accepted: number;
  authorizeAccepted: number;
  authorizeRefused: number;
  callsSent: number;
  callErrors: number;
  callTimeouts: number;
  commandsAnswered: number;
  faults: number;
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export function zeroCounts(): StationCounts {
  return {
    connects: 0,
    disconnects: 0,
    connectFailures: 0,
    boots: 0,
    accepted: 0,
    authorizeAccepted: 0,
    authorizeRefused: 0,
    callsSent: 0,
    callErrors: 0,
    callTimeouts: 0,
    commandsAnswered: 0,
    faults: 0,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}

/** The writing side of a {@link StationLedger}. */
export class LedgerBook implements StationLedger {
  readonly stationId: string;
  readonly version: OcppVersion;
  readonly transactions: TransactionRecord[] = [];
  readonly messages: MessageRecord[] = [];
  readonly counts = zeroCounts();
  energyWh = 0;

  constructor(stationId: string, version: OcppVersion) {
    this.stationId = stationId;
    this.version = version;
  }

  open(start: Pick<TransactionRecord, "connectorId" | "token" | "transactionId" | "startedAt" | "meterStartWh">) {
    const record: TransactionRecord = { ...start, endedAt: undefined, meterStopWh: undefined, messages: [] };
    this.transactions.push(record);
    return record;
  }

  write(transaction: TransactionRecord, action: string): MessageRecord {
    const record: MessageRecord = {
      seq: this.messages.length,
      action,
      key: undefined,
      attempts: [],
      failures: 0,
      outcome: "waiting",
    };
    this.messages.push(record);
    transaction.messages.push(record);
    return record;
  }

  end(transaction: TransactionRecord, endedAt: number, meterStopWh: number): void {
    transaction.endedAt = endedAt;
    transaction.meterStopWh = meterStopWh;
    this.energyWh += meterStopWh - transaction.meterStartWh;
  }
}
