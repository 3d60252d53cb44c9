/**
 * What does the dashcam cost?
 *
 * On the gateway's thread: noting a frame that is there anyway, decoded and classified, through a station's sink into a ring that is always
 * full. In the worker: an observation into the ring of its EVSE, and a scene as long as they get, from cutting it to its chunks.
 * `JSON.parse` of a Heartbeat is the yardstick.
 */
import { performance } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { Assets } from "../src/actors/health/assets.ts";
import { ObservationRing } from "../src/actors/health/ring.ts";
import { StationSink } from "../src/actors/health/station-sink.ts";
import { CaptureLimit } from "../src/domain/dashcam/capture-limit.ts";
import { captureBody } from "../src/domain/dashcam/capture-text.ts";
import { MemoryBudget } from "../src/domain/dashcam/memory-budget.ts";
import { frameRing, SceneRecorder } from "../src/domain/dashcam/scene-recorder.ts";
import { seal } from "../src/domain/dashcam/seal.ts";
import { type FrameFacts, packSkeleton } from "../src/domain/dashcam/skeleton.ts";
import { OUTLIER } from "../src/domain/dashcam/trigger.ts";
import { messageId, stationId } from "../src/domain/ids.ts";
import { actionSpec } from "../src/domain/ocpp/catalogue.ts";
import { meterChannel } from "../src/domain/telemetry/channels.ts";

const ROUNDS = 9;
const PER_ROUND = 500_000;
const START = 1_762_000_000_000;
const WINDOW = { beforeMs: 300_000, afterMs: 60_000 };

const factsOf = (action: string, type: 2 | 3): FrameFacts => ({
  connection: { version: "ocpp1.6" },
  from: type === 2 ? "south" : "north",
  frame: type === 2 ? { type, id: messageId("1"), action, payload: {} } : { type, id: messageId("1"), payload: {} },
  bytes: { length: 100 + action.length },
  spec: actionSpec("ocpp1.6", action),
  messageClass: 3,
});

const FRAMES = ["Heartbeat", "StatusNotification", "MeterValues", "Authorize"].flatMap((action) => [
  factsOf(action, 2),
  factsOf(action, 3),
]);

function noteFrames(): number {
  const ring = new ObservationRing(8_192);
  const frames = new ObservationRing(8_192);
  const assets = new Assets({ root: new Uint8Array(32), tenant: "bench", year: 2026 });
  const source = assets.source(stationId("CP-1")) ?? never();
  const sink = new StationSink({ source, assets, ring, frames, wake: () => undefined });
  return median((i) => sink.passed?.(START + i, packSkeleton(FRAMES[i % FRAMES.length] ?? never()), 12));
}

const CHANNELS = [0, 1, 22, 34, 41, 45, 46].map((measurand) => meterChannel(measurand, 4, 0, 0));

function recorder(): SceneRecorder {
  const budget = new MemoryBudget(64 * 1024 * 1024);
  const since = { observations: 0, frames: 0 };
  return new SceneRecorder({
    limit: new CaptureLimit(),
    frames: frameRing(budget, WINDOW),
    budget,
    since,
    window: WINDOW,
  });
}

function recordObservations(): number {
  const recording = recorder();
  return median((i) =>
    recording.observe({ at: START + i * 140, channel: CHANNELS[i % CHANNELS.length] ?? 0, value: i / 7, quality: 0 }),
  );
}

/** Milliseconds for a scene of seven noisy channels at 1 Hz. */
function sealScene(): { readonly ms: number; readonly bytes: number } {
  const recording = recorder();
  for (let i = 0; i < 2_520; i += 1) {
    if (i === 2_100) recording.mark(OUTLIER, START + i * 143);
    const value = 230 + Math.round(Math.random() * 1_000) / 100;
    recording.observe({ at: START + i * 143, channel: CHANNELS[i % CHANNELS.length] ?? 0, value, quality: 0 });
  }
  const start = performance.now();
  const capture = recording.advance(START + 500_000) ?? never();
  const origin = { asset: "abcdefghijklmnop", evse: 1, configHash: "c".repeat(64), previous: "d".repeat(64) };
  const body = captureBody(capture, origin, gzipSync) ?? never();
  if (seal("ghjkmnpqrs-1", body) === undefined) never();
  return { ms: performance.now() - start, bytes: body.length };
}

function median(step: (i: number) => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let i = 0; i < PER_ROUND; i += 1) step(i);
    return ((performance.now() - start) * 1e6) / PER_ROUND;
  });
  return Math.round(rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0);
}

function never(): never {
  throw new Error("unreachable");
}

const heartbeat = '[2,"1b2c3d4e","Heartbeat",{}]';
const parse = median(() => JSON.parse(heartbeat));
const scenes = Array.from({ length: ROUNDS }, sealScene).sort((a, b) => a.ms - b.ms);
console.log(`gateway's thread: ${noteFrames()} ns a frame (JSON.parse of a Heartbeat: ${parse} ns)`);
console.log(`worker: ${recordObservations()} ns an observation`);
console.log(`a scene: ${scenes[ROUNDS >> 1]?.ms.toFixed(1)} ms, ${scenes[ROUNDS >> 1]?.bytes} bytes sealed`);
