/**
 * From observations to what a broker, a disk and a log get: the ring, the assets and the worker's own code, on this thread and with a broker
 * that is only played. The first half waits on disk, the rest goes out at once.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Assets } from "../../src/actors/health/assets.ts";
import { Publisher } from "../../src/actors/health/publisher.ts";
import { ObservationRing, RECORD } from "../../src/actors/health/ring.ts";
import { StationSink } from "../../src/actors/health/station-sink.ts";
import { DEFAULT_TUNING } from "../../src/actors/health/thread-messages.ts";
import { openScene } from "../../src/domain/dashcam/scene-file.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import type { PrivacyProfile } from "../../src/domain/privacy/profiles.ts";
import { eventChannel, meterChannel } from "../../src/domain/telemetry/channels.ts";
import { locationNo, measurandNo, naturalUnit } from "../../src/domain/telemetry/measurands.ts";
import type { HealthTap } from "../../src/ports.ts";
import { healthText } from "../../src/sim/health-payload.ts";
import { fakeBroker } from "../support/fake-mqtt.ts";
import { healthConfig } from "../support/health.ts";
import { stopReason } from "../support/simulated-evse.ts";
import { tempDir } from "../support/temp-dir.ts";
import { RECEIVED } from "./tap.ts";

/** Text as it leaves the gateway, by the way it leaves. */
export type Sinks = { readonly [sink: string]: readonly string[] };

const RING = 16_384;
const HAND_OVER_AT = 8_000;

export interface WorkerRun {
  readonly sink: HealthTap;
  /** The broker is there from now on. */
  connect(): void;
  /** Everything that has left, at the end. */
  finish(): Promise<{ readonly sinks: Sinks; readonly tripped: number; readonly withheld: number }>;
}

/** @param station whose name no reader may learn */
export function openWorker(station: string, profile: PrivacyProfile): WorkerRun {
  const {
    pseudonymKey,
    ringCapacity: _,
    ...config
  } = healthConfig(
    { url: "mqtt://broker", inFlight: 65_535 },
    {
      features: true,
      privacy: { profile, withhold: [] },
      queueCapacity: 100_000,
      analysisFile: join(tempDir(), "analysis.state"),
      dashcam: {
        enabled: true,
        directory: tempDir(),
        beforeSec: 300,
        afterSec: 60,
        maxScenes: 1_000,
        maxBytes: 64 * 1024 * 1024,
        scenesPerHour: 1_000,
        memoryBytes: 64 * 1024 * 1024,
      },
    },
  );
  const broker = fakeBroker();
  const spoolDirectory = tempDir();
  const time = { now: 0 };
  const log: string[] = [];
  const publisher = new Publisher({
    boot: {
      config,
      tuning: { ...DEFAULT_TUNING, inFlightBytes: Number.MAX_SAFE_INTEGER },
      bootId: "ghjkmnpqrs",
      lostBefore: 0,
      throttle: { kind: "free" },
      spoolDirectory,
      tokenKey: randomBytes(32),
    },
    wallClock: () => RECEIVED + time.now,
    log: (level, fields, message) => void log.push(`${level} ${message} ${JSON.stringify(fields)}`),
    onSpent: () => undefined,
    onAsk: () => undefined,
    onAudit: () => undefined,
    now: () => time.now,
    random: () => 0,
    connect: broker.connect,
  });
  publisher.start();
  const ring = new ObservationRing(RING);
  const frames = new ObservationRing(RING);
  const assets = new Assets({ root: pseudonymKey, tenant: config.tenant, year: 2026 });
  const source = assets.source(stationId(station));
  if (source === undefined) throw new Error("no source");
  const handOver = () => {
    const records = new Float64Array(ring.capacity * RECORD);
    const count = ring.take(records);
    const skeletons = new Float64Array(frames.size * RECORD);
    frames.take(skeletons);
    const told = { assets: assets.takeUntold(), lost: ring.dropped, frames: skeletons, framesLost: frames.dropped };
    publisher.take({ type: "records", records, count, ...told });
    time.now += 100;
    publisher.tick();
    acknowledge();
  };
  let answered = 0;
  const acknowledge = () => {
    const { sent } = broker.last;
    for (; answered < sent.length; answered += 1) sent[answered]?.answer();
  };
  const disk: string[] = [];
  const lookAtDisk = () => disk.push(...filesUnder(spoolDirectory).map(withoutChunks));
  const sink = new StationSink({
    source,
    assets,
    ring,
    frames,
    wake: () => ring.size >= HAND_OVER_AT && handOver(),
  });
  return {
    sink,
    connect: () => {
      handOver();
      publisher.flush();
      lookAtDisk();
      broker.last.connack();
      for (let i = 0; i < 5; i += 1) handOver();
    },
    finish: async () => {
      // What only the operator may see, of whatever was played.
      const at = epochMs(RECEIVED + time.now);
      const soc = measurandNo("SoC");
      sink.observe(1, 1, meterChannel(soc, naturalUnit(soc), 0, locationNo("EV")), at, 62, 0);
      // A session ends after all, so that there are figures and a state of health.
      sink.observe(1, 1, eventChannel("stoppedReason"), epochMs(RECEIVED + time.now), stopReason("Local"), 0);
      handOver();
      publisher.flush();
      for (let i = 0; i < 5; i += 1) handOver();
      lookAtDisk();
      await publisher.close(0);
      const { sent, options } = broker.last;
      const sinks = {
        payloads: sent.map(({ payload }) => withoutChunks(healthText(Buffer.from(payload)))),
        topics: sent.map(({ topic }) => topic),
        properties: [...sent.map((message) => JSON.stringify(message.options)), JSON.stringify(options)],
        spool: disk,
        dashcam: scenesUnder(config.dashcam.directory),
        analysis: filesUnder(join(config.analysisFile ?? "", "..")),
        log,
        counters: [JSON.stringify(publisher.stats())],
      };
      const { tripwireHits: tripped, withheld } = publisher.stats();
      return { sinks, tripped, withheld };
    },
  };
}

/** Every scene, as it lies there and as it reads. */
export const scenesUnder = (directory: string): readonly string[] =>
  filesUnder(directory).flatMap((text) => {
    const opened = openScene(text);
    if (!opened.ok) throw new Error(`a scene is damaged: ${opened.error.fault}`);
    return [withoutChunks(text), gunzipSync(opened.value.body).toString()];
  });

/** A scene's compressed bytes, in which chance makes any number, are looked through as what they hold: with {@link scenesUnder}. */
export const withoutChunks = (text: string): string => text.replace(/"data":"[0-9a-f]+"/g, '"data":""');

/** Every file's bytes, one character each. */
export const filesUnder = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
