/**
 * What the gateway's thread and the health worker say to each other. Numbers and pseudonyms go one way, counters and log
 * lines the other; no frame, no station identity and no pseudonym key ever crosses.
 */
import type { HealthConfig } from "../../config/types.ts";
import type { CommandName, Outcome, Refusal, StationAsk } from "../../domain/diagnostics/request.ts";
import type { HealthThrottle, LogFields } from "../../ports.ts";

/** The part of the configuration the worker needs; in particular not the pseudonym key. */
export type WorkerConfig = Omit<HealthConfig, "pseudonymKey" | "ringCapacity">;

/** Waits and limits that are constants in production and shorter in tests. */
export interface HealthTuning {
  /** Longest time an observation waits in the ring while the worker keeps up. */
  readonly handOverMs: number;
  /** Records in one hand-over at most. */
  readonly handOverRecords: number;
  /** Hand-overs the worker may have unacknowledged. */
  readonly handOversOpen: number;
  /** A worker that gives no sign of life for this long hangs, and is terminated; see {@link Silence} for what counts. */
  readonly workerSilenceMs: number;
  /** One that has used so much of a processor without a sign of life loops, and is terminated. */
  readonly workerLoopMs: number;
  /** Silence that is allowed before its first sign: it loads its code, and reads what is on disk. */
  readonly workerStartMs: number;
  /** Waits before a worker is started again: doubled from the first to the second. */
  readonly workerRestartMs: readonly [min: number, max: number];
  /** A worker that lived for this long resets that wait. */
  readonly workerStableMs: number;
  /** Old-generation heap of the worker; beyond, it dies alone and is started again. */
  readonly workerHeapMb: number;
  /** Full-jitter exponential back-off between connection attempts. */
  readonly reconnectMs: readonly [min: number, max: number];
  /** A connection that held this long resets the back-off. */
  readonly stableMs: number;
  /** From opening the socket to CONNACK. */
  readonly connectTimeoutMs: number;
  /** A PUBLISH unacknowledged for this long means the broker is stuck: reconnect. */
  readonly ackTimeoutMs: number;
  /** Keep-alive of the MQTT connection. */
  readonly keepAliveSec: number;
  /** MQTT 5 will delay, so that a short outage does not show as one. */
  readonly willDelaySec: number;
  /** Payload bytes the worker's queue holds at most, beside `queueCapacity` messages. */
  readonly queueBytes: number;
  /** Payload bytes in flight at most. */
  readonly inFlightBytes: number;
  /** How long new assets may wait to be announced in the birth message. */
  readonly birthLagMs: number;
}

export const DEFAULT_TUNING: HealthTuning = {
  handOverMs: 100,
  handOverRecords: 4096,
  handOversOpen: 2,
  workerSilenceMs: 1_250,
  workerLoopMs: 600,
  workerStartMs: 30_000,
  workerRestartMs: [100, 60_000],
  workerStableMs: 60_000,
  workerHeapMb: 192,
  reconnectMs: [1_000, 120_000],
  stableMs: 60_000,
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 20_000,
  keepAliveSec: 30,
  willDelaySec: 30,
  queueBytes: 16 * 1024 * 1024,
  inFlightBytes: 1024 * 1024,
  birthLagMs: 2_000,
};

/** A throttle without its callback, which cannot cross: the worker says `spent` instead. */
export type WorkerThrottle =
  | Exclude<HealthThrottle, { kind: "budget" }>
  | { readonly kind: "budget"; readonly bytes: number; readonly overheadBytes: number };

/** What a worker is started with. */
export interface WorkerBoot {
  readonly config: WorkerConfig;
  readonly tuning: HealthTuning;
  /** Names this life of the sequence numbers. */
  readonly bootId: string;
  /** Observations lost before this worker began, as far as already reported by an earlier one. */
  readonly lostBefore: number;
  readonly throttle: WorkerThrottle;
  /** The lane's own directory; undefined: nothing is kept on disk. */
  readonly spoolDirectory: string | undefined;
  /** Under which cards are digested for the tripwire; random, of this process, and for nothing else. */
  readonly tokenKey: Uint8Array;
}

/** `workerData` of the health worker. */
export interface WorkerData {
  readonly boot: WorkerBoot;
  /** Cells of the {@link Pulse}. */
  readonly pulse: Int32Array<SharedArrayBuffer>;
}

/** An asset as the worker knows it. */
export interface Asset {
  readonly no: number;
  /** Pseudonym: the topic level. */
  readonly id: string;
  /** Number of the station it belongs to, for limits; means nothing outside the process. */
  readonly source: number;
}

