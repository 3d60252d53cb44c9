/**
 * Interfaces to everything outside the process. The gateway gets real ones from `actors/`, tests bring simulated ones,
 * OEMs may bring their own through `createGateway(config, ports)`.
 */
import type { FrameSink } from "./domain/dashcam/skeleton.ts";
import type { Outcome, StationAsk } from "./domain/diagnostics/request.ts";
import type { EpochMs, KeyId, MessageId, StationId } from "./domain/ids.ts";
import type { KeyKind } from "./domain/pki/key-kind.ts";
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

/**
 * `records`: messages that wait for the CSMS · `receipts`: what a station's latest messages were answered · `notes`: transaction
 * ids, cached boots and states · `dead`: messages that the CSMS did not take · `tokens`: authorisations, keyed hashes only.
 */
export type SpoolTable = "records" | "receipts" | "notes" | "dead" | "tokens";

/**
 * The durable tables of the value lane. Writes of one turn of the event loop are one atomic commit. An OEM with a better place
 * for them (battery-backed memory, a wear-levelled partition) brings its own.
 */
export interface SpoolStorage {
  /**
   * 32 secret bytes under which what is remembered about cards and credentials is sealed, kept apart from the tables. Default: a
   * file in `dataDir`, made at the first start.
   */
  readonly secret?: Uint8Array;
  /** Committed values only. */
  get(table: SpoolTable, key: string): Buffer | undefined;
  /** In order of keys, `from` included, `before` excluded. */
  range(table: SpoolTable, from: string, before: string): Iterable<{ readonly key: string; readonly value: Buffer }>;
  keys(table: SpoolTable): Iterable<string>;
  /** Never throws; a failure reaches those who wait. */
  put(table: SpoolTable, key: string, value: Buffer | string): void;
  remove(table: SpoolTable, key: string): void;
  /** Calls back when all writes so far survive the end of the process; with the error when they were not taken. */
  whenCommitted(done: (error: unknown) => void): void;
  /** Calls back when all writes so far survive a loss of power; with the error when they were not taken. */
  whenFlushed(done: (error: unknown) => void): void;
  /**
   * False while there is room for what is under way only: then nothing new is taken, and what waits is delivered. Asked every few
   * seconds. Where it is missing there is always room.
   */
  hasRoom?(): boolean;
  /** Where it is missing, every message is written down whole. */
  readonly trail?: SpoolTrail | undefined;
  close(): Promise<void>;
}

/** A message that may be with the CSMS, and that its station would send again. */
export interface SpoolNote {
  /** Names the station and its version; it ends like the keys of its records begin. */
  readonly prefix: string;
  /** Message id under which it left. */
  readonly id: MessageId;
  /** What makes another message its repetition. */
  readonly key: string;
}

/** What of a message outlives the process when the message itself need not: enough to know its repetition. */
export interface SpoolTrail {
  /** Notes of what is under way, set once: they have to stay known. */
  underWay: () => Iterable<SpoolNote>;
  /** By content key, the ids of what a station had under way when the last process ended; given once. */
  take(prefix: string): Map<string, MessageId> | undefined;
  /** Calls back, never in the same turn, when the note survives the end of the process; with the error when it was not written. */
  note(note: SpoolNote, done: (error: unknown) => void): void;
}

/** What `tls.createSecureContext` takes to use a key: the key itself, or where an engine finds it. */
export type TlsKey =
  | { readonly key: string }
  | { readonly privateKeyEngine: string; readonly privateKeyIdentifier: string };

/**
 * Private keys, several generations of each slot. A key is made inside, used inside, and destroyed inside; what comes out are public
 * keys, signatures, and what TLS needs. An OEM with a secure element brings its own.
 */
export interface KeyStore {
  /** Makes a key; it survives a loss of power when this resolves. @throws GatewayError `ERR_STORE`, `ERR_KEY_…` of a token */
  generate(slot: string, kind: KeyKind): Promise<KeyId>;
  /** SubjectPublicKeyInfo in DER; undefined where there is no such key. @throws GatewayError `ERR_SECRET_UNREADABLE` */
  publicKey(id: KeyId): Promise<Uint8Array | undefined>;
  /**
   * Signs with SHA-256 (P-384: SHA-384): RSA as PKCS #1 v1.5, ECDSA as r and s one after the other (IEEE P1363), as WebCrypto and
   * PKCS #11 have it.
   *
   * @throws GatewayError `ERR_SECRET_UNREADABLE`
   */
  sign(id: KeyId, data: Uint8Array): Promise<Uint8Array>;
  /** @throws GatewayError `ERR_SECRET_UNREADABLE` */
  tls(id: KeyId): Promise<TlsKey>;
  /** The keys of a slot, in no order. */
  list(slot: string): Promise<readonly KeyId[]>;
  /** Idempotent; the key cannot be read any more when this resolves. */
  destroy(id: KeyId): Promise<void>;
  /** A handshake with a key of `tls` has come through, or has failed at the key. */
  handshake?(worked: boolean): void;
}

