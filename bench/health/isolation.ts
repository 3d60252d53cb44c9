/**
 * Does a driver with a card notice that the health lane's worker is killed, or that its broker is gone? Windows take turns on one gateway,
 * and a ratio is the median of the ratios of one round. Death, start and reconnect of the worker all lie in the window.
 *
 * Each round has two windows in which nothing happens. The ratio of the second to the first says what a ratio is worth: where it is not
 * near 1, the machine had other things to do, and the others say as little.
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HealthStats } from "../../src/ports.ts";
import { type Broker, startBroker } from "../broker.ts";
import { LoadClient } from "../load/load-client.ts";
import { failuresOf, latencyOf, type TallyData } from "../load/tally.ts";
import { figure, ratio } from "../statistics.ts";
import { answer } from "./answer.ts";
import { KILL_FILE } from "./kill-file.ts";

const HAPPENINGS = ["quiet", "killed", "control", "outage"] as const;
type Happening = (typeof HAPPENINGS)[number];

export interface IsolationFigures {
  /** Medians over the rounds, by what happens in the window. */
  readonly p99Ms: Readonly<Record<Happening, number>>;
  /** Of a window's p99 to that of the first quiet one of its round. */
  readonly p99Ratio: Readonly<Record<Exclude<Happening, "quiet">, number>>;
  readonly kills: number;
  readonly answered: number;
  /** Calls without the right answer. */
  readonly failures: number;
}

const STATIONS = 200;
const PER_SEC = 500;
const ROUNDS = 6;
const WINDOW_MS = 6_000;
const WARM_UP_MS = 3_000;
const KILL_AFTER_MS = 500;
const GROUP = "drivers";

interface Rig {
  readonly load: LoadClient;
  readonly broker: Broker;
  readonly killFile: string;
}

export async function isolation(count = ROUNDS): Promise<IsolationFigures> {
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
    const rig = { load, broker, killFile: join(directory, KILL_FILE) };
    // Once for the compilers, once for the worker's death.
    for (const happening of ["quiet", "killed"] as const) await window(rig, 0, happening, WARM_UP_MS);
    const before = await restarts();
    const figures = await rounds(rig, count);
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

async function rounds(rig: Rig, count: number): Promise<Omit<IsolationFigures, "kills">> {
  const p99 = { quiet: [] as number[], killed: [] as number[], control: [] as number[], outage: [] as number[] };
  const total = { answered: 0, failures: 0 };
  for (let round = 1; round <= count; round += 1) {
    // Each in its turn at each place, so that what drifts favours none.
    const turn = HAPPENINGS.map((_, i) => HAPPENINGS[(i + round) % HAPPENINGS.length] ?? "quiet");
    for (const happening of turn) {
      const tally = await window(rig, round, happening);
      p99[happening].push(latencyOf(tally, "authorize").percentile(99) / 1000);
      total.answered += tally.counts.answered;
      total.failures += failuresOf(tally.counts);
    }
  }
  const quiet = figure(p99.quiet);
  const over = (values: readonly number[]) => ratio(figure(values), quiet).median;
  return {
    p99Ms: {
      quiet: quiet.median,
      killed: figure(p99.killed).median,
      control: figure(p99.control).median,
      outage: figure(p99.outage).median,
    },
    p99Ratio: { killed: over(p99.killed), control: over(p99.control), outage: over(p99.outage) },
    ...total,
  };
}

async function window(
  { load, broker, killFile }: Rig,
  seed: number,
  happening: Happening,
  durationMs = WINDOW_MS,
): Promise<TallyData> {
  if (happening === "outage") await broker.down();
  const killer = setTimeout(() => happening === "killed" && writeFileSync(killFile, ""), KILL_AFTER_MS);
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
    if (happening === "outage") await broker.up();
  }
}
