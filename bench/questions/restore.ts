/** How soon after its start does a gateway listen, with no station known and with 10 000? */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { httpGet } from "../http-get.ts";
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
  /** Milliseconds from process start until a TCP connection is accepted, without stations. */
  readonly listeningMs: Figure;
  /** Seconds that the stations add: the difference of the two medians. */
  readonly restoreSec: number;
  /** Station actors that the gateway itself counted after a start, the fewest of all; must be `stations`. */
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

  const empty: Start[] = [];
  const full: Start[] = [];
  await prepare(workshop, await startTwinlane({ ...context, dataDir }), scale.restoreStations);
  for (let i = 0; i < scale.restarts; i++) {
    const without = await timedStart(() => startTwinlane(context));
    const restored = await timedStart(() => startTwinlane({ ...context, dataDir }));
    empty.push(without);
    full.push(restored);
    const [emptyMs, fullMs] = [without.readyMs.toFixed(0), restored.readyMs.toFixed(0)];
    Workshop.log(`restore · start ${i + 1}: ${emptyMs} ms without stations, ${fullMs} ms with ${restored.actors}`);
  }
  const ready = (starts: readonly Start[]) => figure(starts.map((start) => start.readyMs));
  const [readyMs, readyWithoutStationsMs] = [ready(full), ready(empty)];
  return {
    stations: scale.restoreStations,
    readyMs,
    readyWithoutStationsMs,
    restoreSec: (readyMs.median - readyWithoutStationsMs.median) / 1000,
    listeningMs: figure(empty.map((start) => start.listeningMs)),
    actorsRestored: Math.min(...full.map((start) => start.actors)),
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

interface Start {
  readonly listeningMs: number;
  readonly readyMs: number;
  readonly actors: number;
}

async function timedStart(start: () => Promise<RunningTwinlane>): Promise<Start> {
  const gateway = await start();
  const readyMs = await untilReady(gateway);
  const actors = metricOf(await gateway.metrics(), "twinlane_station_actors");
  await gateway.stop();
  return { listeningMs: gateway.listeningMs, readyMs, actors };
}

async function untilReady({ adminPort, child }: RunningTwinlane): Promise<number> {
  for (;;) {
    const answer = await httpGet(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
    const readyMs = performance.now() - child.startedAt;
    if (answer?.status === 200) return readyMs;
    if (readyMs > 60_000) throw new Error("not ready after 60 s");
    await sleep(2);
  }
}
