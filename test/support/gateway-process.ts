/**
 * The gateway as a real process, for tests that kill it, starve it or measure it: the built command line with a configuration
 * of its own, on free ports. It is ended with the test, whatever becomes of the test.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** Gives the test a way to ask for a garbage collection, so that what it weighs is not garbage. */
const COLLECT_ON_SIGUSR2 = `data:text/javascript,process.on("SIGUSR2",()=>{globalThis.gc()})`;
const START_MS = 30_000;

/** Bounds of time are multiplied by this: `TWINLANE_TEST_SLOWNESS=3` for a loaded machine. Default 1. */
export const SLOWNESS = Number(process.env["TWINLANE_TEST_SLOWNESS"] ?? "1");

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface GatewayProcess {
  readonly pid: number;
  /** Where stations connect, in the order of `listen`; the identity follows as one more segment. */
  readonly urls: readonly string[];
  /** Milliseconds from the process's start until it listens and says so. */
  readonly readyMs: number;
  readonly log: readonly LogLine[];
  /** False from the moment it has ended. */
  readonly isUp: boolean;
  /** One value of `/metrics`, e.g. `twinlane_station_actors`; a labelled one with its labels as Prometheus writes them. */
  metric(name: string): Promise<number>;
  /** Resident memory in bytes, after a garbage collection; of a process started with `collects`. */
  memory(): Promise<number>;
  /** Resolves with the exit code, or the signal that ended it. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<number | string>;
  /** Stops it where it stands while `work` runs. */
  whileFrozen<T>(work: () => T): Promise<T>;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts it and ends it `afterMs` later, wherever its start has got to. */
export async function startAndKill(directory: string, document: object, afterMs: number): Promise<void> {
  const { ended, child } = spawnGateway(directory, document);
  child.stdout?.resume();
  child.stderr?.resume();
  await Promise.race([pause(afterMs), ended]);
  child.kill("SIGKILL");
  await ended;
}

function spawnGateway(directory: string, document: object, collects = false) {
  const config = join(directory, "twinlane.json");
  const filledIn = { dataDir: join(directory, "data"), admin: { port: 0 }, log: { level: "info" }, ...document };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(filledIn), { mode: 0o600 });
  const startedAt = performance.now();
  // Only where it is needed: V8 with other flags than Node was built for starts slower.
  const flags = collects ? ["--expose-gc", "--import", COLLECT_ON_SIGUSR2] : [];
  const args = [...flags, MAIN, "run", "--config", config];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => {
      running.delete(child);
      resolve(signal ?? code ?? -1);
    });
  });
  return { child, ended, startedAt };
}

/**
 * @param document the configuration; `admin`, `log` and `dataDir` (`directory`/data) are filled in where it has none
 * @param collects `memory()` is going to be asked for
 */
export async function startGatewayProcess(
  directory: string,
  document: object,
  collects = false,
): Promise<GatewayProcess> {
  const { child, ended, startedAt } = spawnGateway(directory, document, collects);
  const log: LogLine[] = [];
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  const ready = new Promise<readonly string[]>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in ${START_MS} ms: ${errors}`)), START_MS);
    createInterface({ input: child.stdout }).on("line", (text) => {
      const line = JSON.parse(text) as LogLine;
      keep(log, line);
      if (line.msg !== "ready") return;
      clearTimeout(late);
      resolve(String(line["urls"]).split(" "));
    });
    void ended.then((how) => {
      clearTimeout(late);
      reject(new Error(`the gateway ended (${how}) before it was ready: ${errors}`));
    });
  });
  const urls = await ready;
  const readyMs = performance.now() - startedAt;
  const adminPort = log.find(({ msg }) => msg === "administration port open")?.["port"];
  const pid = child.pid ?? 0;
  return {
    pid,
    urls,
    readyMs,
    log,
    get isUp() {
      return running.has(child);
    },
    metric: async (name) => metricOf(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text(), name),
    memory: () => settledMemory(pid),
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
    whileFrozen: async (work) => {
      child.kill("SIGSTOP");
      try {
        await untilStopped(pid);
        return work();
      } finally {
        child.kill("SIGCONT");
      }
    },
  };
}

/** Warnings are kept first and last: a hostile test makes tens of thousands. */
function keep(log: LogLine[], line: LogLine): void {
  if (log.length > 2000) log.splice(1000, 500);
  log.push(line);
}

function metricOf(metrics: string, name: string): number {
  for (const line of metrics.split("\n")) if (line.startsWith(`${name} `)) return Number(line.slice(name.length + 1));
  throw new Error(`no metric ${name}`);
}

/** The lowest of a few readings, each after a collection: pages go back to the system with a delay. */
async function settledMemory(pid: number): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 8; i += 1) {
    process.kill(pid, "SIGUSR2");
    await pause(250);
    lowest = Math.min(lowest, residentBytes(pid));
  }
  return lowest;
}

function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

async function untilStopped(pid: number): Promise<void> {
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await pause(1);
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
