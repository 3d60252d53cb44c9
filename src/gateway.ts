/** The only composition root. (contract; body follows) */
import type { GatewayConfig } from "./config/types.ts";
import type { Counters } from "./domain/counters.ts";
import type { OcppVersion } from "./domain/ocpp/version.ts";
import type { Clock, HealthStats, HealthUplink, Logger, Random, SnapshotStore, Spool } from "./ports.ts";

/** Parts that an OEM or a test replaces; each has a real default. */
export interface GatewayPorts {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly snapshots?: SnapshotStore;
  readonly spool?: Spool;
  readonly health?: HealthUplink;
}

/** A station as the gateway sees it now. */
export interface StationView {
  readonly id: string;
  readonly version: OcppVersion;
  readonly connected: boolean;
  /** `Accepted`, `Pending`, `Rejected`, or `none` before the first BootNotification answer. */
  readonly registration: "none" | "Pending" | "Rejected" | "Accepted";
  readonly heartbeatIntervalSec: number;
  readonly csms: "up" | "connecting" | "down";
  readonly connectors: readonly { readonly evseId: number; readonly connectorId: number; readonly status: string }[];
  readonly openTransactions: number;
  readonly chargingProfiles: number;
  readonly waitingNorth: number;
  readonly waitingSouth: number;
  /** Sends a CALL of the gateway's own to the station and resolves with the answer's payload. */
  call(action: string, payload: object): Promise<unknown>;
}

export interface GatewayEvents {
  "station.connected": { readonly stationId: string; readonly version: OcppVersion };
  "station.disconnected": { readonly stationId: string; readonly code: number };
  "csms.up": { readonly stationId: string };
  "csms.down": { readonly stationId: string; readonly reason: string };
  /** Something that a security log wants: `type` from a closed list, no personal data. */
  security: { readonly type: string; readonly stationId: string | undefined; readonly detail: string };
}

export interface Gateway {
  /** Opens stores, restores stations, listens. Rejects with `ERR_LISTEN`, `ERR_STORE`. */
  start(): Promise<void>;
  /** Stops accepting, drains, persists, closes. Idempotent. */
  stop(): Promise<void>;
  stations(): readonly StationView[];
  on<E extends keyof GatewayEvents>(event: E, listener: (detail: GatewayEvents[E]) => void): () => void;
  /** Where it listens, e.g. `ws://127.0.0.1:9000/ocpp`; empty before `start()`. */
  readonly urls: readonly string[];
  readonly counters: Counters;
  healthStats(): HealthStats | undefined;
  /** `live`: event loop and store answer; `ready`: stations are accepted (also while the CSMS is away). */
  status(): { readonly live: boolean; readonly ready: boolean; readonly reason?: string };
  [Symbol.asyncDispose](): Promise<void>;
}

/** Does nothing before `start()`. */
export function createGateway(_config: GatewayConfig, _ports: GatewayPorts = {}): Gateway {
  throw new Error("under construction");
}
