/** Child processes of the harness: started here, announced ready by a line on stdout, stopped by their own pid. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** File for what the child writes on stderr (and on stdout after its first line). */
  readonly logFile: string;
}

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** `performance.now()` just before the process was started. */
  readonly startedAt: number;
  /** Stops it: SIGTERM, and SIGKILL after three seconds. Idempotent. */
  stop(): Promise<void>;
}

/** Processes that are running now, so that an interrupted harness leaves none behind. */
const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

/** Starts a process. */
export async function startChild({ command, args, cwd, logFile }: ChildOptions): Promise<Child> {
  const startedAt = performance.now();
  const child = spawn(command, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const log = createWriteStream(logFile, { flags: "a" });
  child.stderr?.pipe(log);
  await once(child, "spawn");
  running.add(child);
  child.once("exit", () => running.delete(child));
  return { pid: child.pid ?? 0, process: child, startedAt, stop: () => stopChild(child) };
}

/** The first line on the child's stdout as JSON. Rejects when it ends before. */
export async function firstLine(child: Child, logFile: string): Promise<Record<string, unknown>> {
  const stdout = child.process.stdout;
  if (stdout === null) throw new Error("the child has no stdout");
  const lines = createInterface({ input: stdout });
  try {
    const [line] = await Promise.race([
      once(lines, "line"),
      once(child.process, "exit").then(([code]) => Promise.reject(new Error(`ended with ${code}, see ${logFile}`))),
    ]);
    return JSON.parse(String(line));
  } finally {
    lines.removeAllListeners();
    stdout.resume();
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  // A stopped process (a stuck broker) handles no SIGTERM before it is continued.
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await gone;
  clearTimeout(killer);
}
