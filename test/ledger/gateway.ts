/**
 * The gateway under proof: the built command line in a process of its own, on one port and one data directory for all its
 * lives, killed at any instant, or at the nth write of its store.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../../schemas/config.schema.json", import.meta.url));
const COLLECT_ON_SIGUSR2 = `data:text/javascript,process.on("SIGUSR2",()=>{globalThis.gc()})`;
const READY_MS = 30_000;
const WARN = 40;
const KEPT_LINES = 200;

export interface GatewayFacts {
  readonly directory: string;
  readonly port: number;
  readonly csmsUrl: string;
  /** Merged over the configuration. */
  readonly config?: object;
}

/** Which system call of the store's thread is the last: the nth `pwrite64`, or the nth `fdatasync`. */
export interface DeathAtWrite {
  readonly call: "pwrite64" | "fdatasync";
  readonly nth: number;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export const hasStrace = (): boolean => spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0;

export class LedgerGateway {
  /** Milliseconds from each start to ready. */
  readonly readyMs: number[] = [];
  /** Warnings and errors it logged, newest last. */
  readonly complaints: string[] = [];
  /** Times it ended without being told to. */
  crashes = 0;
  readonly #configFile: string;
  #child: ChildProcess | undefined;
  #isExpectedToEnd = false;
  #ended: Promise<unknown> = Promise.resolve();
  #adminPort: unknown;

  constructor({ directory, port, csmsUrl, config }: GatewayFacts) {
    this.#configFile = join(directory, "twinlane.json");
    // JSON is YAML.
    writeFileSync(this.#configFile, JSON.stringify(document({ directory, port, csmsUrl, ...(config && { config }) })), {
      mode: 0o600,
    });
  }

  get isUp(): boolean {
    return this.#child !== undefined && running.has(this.#child);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when stations can connect, or when it has ended before: with `death` that is no failure. */
  async start(death?: DeathAtWrite): Promise<void> {
    const startedAt = performance.now();
    const child = this.#spawn(death);
    const ready = new Promise<void>((resolve) => {
      createInterface({ input: child.stdout }).on("line", (text) => {
        if (this.#onLine(text) === "ready") resolve();
      });
    });
    const late = new AbortController();
    const timeout = pause(READY_MS, "late" as const, { signal: late.signal, ref: false }).catch(() => "late" as const);
    const outcome = await Promise.race([
      ready.then(() => "ready" as const),
      this.#ended.then(() => "ended" as const),
      timeout,
    ]);
    late.abort();
    if (outcome === "ready") this.readyMs.push(performance.now() - startedAt);
    else if (outcome === "late" || !this.#isExpectedToEnd) {
      throw new Error(`the gateway did not become ready (${outcome}): ${this.complaints.slice(-5).join("\n")}`);
    }
  }

  /** kill -9, wherever it is. */
  async kill(): Promise<void> {
    this.#isExpectedToEnd = true;
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Starts it and kills it before or soon after it is ready. */
  async startAndKill(afterMs: number): Promise<void> {
    const child = this.#spawn();
    child.stdout.resume();
    await Promise.race([pause(afterMs), this.#ended]);
    await this.kill();
  }

  /** Resolves when it has died of its own accord, or after `withinMs`: true when it died. */
  async dies(withinMs: number): Promise<boolean> {
    await Promise.race([this.#ended, pause(withinMs, undefined, { ref: false })]);
    return !this.isUp;
  }

  /** Resident bytes, as they are. */
  rssBytes(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1];
    return Number(kib) * 1024;
  }

  /** Resident bytes after a garbage collection. */
  async settledRssBytes(): Promise<number> {
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 4; i += 1) {
      process.kill(this.pid, "SIGUSR2");
      await pause(200);
      lowest = Math.min(lowest, this.rssBytes());
    }
    return lowest;
  }

  async metrics(): Promise<string> {
    return await (await fetch(`http://127.0.0.1:${this.#adminPort}/metrics`)).text();
  }

  #spawn(death?: DeathAtWrite) {
    const node = ["--expose-gc", "--import", COLLECT_ON_SIGUSR2, MAIN, "run", "--config", this.#configFile];
    const [command, args] = death === undefined ? [process.execPath, node] : ["strace", straced(death, node)];
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // strace counts each thread's calls apart, and LMDB writes in whichever thread of the pool is free.
      env: { ...process.env, ...(death !== undefined && { UV_THREADPOOL_SIZE: "1" }) },
    });
    this.#child = child;
    this.#isExpectedToEnd = death !== undefined;
    running.add(child);
    child.stderr.setEncoding("utf8").on("data", (text: string) => this.#complain(text));
    this.#ended = once(child, "exit").then(([code, signal]) => {
      running.delete(child);
      if (this.#isExpectedToEnd) return;
      this.crashes += 1;
      this.#complain(`ended by itself: ${signal ?? code}`);
    });
    return child;
  }

  #onLine(text: string): string {
    const line = JSON.parse(text) as { readonly level: number; readonly msg: string; readonly port?: number };
    if (line.msg === "administration port open") this.#adminPort = line.port;
    if (line.level >= WARN) this.#complain(text);
    return line.msg;
  }

  #complain(text: string): void {
    this.complaints.push(text.trim().slice(0, 400));
    if (this.complaints.length > KEPT_LINES) this.complaints.shift();
  }
}

/** `-D`: the child is the gateway itself and strace its grandchild, so that its process id and end are the gateway's. */
function straced({ call, nth }: DeathAtWrite, node: readonly string[]): string[] {
  const inject = `inject=${call}:signal=KILL:when=${nth}`;
  return ["-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject, process.execPath, ...node];
}

/** Waits are short, so that much happens in little time. */
function document({ directory, port, csmsUrl, config }: GatewayFacts): object {
  const wanted = {
    dataDir: join(directory, "data"),
    listen: { host: "127.0.0.1", port },
    csms: { url: csmsUrl },
    stationDefaults: { securityProfile: 0, validation: "enforce" },
    stations: [{ match: "*" }],
    limits: {
      connectionsPerAddress: 0,
      connectRatePerAddress: 0,
      callTimeoutSec: 1.5,
      stationCallTimeoutSec: 1.2,
      pingIntervalSec: 0.6,
      missedPongs: 1,
      probeMs: 300,
      bootHoldMs: 1500,
    },
    backoff: { minSec: 0.1, maxSec: 0.6, jitterSec: 0.1 },
    // Errors and silences are many here; none of them is for good.
    // A station that has left for good is drained within the run.
    spool: { attempts: 100, attemptIntervalSec: 0.1, orphanSec: 2 },
    offline: {
      graceSec: 0.3,
      takeOverSec: 1,
      unknownTokens: "accept",
      onInvalidToken: "stop",
      neverAccepted: "accept",
    },
    admin: { port: 0 },
    log: { level: "info", prefix: "none" },
    shutdownSec: 1,
    ...config,
  };
  // A gateway that lacks a setting is proved as it is.
  const { properties, $defs } = JSON.parse(readFileSync(SCHEMA, "utf8")) as Schema;
  return Object.fromEntries(
    Object.entries(wanted)
      .filter(([key]) => key in properties)
      .map(([key, value]) => [key, NEWER.has(key) ? knownOf(value as object, $defs[key]?.properties ?? {}) : value]),
  );
}

interface Schema {
  readonly properties: object;
  readonly $defs: Readonly<Record<string, { readonly properties?: object }>>;
}

/** Blocks whose settings came one after the other. */
const NEWER: ReadonlySet<string> = new Set(["spool", "offline", "uplink"]);

const knownOf = (settings: object, known: object): object =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => key in known));