export interface HandOver {
  readonly type: "records";
  /** Transferred, and transferred back with the acknowledgement. */
  readonly records: Float64Array;
  readonly count: number;
  /** Assets the worker has not heard of, or that have a new name. */
  readonly assets: readonly Asset[];
  /** Observations lost on the gateway's side since the start, cumulative. */
  readonly lost: number;
  /** Frames for the dashcam, in records as `StationSink.passed` puts them; left out: none. */
  readonly frames?: Float64Array;
  /** Frames lost on the gateway's side since the start, cumulative. */
  readonly framesLost?: number;
  /** Cards the tripwire has not heard of: digests and the instants at which they were seen, in turn. Left out: none. */
  readonly tokens?: Float64Array;
}

/** For the security log: who asked what, and why it was refused. */
export interface Audit {
  readonly platform: string;
  readonly name: CommandName | undefined;
  /** Undefined: of none, or of one that nobody knows. */
  readonly asset: number | undefined;
  /** Undefined: it was granted. */
  readonly reason: Refusal | undefined;
}

export type ToWorker =
  | HandOver
  /** What became of an `ask`. */
  | { readonly type: "outcome"; readonly id: number; readonly outcome: Outcome }
  | { readonly type: "throttle"; readonly throttle: WorkerThrottle }
  /** An operator wants a scene of these assets. */
  | { readonly type: "capture"; readonly assets: readonly number[] }
  | { readonly type: "stop"; readonly deadlineMs: number };

/** What the worker has counted since it began. */
export interface WorkerStats {
  /** Observations dropped: queue overflow, limits, tripwire, refused by the broker. */
  readonly dropped: number;
  /** Observations that would go down with it: in batches, and in the queue in memory. */
  readonly pending: number;
  /** Messages on disk, bytes of their files, failures of that disk, and whether it is not used for now. */
  readonly spooled: number;
  readonly spoolBytes: number;
  readonly spoolFailures: number;
  readonly spoolImpaired: boolean;
  readonly published: number;
  readonly publishedBytes: number;
  /** Metric samples taken in, and points kept of them. */
  readonly samplesIn: number;
  readonly pointsOut: number;
  /** Samples left out: no numbers, repeated, too soon. */
  readonly samplesLeft: number;
  /** Observations that the privacy profile keeps here. */
  readonly withheld: number;
  /** Bytes of all PUBLISHes sent, repeated and retained ones too. */
  readonly bytesOut: number;
  /** Charging sessions judged, and observations of assets beyond the analysis' limit. */
  readonly sessionsAnalysed: number;
  readonly notAnalysed: number;
  /** Times the analysis' file could not be read or written. */
  readonly analysisFailures: number;
  /** Scenes sealed; not sealed: repeated, beyond a share, or held back by the tripwire. */
  readonly scenes: number;
  readonly scenesLeftOut: number;
  /** Scenes on disk, their bytes, those that newer ones pushed out, and failures of that disk. */
  readonly scenesStored: number;
  readonly sceneBytes: number;
  readonly scenesDropped: number;
  readonly sceneFailures: number;
  /** Observations of EVSEs beyond the dashcam's limit; what its rings forgot before the time; their bytes. */
  readonly notRecorded: number;
  readonly dashcamForgotten: number;
  readonly dashcamMemory: number;
  /** Questions of maintenance platforms, and those that were refused. */
  readonly requests: number;
  readonly requestsRefused: number;
  readonly tripwireHits: number;
  readonly refusedByBroker: number;
  readonly connects: number;
  readonly connected: boolean;
  readonly protocol: string | undefined;
}

export const NO_SCENES = {
  scenes: 0,
  scenesLeftOut: 0,
  scenesStored: 0,
  sceneBytes: 0,
  scenesDropped: 0,
  sceneFailures: 0,
  notRecorded: 0,
  dashcamForgotten: 0,
  dashcamMemory: 0,
} as const;

export const NO_STATS: WorkerStats = {
  ...NO_SCENES,
  dropped: 0,
  pending: 0,
  spooled: 0,
  spoolBytes: 0,
  spoolFailures: 0,
  spoolImpaired: false,
  published: 0,
  publishedBytes: 0,
  samplesIn: 0,
  pointsOut: 0,
  samplesLeft: 0,
  withheld: 0,
  bytesOut: 0,
  sessionsAnalysed: 0,
  notAnalysed: 0,
  analysisFailures: 0,
  requests: 0,
  requestsRefused: 0,
  tripwireHits: 0,
  refusedByBroker: 0,
  connects: 0,
  connected: false,
  protocol: undefined,
};

export type LogLevel = "debug" | "info" | "warn" | "error";

export type FromWorker =
  | { readonly type: "acknowledge"; readonly records: Float64Array; readonly stats: WorkerStats }
  | { readonly type: "stats"; readonly stats: WorkerStats }
  | { readonly type: "stopped"; readonly stats: WorkerStats }
  /** The budget is spent, and messages wait. */
  | { readonly type: "spent" }
  /** A platform wants something of an asset's station. */
  | { readonly type: "ask"; readonly id: number; readonly asset: number; readonly ask: StationAsk }
  | { readonly type: "audit"; readonly entry: Audit }
  | { readonly type: "log"; readonly level: LogLevel; readonly fields: LogFields; readonly message: string };