/** What of a station the health lane takes: observations, and frames where there is a dashcam. */
export type HealthTap = ObservationSink & { readonly passed?: FrameSink["passed"] | undefined };

/** One station (or EVSE) as the health lane may know it. */
export interface HealthSource {
  /** Takes this station's observations into the lane's bounded ring. Never blocks, never throws. */
  readonly sink: HealthTap;
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

/** How the health lane has a station asked, and where it tells what was asked. */
export interface StationDiagnostics {
  /** Never rejects. */
  ask(station: StationId, evseId: number, ask: StationAsk): Promise<Outcome>;
  /** Into the security log; `reason` is why it was refused, undefined where it was not. */
  audit(entry: {
    readonly platform: string;
    readonly name: string | undefined;
    readonly stationId: StationId | undefined;
    readonly reason: string | undefined;
  }): void;
}

/** The health lane's far end: bounded ring → worker → MQTT. */
export interface HealthUplink {
  start(): Promise<void>;
  /** One per station; cheap, idempotent for the same station. */
  source(station: StationId): HealthSource;
  stats(): HealthStats;
  /** A card is in use: the lane's tripwire looks for it in what leaves. Cheap, never throws. Where it is missing there is no tripwire. */
  noteToken?(token: string): void;
  /**
   * The dashcam seals what is remembered of a station, and what follows. Where it is missing there is no dashcam.
   *
   * @returns false: nothing is known of this station, or nothing is remembered at all
   */
  capture?(station: StationId): boolean;
  /** What maintenance platforms may ask of stations goes there. Where it is missing they get no answers of stations. */
  diagnoseWith?(diagnose: StationDiagnostics): void;
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
  /** Metric samples that went into the reducers, and points that came out. */
  readonly samplesIn?: number;
  readonly pointsOut?: number;
  /** Samples the reducers left out unseen: no numbers, a time that came twice, too soon after another. */
  readonly samplesLeft?: number;
  /** Observations that the privacy profile keeps at the gateway. */
  readonly withheld?: number;
  /** Bytes of all PUBLISHes sent, with topic and header, repeated and retained ones too. */
  readonly bytesOut?: number;
  /** Charging sessions judged for the state of health. */
  readonly sessionsAnalysed?: number;
  /** Observations that were not, being of assets beyond the limit. */
  readonly notAnalysed?: number;
  /** Times what the analysis has learnt could not be read, which makes it learn anew, or written. */
  readonly analysisFailures?: number;
  /** Scenes the dashcam has sealed, and those it has not: repeated, beyond a share, or held back by the tripwire. */
  readonly scenes?: number;
  readonly scenesLeftOut?: number;
  /** Scenes on disk, their bytes, those that newer ones pushed out, and failures of that disk. */
  readonly scenesStored?: number;
  readonly sceneBytes?: number;
  readonly scenesDropped?: number;
  readonly sceneFailures?: number;
  /** Observations of EVSEs beyond the dashcam's limit; observations and frames forgotten before their time; bytes that its rings hold. */
  readonly notRecorded?: number;
  readonly dashcamForgotten?: number;
  readonly dashcamMemory?: number;
  /** Frames noted for the dashcam, and those lost on their way to it. */
  readonly framesObserved?: number;
  readonly framesDropped?: number;
  readonly connected: boolean;
  /** `5`, `3.1.1`, or undefined before the first connection. */
  readonly protocol: string | undefined;
  readonly workerRestarts: number;
  /** Messages held back because they looked like personal data: each is a defect. */
  readonly tripwireHits?: number;
  /** Questions of maintenance platforms, and those that were refused. */
  readonly requests?: number;
  readonly requestsRefused?: number;
  /** Cards that the tripwire had no room for. */
  readonly tokensForgotten?: number;
  /** Messages the broker refused (access list, size). */
  readonly refusedByBroker?: number;
  /** Connections made to the broker. */
  readonly connects?: number;
  /** Messages that wait on disk, and the bytes of their files. */
  readonly spooled?: number;
  readonly spoolBytes?: number;
  /** Writes and reads of that disk that failed. */
  readonly spoolFailures?: number;
  /** The disk takes nothing: what waits is in memory only. */
  readonly spoolImpaired?: boolean;
}
