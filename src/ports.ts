/**
 * Interfaces to everything outside the process. The gateway gets real ones from `actors/`, tests bring simulated ones,
 * OEMs may bring their own through `createGateway(config, ports)`.
 */
import type { EpochMs, StationId } from "./domain/ids.ts";
import type { MessageClass } from "./domain/ocpp/catalogue.ts";
import type { ObservationSink } from "./domain/telemetry/observation.ts";

/** Time. `now()` is wall-clock time and may be stepped; `monotonicMs()` only grows. */
export interface Clock {
  now(): EpochMs;
  /** Milliseconds with a fraction since an arbitrary start. */
  monotonicMs(): number;
  /** Calls `callback` once when `now()` reaches `at` (at once if it has), and returns what cancels it. */
  callAt(at: EpochMs, callback: () => void): () => void;
}

/** Randomness that tests can fix: back-off jitter, message ids. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A fresh UUID version 4. */
  uuid(): string;
}

export type LogFields = { readonly [field: string]: string | number | boolean | undefined };

/** Structured log, compatible with a pino logger. Fields never hold payloads, tokens or credentials. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Where station snapshots live. A record is text (JSON); keys are opaque. */
export interface SnapshotStore {
  /** Every record, once, at start. Unreadable records are reported to `onBad` and skipped. */
  readAll(onBad: (key: string, reason: string) => void): Iterable<{ readonly key: string; readonly record: string }>;
  /** One record as last written; undefined when there is none. */
  read(key: string): string | undefined;
  /** Resolves when the record is committed. Writes of one turn share a commit. */
  write(key: string, record: string): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}

/** A message of class V0 or V1 on its way to the CSMS. */
export interface SpoolRecord {
  readonly station: StationId;
  readonly messageId: string;
  readonly action: string;
  readonly messageClass: MessageClass;
  /** The frame's text as the station sent it. */
  readonly text: string;
}

/**
 * Seam of the durable value lane: hears of every V0/V1 message when the gateway takes it and when nobody needs it any more.
 * The spool that ships with relay mode keeps nothing but the count: until the CSMS has answered, the station is responsible.
 */
export interface Spool {
  taken(record: SpoolRecord): void;
  /** @param outcome `answered`: the CSMS has it; `returned`: the station was told that it has not */
  settled(station: StationId, messageId: string, outcome: "answered" | "returned"): void;
  /** Messages taken and not settled. */
  readonly underWay: number;
  close(): Promise<void>;
}

/** One station (or EVSE) as the health lane may know it. */
export interface HealthSource {
  /** Takes this station's observations into the lane's bounded ring. Never blocks, never throws. */
  readonly sink: ObservationSink;
}

/** How much of the uplink the health lane may use. It never blocks for it: its bounded queue drops the oldest, and counts them. */
export type HealthThrottle =
  /** As much as it likes; so it begins. */
  | { readonly kind: "free" }
  /** Value messages need the line: publish nothing until told otherwise. */
  | { readonly kind: "yield" }
  /**
   * Publish with credit only: `bytes` are added to it. A message may go while the credit is above zero, and may overdraw it;
   * it costs payload and topic, and `overheadBytes` for each segment. `onSpent` is called, once for each budget, when a message
   * waits for more.
   */
  | {
      readonly kind: "budget";
      readonly bytes: number;
      readonly overheadBytes: number;
      readonly onSpent: () => void;
    };

/** The health lane's far end: bounded ring → worker → MQTT. */
export interface HealthUplink {
  start(): Promise<void>;
  /** One per station; cheap, idempotent for the same station. */
  source(station: StationId): HealthSource;
  stats(): HealthStats;
  /** May come at any time, also before `start()`; the last one counts. Where it is missing the lane is never throttled. */
  throttle?(throttle: HealthThrottle): void;
  /** Hands over what the ring holds within `deadlineMs`, then closes. Idempotent. */
  stop(deadlineMs: number): Promise<void>;
}

export interface HealthStats {
  /** Observations taken into the ring since start. */
  readonly observed: number;
  /** Observations pushed out of a full ring, oldest first. */
  readonly droppedInRing: number;
  /** Observations the worker dropped because the broker took nothing. */
  readonly droppedInWorker: number;
  /** MQTT messages the broker has acknowledged. */
  readonly published: number;
  /** Payload bytes of those. */
  readonly publishedBytes: number;
  readonly connected: boolean;
  /** `5`, `3.1.1`, or undefined before the first connection. */
  readonly protocol: string | undefined;
  readonly workerRestarts: number;
  /** Messages held back because they looked like personal data: each is a defect. */
  readonly tripwireHits?: number;
  /** Messages the broker refused (access list, size). */
  readonly refusedByBroker?: number;
  /** Connections made to the broker. */
  readonly connects?: number;
}
