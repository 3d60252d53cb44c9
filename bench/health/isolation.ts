/**
 * Does a driver with a card notice that the health lane's worker is killed? Windows with and without a kill take turns on one
 * gateway, and the ratio is the median of the ratios of neighbours. Death, start and reconnect of the worker all lie in the window.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HealthStats } from "../../src/ports.ts";
import { startBroker } from "../broker.ts";
import { LoadClient } from "../load/load-client.ts";
import { failuresOf, latencyOf, type TallyData } from "../load/tally.ts";
import { figure, ratio } from "../statistics.ts";
import { answer } from "./answer.ts";
import { KILL_FILE } from "./kill-file.ts";

export interface IsolationFigures {
  readonly p99Ratio: number;
  readonly quietP99Ms: number;
  readonly killedP99Ms: number;
  readonly kills: number;
  readonly answered: number;
  /** Calls without the right answer. */
  readonly failures: number;
}

const STATIONS = 200;
const PER_SEC = 500;
const ROUNDS = 3;
const WINDOW_MS = 10_000;
const WARM_UP_MS = 3_000;
const KILL_AFTER_MS = 500;
const GROUP = "drivers";

interface Rig {
  readonly load: LoadClient;
  readonly killFile: string;
}

export async function isolation(): Promise<IsolationFigures> {
  const directory = mkdtempSync(join(tmpdir(), "twinlane-bench-health-"));
  const broker = await startBroker(directory);
  const load = new LoadClient();
  const { port } = await load.request({ op: "start-csms" });
  const urls = [`ws://127.0.0.1:${port}/ocpp`, `mqtt://127.0.0.1:${broker.port}`, directory];
  const gateway = fork(fileURLToPath(new URL("gateway-process.ts", import.meta.url)), urls);
  const restarts = async (): Promise<number> => {
    const reading = answer<HealthStats>(gateway);
    gateway.send("stats");
    return (await reading).workerRestarts;
  };
  try {
    const { url } = await answer<{ url: string }>(gateway);
    await connect(load, url);
    const rig = { load, killFile: join(directory, KILL_FILE) };
    // Once for the compilers, once for the worker's death.
    for (const isKilled of [false, true]) await window(rig, 0, isKilled, WARM_UP_MS);
    const before = await restarts();
    const figures = await rounds(rig);
    return { ...figures, kills: (await restarts()) - before };
  } finally {
    gateway.disconnect();
    await Promise.all([load.stop(), broker.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }
}

async function connect(load: LoadClient, baseUrl: string): Promise<void> {
  const stations = { count: STATIONS, version: "both", setup: "transaction", concurrency: 50 } as const;
  const { failed, failure } = await load.request({
    op: "connect",
    group: GROUP,
    baseUrl,
    identityPrefix: "DRV-",
    ...stations,
  });
  if (failed > 0) throw new Error(`${failed} stations failed: ${failure}`);
}

async function rounds(rig: Rig): Promise<Omit<IsolationFigures, "kills">> {
  const p99 = { quiet: [] as number[], killed: [] as number[] };
  const total = { answered: 0, failures: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const isKilled of round % 2 === 0 ? [true, false] : [false, true]) {
      const tally = await window(rig, round, isKilled);
      p99[isKilled ? "killed" : "quiet"].push(latencyOf(tally, "authorize").percentile(99) / 1000);
      total.answered += tally.counts.answered;
      total.failures += failuresOf(tally.counts);
    }
  }
  const [quiet, killed] = [figure(p99.quiet), figure(p99.killed)];
  return { p99Ratio: ratio(killed, quiet).median, quietP99Ms: quiet.median, killedP99Ms: killed.median, ...total };
}

async function window(
  { load, killFile }: Rig,
  seed: number,
  isKilled: boolean,
  durationMs = WINDOW_MS,
): Promise<TallyData> {
  const killer = setTimeout(() => isKilled && writeFileSync(killFile, ""), KILL_AFTER_MS);
  try {
    const { tallies } = await load.request({
      op: "open-loop",
      streams: [{ group: GROUP, mix: "authorize", ratePerSec: PER_SEC, arrivals: "poisson" }],
      warmupMs: 200,
      durationMs,
      timeoutMs: 5_000,
      seed,
      cpuPids: [],
    });
    const [tally] = tallies;
    if (tally === undefined) throw new Error("no tally");
    return tally;
  } finally {
    clearTimeout(killer);
    rmSync(killFile, { force: true });
  }
}
