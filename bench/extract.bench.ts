/**
 * How long does it take to get the numbers out of a MeterValues?
 *
 * Realistic frames of about 790 bytes with eight sampled values, parsed beforehand (the value lane parses anyway), through a
 * station's sink into a ring that is always full. `JSON.parse` of the same text is the yardstick.
 */
import { performance } from "node:perf_hooks";
import { Assets } from "../src/actors/health/assets.ts";
import { ObservationRing } from "../src/actors/health/ring.ts";
import { StationSink } from "../src/actors/health/station-sink.ts";
import { epochMs, messageId, stationId } from "../src/domain/ids.ts";
import type { CallFrame, Payload } from "../src/domain/ocpp/frame.ts";
import type { OcppVersion } from "../src/domain/ocpp/version.ts";
import { extract } from "../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../src/domain/telemetry/memory.ts";

const ROUNDS = 9;
const PER_ROUND = 100_000;
/** Distinct texts, so that no string is shared between frames. */
const FRAMES = 512;

const SAMPLES: readonly (readonly [measurand: string, unit: string, phase: string | undefined, value: () => number])[] =
  [
    ["Energy.Active.Import.Register", "Wh", undefined, () => Math.floor(Math.random() * 1e7)],
    ["Power.Active.Import", "W", undefined, () => Math.floor(Math.random() * 22_000)],
    ["Current.Import", "A", "L1", () => round(Math.random() * 32)],
    ["Current.Import", "A", "L2", () => round(Math.random() * 32)],
    ["Current.Import", "A", "L3", () => round(Math.random() * 32)],
    ["Voltage", "V", "L1-N", () => round(225 + Math.random() * 10)],
    ["Voltage", "V", "L2-N", () => round(225 + Math.random() * 10)],
    ["Voltage", "V", "L3-N", () => round(225 + Math.random() * 10)],
  ];

const round = (value: number): number => Math.round(value * 100) / 100;

function meterValues(version: OcppVersion): string {
  const timestamp = new Date(1_760_000_000_000 + Math.floor(Math.random() * 1e9)).toISOString();
  const sampledValue = SAMPLES.map(([measurand, unit, phase, value]) =>
    version === "ocpp1.6"
      ? { value: String(value()), measurand, location: "Outlet", unit, ...(phase && { phase }) }
      : { value: value(), measurand, location: "Outlet", unitOfMeasure: { unit }, ...(phase && { phase }) },
  );
  const place = version === "ocpp1.6" ? { connectorId: 1, transactionId: 4711 } : { evseId: 1 };
  return JSON.stringify({ ...place, meterValue: [{ timestamp, sampledValue }] });
}

const frameOf = (payload: Payload): CallFrame => ({ type: 2, id: messageId("1"), action: "MeterValues", payload });

function bench(version: OcppVersion): void {
  const texts = Array.from({ length: FRAMES }, () => meterValues(version));
  const frames = texts.map((text) => frameOf(JSON.parse(text)));
  const ring = new ObservationRing(16_384);
  const assets = new Assets({ root: new Uint8Array(32), tenant: "bench", year: 2026 });
  const source = assets.source(stationId("CP-1")) ?? never();
  const sink = new StationSink({ source, assets, ring, wake: () => undefined });
  const context = { receivedAt: epochMs(1_762_000_000_000), sink, memory: new TelemetryMemory() };
  let left = 0;
  const extraction = measure(
    (i) => {
      left += extract(version, frames[i % FRAMES] ?? never(), context);
    },
    // The strings' hashes are cached after the first look; fresh strings show the first look.
    () => {
      for (let i = 0; i < FRAMES; i += 1) frames[i] = frameOf(JSON.parse(texts[i] ?? never()));
    },
  );
  const parse = measure((i) => {
    left += JSON.parse(texts[i % FRAMES] ?? never()).meterValue.length - 1;
  });
  if (left !== 0 || ring.observed === 0) throw new Error("the frames were not understood");
  console.log(`${version.padEnd(10)} ${texts[0]?.length} B  extract ${extraction} ns  JSON.parse ${parse} ns`);
}

/** Median over rounds of the nanoseconds that one call takes; `refresh` runs outside the clock, before every 512. */
function measure(step: (i: number) => void, refresh: () => void = () => undefined): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    let elapsed = 0;
    for (let done = 0; done < PER_ROUND; done += FRAMES) {
      refresh();
      const start = performance.now();
      for (let i = 0; i < FRAMES; i += 1) step(i);
      elapsed += performance.now() - start;
    }
    return (elapsed * 1e6) / (Math.ceil(PER_ROUND / FRAMES) * FRAMES);
  });
  return Math.round(rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0);
}

function never(): never {
  throw new Error("out of range");
}

bench("ocpp1.6");
bench("ocpp2.0.1");
