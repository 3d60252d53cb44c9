/** What the station machine remembers: JSON values only, for it is the station's snapshot. */
import type { InstalledProfile } from "../domain/charging/installed-profiles.ts";
import { type EpochMs, epochMs, type StationId } from "../domain/ids.ts";
import type { Registration } from "../domain/life/life-event.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";

export interface ConnectorState {
  readonly status: string;
  readonly errorCode: string;
  readonly at: EpochMs;
}

export interface OpenTransaction {
  readonly evseId: number;
  readonly startedAt: EpochMs;
}

export interface CertificateState {
  /** SHA-256 fingerprint of the certificate the station presented; undefined below security profile 3. */
  readonly fingerprint?: string;
  readonly validTo?: EpochMs;
}

export interface StationContext {
  readonly stationId: StationId;
  readonly version: OcppVersion;
  /** Number of the live connection in this process; 0: none. Events of another connection are stale. */
  readonly connection: number;
  readonly securityProfile: number;
  readonly registration: Registration;
  /** Seconds, as the CSMS set it last. */
  readonly heartbeatIntervalSec: number;
  /** The instant from which silence makes the station suspect. */
  readonly silentAt: EpochMs;
  readonly changedAt: EpochMs;
  /** By `evseId/connectorId`. */
  readonly connectors: { readonly [key: string]: ConnectorState };
  readonly transactions: { readonly [transactionId: string]: OpenTransaction };
  readonly certificate: CertificateState;
  readonly profiles: readonly InstalledProfile[];
  readonly csms: { readonly state: "down" | "connecting" | "up"; readonly since: EpochMs };
}

/** OCPP leaves the interval to the CSMS; this one counts until it has spoken. */
export const DEFAULT_HEARTBEAT_SEC = 300;
/** Heartbeat intervals a station may be silent for. */
export const SILENT_INTERVALS = 2;
/** Open transactions and connectors remembered; more means a broken or hostile station. */
export const MAX_REMEMBERED = 256;

export interface StationInput {
  readonly stationId: StationId;
  readonly version: OcppVersion;
  readonly at: EpochMs;
}

export function initialContext({ stationId, version, at }: StationInput): StationContext {
  return {
    stationId,
    version,
    connection: 0,
    securityProfile: 0,
    registration: "none",
    heartbeatIntervalSec: DEFAULT_HEARTBEAT_SEC,
    silentAt: silentAfter(at, DEFAULT_HEARTBEAT_SEC),
    changedAt: at,
    connectors: {},
    transactions: {},
    certificate: {},
    profiles: [],
    csms: { state: "down", since: at },
  };
}

export function silentAfter(at: EpochMs, heartbeatIntervalSec: number): EpochMs {
  return epochMs(at + SILENT_INTERVALS * heartbeatIntervalSec * 1000);
}

/** `record` with `key` set; the oldest entry goes when it would outgrow its bound. Keys never reach a prototype. */
export function remember<T>(
  record: { readonly [key: string]: T },
  key: string,
  value: T,
): { readonly [key: string]: T } {
  const entries = Object.entries(record).filter(([other]) => other !== key);
  entries.push([key, value]);
  return Object.fromEntries(entries.slice(-MAX_REMEMBERED));
}

/** `record` without `key`. */
export function forget<T>(record: { readonly [key: string]: T }, key: string): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
