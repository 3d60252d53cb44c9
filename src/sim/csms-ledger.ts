/**
 * The demo CSMS's books: every message of every station in order of arrival, and what the transaction messages add up to.
 * The other half of what ledger.ts keeps on the station's side.
 */
import type { Frame, Payload } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import { transactionKey } from "./transaction-key.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

export interface CsmsMessage {
  /** Position among the station's messages, from 0; survives the trimming of old ones. */
  readonly seq: number;
  /** Milliseconds of the CSMS's clock. */
  readonly at: number;
  readonly stationId: string;
  readonly version: OcppVersion;
  /** Number of the connection it came over, from 1, in the life of this station. */
  readonly connection: number;
  readonly direction: "in" | "out";
  /** 0: not a well-formed OCPP-J frame. */
  readonly type: 0 | 2 | 3 | 4 | 5 | 6;
  readonly id: string | undefined;
  /** Of a CALL or SEND. */
  readonly action: string | undefined;
  readonly payload: Payload | undefined;
  /** As it stood on the wire. */
  readonly text: string;
}

/** One transaction message that came in; repeats are arrivals of their own. */
export interface Arrival {
  readonly key: string;
  readonly messageId: string;
  readonly action: string;
}

export interface CsmsTransaction {
  readonly transactionId: number | string;
  readonly token: string | undefined;
  readonly meterStartWh: number | undefined;
  meterStopWh: number | undefined;
  ended: boolean;
}

export interface CsmsLedger {
  readonly stationId: string;
  readonly version: OcppVersion;
  readonly connections: number;
  /** The newest `retain` messages, oldest first. */
  readonly messages: readonly CsmsMessage[];
  /** How many messages there were, trimmed ones included. */
  readonly total: number;
  /** Every transaction message, repeats included, in order. */
  readonly arrivals: readonly Arrival[];
  readonly transactions: readonly CsmsTransaction[];
  /** Wh of the transactions that have ended. */
  readonly energyWh: number;
}

export class CsmsBook implements CsmsLedger {
  readonly stationId: string;
  readonly version: OcppVersion;
  readonly messages: CsmsMessage[] = [];
  readonly arrivals: Arrival[] = [];
  connections = 0;
  total = 0;
  readonly #retain: number;
  readonly #transactions = new Map<number | string, CsmsTransaction>();
  /** 1.6: the id that a StartTransaction was answered with, by key, so that a repeat gets the same. */
  readonly #started = new Map<string, number>();

  constructor(stationId: string, version: OcppVersion, retain: number) {
    this.stationId = stationId;
    this.version = version;
    this.#retain = retain;
  }

  get transactions(): readonly CsmsTransaction[] {
    return [...this.#transactions.values()];
  }

  get energyWh(): number {
    return this.transactions
      .filter(({ ended }) => ended)
      .reduce((sum, { meterStartWh = Number.NaN, meterStopWh = Number.NaN }) => sum + meterStopWh - meterStartWh, 0);
  }

  record(
    at: number,
    direction: "in" | "out",
    { text, frame }: { text: string; frame: Frame | undefined },
  ): CsmsMessage {
    const call = frame?.type === 2 || frame?.type === 6 ? frame : undefined;
    const message: CsmsMessage = {
      seq: this.total,
      at,
      stationId: this.stationId,
      version: this.version,
      connection: this.connections,
      direction,
      type: frame?.type ?? 0,
      id: frame?.id,
      action: call?.action,
      payload: call?.payload ?? (frame?.type === 3 ? frame.payload : undefined),
      text,
    };
    this.total += 1;
    this.messages.push(message);
    // Trimmed in bulk: shifting a long array at every message would cost more than the message.
    if (this.messages.length > 2 * this.#retain) this.messages.splice(0, this.messages.length - this.#retain);
    if (direction === "in" && frame?.type === 2) this.#arrived(frame.id, frame.action, frame.payload);
    return message;
  }

  /** 1.6: the transaction id for a StartTransaction; the same for a repeat of it. */
  startTransaction(payload: Payload, nextId: () => number): number {
    const key = transactionKey("StartTransaction", payload) ?? "";
    const known = this.#started.get(key);
    if (known !== undefined) return known;
    const transactionId = nextId();
    this.#started.set(key, transactionId);
    this.#transactions.set(transactionId, {
      transactionId,
      token: textAt(payload, "idTag"),
      meterStartWh: numberAt(payload, "meterStart"),
      meterStopWh: undefined,
      ended: false,
    });
    return transactionId;
  }

  #arrived(messageId: string, action: string, payload: Payload): void {
    const key = transactionKey(action, payload);
    if (key === undefined) return;
    this.arrivals.push({ key, messageId, action });
    if (action === "StopTransaction") this.#ended(numberAt(payload, "transactionId"), numberAt(payload, "meterStop"));
    if (action === "TransactionEvent") this.#event(payload);
  }

  #event(payload: Payload): void {
    const transactionId = textAt(objectAt(payload, "transactionInfo"), "transactionId") ?? "";
    const register = energyRegister(payload);
    if (payload["eventType"] === "Started" && !this.#transactions.has(transactionId)) {
      this.#transactions.set(transactionId, {
        transactionId,
        token: textAt(objectAt(payload, "idToken"), "idToken"),
        meterStartWh: register,
        meterStopWh: undefined,
        ended: false,
      });
    }
    if (payload["eventType"] === "Ended") this.#ended(transactionId, register);
  }

  #ended(transactionId: number | string | undefined, meterStopWh: number | undefined): void {
    const transaction = this.#transactions.get(transactionId ?? "");
    if (transaction === undefined) return;
    transaction.meterStopWh = meterStopWh;
    transaction.ended = true;
  }
}

/** Wh of the last Energy.Active.Import.Register in a TransactionEvent. */
function energyRegister(payload: Payload): number | undefined {
  return listAt(payload, "meterValue")
    .flatMap((value) => listAt(value, "sampledValue"))
    .filter(({ measurand = "Energy.Active.Import.Register" }) => measurand === "Energy.Active.Import.Register")
    .map((sample) => numberAt(sample, "value"))
    .at(-1);
}
