/** One station's messages into a real uplink, and what comes out on MQTT, for system and actor tests. */
import { createHealthUplink, type HealthUplinkOptions } from "../../src/actors/health/health-uplink.actor.ts";
import type { HealthConfig } from "../../src/config/types.ts";
import { stationId } from "../../src/domain/ids.ts";
import type { CallFrame } from "../../src/domain/ocpp/frame.ts";
import { extract } from "../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../src/domain/telemetry/memory.ts";
import type { ObservationSink } from "../../src/domain/telemetry/observation.ts";
import type { HealthStats, HealthThrottle } from "../../src/ports.ts";
import { type LogLine, memoryLogger, QUICK, realClock } from "./health.ts";
import { type Mosquitto, type MosquittoOptions, type Subscriber, startMosquitto, subscribe } from "./mosquitto.ts";
import type { Defer } from "./scenario.ts";

export const STATION = stationId("DE*ABC*E0042");

export interface RunningLane {
  readonly sink: ObservationSink;
  readonly log: readonly LogLine[];
  feed(frame: CallFrame): number;
  stats(): HealthStats;
  throttle(throttle: HealthThrottle): void;
  stop(deadlineMs: number): Promise<void>;
}

/** Starts the lane for {@link STATION}; it is stopped at the end of the scenario. */
export async function startLane(
  defer: Defer,
  config: HealthConfig,
  more: Partial<HealthUplinkOptions> = {},
): Promise<RunningLane> {
  const logger = memoryLogger();
  const uplink = createHealthUplink({ config, clock: realClock, logger, tuning: QUICK, ...more });
  await uplink.start();
  defer(() => uplink.stop(300));
  const { sink } = uplink.source(STATION);
  const memory = new TelemetryMemory();
  return {
    sink,
    log: logger.lines,
    feed: (frame) => extract("ocpp1.6", frame, { receivedAt: realClock.now(), sink, memory }),
    stats: () => uplink.stats(),
    throttle: (throttle) => uplink.throttle?.(throttle),
    stop: (deadlineMs) => uplink.stop(deadlineMs),
  };
}

export async function startBroker(defer: Defer, options?: MosquittoOptions): Promise<Mosquitto> {
  const broker = await startMosquitto(options);
  defer(() => broker.stop());
  return broker;
}

export async function watch(defer: Defer, ...args: Parameters<typeof subscribe>): Promise<Subscriber> {
  const watcher = await subscribe(...args);
  defer(() => watcher.close());
  return watcher;
}

/** Distinct sequence numbers received, ascending. */
export function sequence(watcher: Subscriber): readonly number[] {
  const numbers = watcher.messages.flatMap(({ json }) => (json.q === undefined ? [] : [json.q as number]));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

export const isGapFree = (numbers: readonly number[]): boolean => numbers.every((q, i) => q === i);
