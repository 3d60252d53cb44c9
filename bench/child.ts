/** Child processes of the harness: started here, and stopped by their own pid. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Gets what the child writes: a file, so that reading it costs the harness nothing while it measures. */
  readonly logFile: string;
  /** The child announces itself with one line of JSON on stdout, see {@link Child.firstLine}. */
  readonly announces?: boolean;
}

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** `performance.now()` just before the process was started. */
  readonly startedAt: number;
  /** The announcement. Rejects when the process ends before. */
  firstLine(): Promise<Record<string, unknown>>;
  /** Stops it: SIGTERM, and SIGKILL after `graceMs`. Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

/** Processes that are running now, so that an interrupted harness leaves none behind. */
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

export async function startChild({ command, args, logFile, announces = false }: ChildOptions): Promise<Child> {
  const log = openSync(logFile, "a");
  const startedAt = performance.now();
  const child = spawn(command, [...args], { stdio: ["ignore", announces ? "pipe" : log, log] });
  closeSync(log);
  await once(child, "spawn");
  running.add(child);
  child.once("exit", () => running.delete(child));
  return {
    pid: child.pid ?? 0,
    process: child,
    startedAt,
    firstLine: () => firstLine(child, logFile),
    stop: (graceMs = 3000) => stopChild(child, graceMs),
  };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function firstLine(child: ChildProcess, logFile: string): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error("the child's stdout goes to its log");
  const line = once(createInterface({ input: child.stdout }), "line").then(([text]) => String(text));
  const end = once(child, "exit").then(([code]) => Promise.reject(new Error(`ended with ${code}, see ${logFile}`)));
  return JSON.parse(await Promise.race([line, end]));
}

async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  // A stopped process (a stuck broker) handles no signal before it goes on.
  child.kill("SIGCONT");
  const killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(killer);
}

/** Milliseconds between two tries of {@link untilListening}: the resolution of start-up times. */
const PROBE_EVERY_MS = 2;

/**
 * Waits until the child accepts connections on a port of the loopback interface.
 *
 * @returns milliseconds since the process was started
 * @throws Error when it ends, or does not listen within `limitMs`
 */
export async function untilListening(child: Child, port: number, limitMs = 30_000): Promise<number> {
  while (!(await accepts(port))) {
    if (hasEnded(child.process)) throw new Error(`ended with ${child.process.exitCode} before it listened`);
    if (performance.now() - child.startedAt > limitMs) throw new Error(`does not listen after ${limitMs} ms`);
    await sleep(PROBE_EVERY_MS);
  }
  return performance.now() - child.startedAt;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
