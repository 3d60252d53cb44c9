/**
 * What a station says in one OCPP version. The station's life (station.ts, connector.ts) is the same in all of them; a
 * dialect turns its moments into messages and the CSMS's commands into actions on it.
 */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import type { ChargeState } from "./charging-model.ts";
import type { TransactionRecord } from "./ledger.ts";
import type { ProfileStore } from "./profiles.ts";
import type { Reply } from "./rpc-peer.ts";
import type { Settings } from "./settings.ts";

/** 1.6's names; 2.0.1 has fewer and its dialect maps. */
export type ConnectorStatus =
  | "Available"
  | "Preparing"
  | "Charging"
  | "SuspendedEV"
  | "SuspendedEVSE"
  | "Finishing"
  | "Reserved"
  | "Unavailable"
  | "Faulted";

export type StopReason = "Local" | "Remote" | "EVDisconnected" | "DeAuthorized" | "SoftReset" | "HardReset" | "Other";

/** Failures a connector can have, as 1.6 spells them. */
export const FAULT_CODES = [
  "HighTemperature",
  "GroundFailure",
  "OverCurrentFailure",
  "PowerSwitchFailure",
  "ConnectorLockFailure",
  "EVCommunicationError",
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

/** A request without its message id. */
export interface Outgoing {
  readonly action: string;
  readonly payload: Payload;
}

/** Who a connector is kept for. */
export interface ConnectorReservation {
  readonly id: number;
  readonly token: string;
}

export interface LiveTransaction {
  readonly record: TransactionRecord;
  /** Of the reservation it has used. */
  readonly reservationId?: number | undefined;
  /** 2.0.1: set when a RequestStartTransaction began it. */
  readonly remoteStartId: number | undefined;
  /** 2.0.1 `seqNo` of the next event. */
  nextSeqNo: number;
}

/** What the dialect may read of a connector, and do to it. */
export interface ConnectorControl {
  readonly id: number;
  readonly status: ConnectorStatus;
  readonly faultCode: FaultCode | undefined;
  readonly state: ChargeState;
  readonly transaction: LiveTransaction | undefined;
  readonly isOperative: boolean;
  readonly maxPowerW: number;
  /** Readings of a station that looks after itself: what it offers, and how warm its housing is. */
  readonly tellsMore: boolean;
  readonly reservation: ConnectorReservation | undefined;
  /** Kept for one token, or for nobody (undefined). False when it is not free. */
  reserve(reservation: ConnectorReservation | undefined): boolean;
  /** Begins a session as soon as the connector is free. False when it is not. */
  remoteStart(token: string, remoteStartId: number | undefined): boolean;
  requestStop(reason: StopReason): void;
  /** `Scheduled`: after the transaction under way. */
  setOperative(operative: boolean): "Accepted" | "Scheduled";
  /** Looks at the charging profiles again. */
  limitChanged(): void;
}

/** What the dialect may read of a station, and do to it. */
export interface StationControl {
  readonly id: string;
  readonly dialect: Dialect;
  readonly connectors: readonly ConnectorControl[];
  readonly settings: Settings;
  readonly profiles: ProfileStore;
  readonly localList: LocalList;
  /** The station's clock as RFC 3339 text. */
  nowText(): string;
  now(): number;
  connector(id: number): ConnectorControl | undefined;
  connectorOf(transactionId: string | number | undefined): ConnectorControl | undefined;
  /** Whether messages wait that belong to a transaction, or to any where none is named. */
  messagesInQueue(transactionId: string | undefined): boolean;
  /** Sends after the answer under way. */
  sendLater(...messages: Outgoing[]): void;
  /** Repeats BootNotification after the answer under way. */
  bootLater(): void;
  /** Ends the transactions, then starts anew. */
  resetLater(kind: "SoftReset" | "HardReset"): void;
}

export interface LocalList {
  version: number;
  readonly tokens: Set<string>;
}

export interface MeterOptions {
  readonly at: string;
  /** True for a message made while the station has no connection. */
  readonly offline: boolean;
}

/** A transaction message; see outbox.ts for when `build` and `onResult` are called. */
export interface TransactionMessage {
  readonly action: string;
  readonly build: () => Payload | undefined;
  /** Takes the answer; false when it says that the token may not charge. */
  readonly onResult?: (payload: Payload) => boolean;
}

export interface Dialect {
  readonly version: OcppVersion;
  /** Who names the transaction: 1.6 learns it from the CSMS (undefined here), 2.x gives it out. */
  transactionId(uuid: string): string | undefined;
  boot(station: StationControl, reason: "PowerUp" | "RemoteReset"): Outgoing;
  heartbeat(): Outgoing;
  authorize(token: string): Outgoing;
  isAuthorized(response: Payload): boolean;
  /** Status of a connector, or of the whole station (undefined) where the version has such a message. */
  status(connector: ConnectorControl | undefined, at: string): Outgoing | undefined;
  /** Meter values outside a transaction. */
  meterValues(connector: ConnectorControl, at: string): Outgoing;
  /** Condition data that the version's meter values cannot carry. */
  condition(connector: ConnectorControl, at: string): Outgoing | undefined;
  started(transaction: LiveTransaction, connector: ConnectorControl, options: MeterOptions): TransactionMessage;
  updated(transaction: LiveTransaction, connector: ConnectorControl, options: MeterOptions): TransactionMessage;
  ended(
    transaction: LiveTransaction,
    connector: ConnectorControl,
    options: MeterOptions & { readonly reason: StopReason; readonly meterStopWh: number },
  ): TransactionMessage;
  /** Answers a command of the CSMS. */
  answer(station: StationControl, call: CallFrame): Reply;
}
