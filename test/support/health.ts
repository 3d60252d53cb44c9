/** What tests of the health lane share: a real clock, a quiet logger that remembers, a configuration, quick waits. */
import { randomBytes } from "node:crypto";
import type { HealthTuning } from "../../src/actors/health/thread-messages.ts";
import type { HealthConfig, MqttConfig } from "../../src/config/types.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import type { ChannelNo, ObservationSink, Quality } from "../../src/domain/telemetry/observation.ts";
import type { Clock, LogFields, Logger } from "../../src/ports.ts";

export const realClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonicMs: () => performance.now(),
  callAt: (at, callback) => {
    const timer = setTimeout(callback, Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  },
};

export interface LogLine {
  readonly level: string;
  readonly fields: LogFields;
  readonly message: string;
}

/** Remembers what is logged. */
export function memoryLogger(): Logger & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export const healthConfig = (
  mqtt: Partial<MqttConfig> & { url: string },
  rest: Partial<Omit<HealthConfig, "mqtt">> = {},
): HealthConfig & { readonly mqtt: MqttConfig } => ({
  tenant: "tenant-a",
  gateway: "edge-1",
  batchMs: 200,
  encoding: "json",
  deflate: false,
  // What comes out is what went in; the reducers have tests of their own.
  reduce: { enabled: false, losslessFromMs: 30_000, channels: {} },
  features: false,
  acknowledged: {},
  privacy: { profile: "operator", withhold: [] },
  platforms: {},
  analysisFile: undefined,
  ringCapacity: 8_192,
  queueCapacity: 1_000,
  backlogBytesPerSec: 0,
  spool: { enabled: true, maxBytes: 64 * 1024 * 1024 },
  dashcam: {
    enabled: false,
    directory: "",
    beforeSec: 300,
    afterSec: 60,
    maxScenes: 100,
    maxBytes: 64 * 1024 * 1024,
    scenesPerHour: 60,
    memoryBytes: 1024 * 1024,
  },
  pseudonymKey: randomBytes(32),
  ...rest,
  https: undefined,
  mqtt: {
    protocol: "auto",
    username: undefined,
    password: undefined,
    tls: undefined,
    qos: 1,
    layout: "native",
    inFlight: 32,
    ...mqtt,
  },
});

/** The same behaviour as in production, sooner; what runs out only where something is broken has the time of a busy machine. */
export const QUICK: Partial<HealthTuning> = {
  handOverMs: 20,
  reconnectMs: [50, 200],
  connectTimeoutMs: 10_000,
  ackTimeoutMs: 3_000,
  workerRestartMs: [50, 200],
  willDelaySec: 0,
  birthLagMs: 50,
};

export interface Observed {
  readonly evseId: number;
  readonly connectorId: number;
  readonly channel: ChannelNo;
  readonly at: EpochMs;
  readonly value: number;
  readonly quality: Quality;
}

/** Keeps what it observes. */
export function memorySink(): ObservationSink & { readonly seen: readonly Observed[] } {
  const seen: Observed[] = [];
  return {
    seen,
    observe: (evseId, connectorId, channel, at, value, quality) =>
      void seen.push({ evseId, connectorId, channel, at, value, quality }),
  };
}
