/** What the health lane of 500 stations costs end to end, and how soon an event is at the broker: real mosquitto, built code. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connectAsync } from "mqtt";
import type { HealthStats } from "../../src/ports.ts";
import { healthText } from "../../src/sim/health-payload.ts";
import { startBroker } from "../broker.ts";
import { Histogram } from "../load/histogram.ts";
import { answer } from "./answer.ts";

export interface DeliveryFigures {
  readonly broker: string;
  /** Share of one core that the lane used, feeding included. */
  readonly cpuPercent: number;
  /** From the station's timestamp to a subscriber behind the broker. */
  readonly eventP50Ms: number;
  readonly eventP99Ms: number;
  readonly events: number;
  readonly samplesPerSec: number;
  readonly dropped: number;
}

interface Reading {
  readonly cpuMs: number;
  readonly elapsedMs: number;
  readonly stats: HealthStats;
}

/** Compiled code, full windows, every alias announced. */
const WARM_UP_MS = 12_000;
const WINDOW_MS = 20_000;

export async function delivery(): Promise<DeliveryFigures> {
  const directory = mkdtempSync(join(tmpdir(), "twinlane-bench-health-"));
  const broker = await startBroker(directory);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const lane = fork(fileURLToPath(new URL("lane-process.ts", import.meta.url)), [url, join(directory, "spool")]);
  try {
    await answer<Reading>(lane);
    const reader = await connectAsync(url, { protocolVersion: 5 });
    let latencies = new Histogram();
    reader.on("message", (_, payload) => {
      const now = Date.now();
      latencies.record((now - Number(JSON.parse(healthText(payload)).t)) * 1000);
    });
    await reader.subscribeAsync("oh/v1/+/+/+/ev");
    await sleep(WARM_UP_MS);
    latencies = new Histogram();
    const first = await ask(lane);
    await sleep(WINDOW_MS);
    const last = await ask(lane);
    await reader.endAsync(true);
    if (latencies.count === 0) throw new Error("no event has come through");
    return {
      broker: broker.name,
      cpuPercent: (100 * last.cpuMs) / last.elapsedMs,
      eventP50Ms: latencies.percentile(50) / 1000,
      eventP99Ms: latencies.percentile(99) / 1000,
      events: latencies.count,
      samplesPerSec: (((last.stats.samplesIn ?? 0) - (first.stats.samplesIn ?? 0)) / last.elapsedMs) * 1000,
      dropped: last.stats.droppedInRing + last.stats.droppedInWorker,
    };
  } finally {
    lane.disconnect();
    await once(lane, "exit");
    await broker.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function ask(lane: ChildProcess): Promise<Reading> {
  const reading = answer<Reading>(lane);
  lane.send("measure");
  return reading;
}
