/** How soon after its start does a gateway listen, with no station known and with 10 000? */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { metricOf } from "../metric.ts";
import type { Scale } from "../options.ts";
import { type Figure, figure } from "../statistics.ts";
import { type RunningTwinlane, startTwinlane, twinlaneSubject } from "../subjects/twinlane.ts";
import { Workshop } from "../workshop.ts";

export interface RestoreFigures {
  readonly stations: number;
  /** Milliseconds from process start until stations can connect and `/readyz` says so. */
  readonly readyMs: Figure;
  readonly readyWithoutStationsMs: Figure;
  /** Seconds that the stations add: the difference of the two medians. */
  readonly restoreSec: number;
  /** Station actors that the gateway itself counted after the last start; must be `stations`. */
  readonly actorsRestored: number;
}

const CHUNK = 500;
/** Longer than the gateway waits before it writes a changed snapshot. */
const SNAPSHOT_MS = 1500;

export async function restore(workshop: Workshop, scale: Scale): Promise<RestoreFigures | undefined> {
  const broker = await workshop.broker();
  const { name, missing } = twinlaneSubject(broker.port);
  if (missing !== undefined) {
    workshop.skip(name, missing);
    return undefined;
  }
  const dataDir = join(workshop.workDir, "restore-data");
  const csmsUrl = await workshop.csmsUrl();
  const context = { csmsUrl, workDir: workshop.workDir, brokerPort: broker.port };

  const empty: number[] = [];
  const full: number[] = [];
  let actorsRestored = 0;
  await prepare(workshop, await startTwinlane({ ...context, dataDir }), scale.restoreStations);
  for (let i = 0; i < scale.restarts; i++) {
    empty.push((await timedStart(() => startTwinlane(context))).readyMs);
    const timed = await timedStart(() => startTwinlane({ ...context, dataDir }));
    full.push(timed.readyMs);
    actorsRestored = timed.actors;
    Workshop.log(`restore · start ${i + 1}: ${empty.at(-1)?.toFixed(0)} ms empty, ${timed.readyMs.toFixed(0)} ms full`);
  }
  const [readyMs, readyWithoutStationsMs] = [figure(full), figure(empty)];
  return {
    stations: scale.restoreStations,
    readyMs,
    readyWithoutStationsMs,
    restoreSec: (readyMs.median - readyWithoutStationsMs.median) / 1000,
    actorsRestored,
  };
}

/** Lets every station connect and boot once, and stops the gateway as an operator does. */
async function prepare(workshop: Workshop, gateway: RunningTwinlane, stations: number): Promise<void> {
  const group = "restore";
  for (let from = 0; from < stations; from += CHUNK) {
    const count = Math.min(CHUNK, stations - from);
    await workshop.connect({
      group,
      baseUrl: gateway.url,
      identityPrefix: "REST-",
      count,
      from,
      version: "both",
      setup: "boot",
    });
    await workshop.disconnect(group);
  }
  Workshop.log(`restore · ${stations} stations booted`);
  await sleep(SNAPSHOT_MS);
  await gateway.stop();
}

async function timedStart(start: () => Promise<RunningTwinlane>): Promise<{ readyMs: number; actors: number }> {
  const gateway = await start();
  const readyMs = await untilReady(gateway);
  const actors = metricOf(await gateway.metrics(), "twinlane_station_actors");
  await gateway.stop();
  return { readyMs, actors };
}

async function untilReady({ adminPort, child }: RunningTwinlane): Promise<number> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
    await response?.arrayBuffer();
    const readyMs = performance.now() - child.startedAt;
    if (response?.ok === true) return readyMs;
    if (readyMs > 60_000) throw new Error("not ready after 60 s");
    await sleep(2);
  }
}
