/** `twinlane …` as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { CLI, ROOT } from "./cli-command.ts";

const children = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Daemon {
  readonly process: ChildProcess;
  /** Standard output so far. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: Promise<Exit>;
  /** Log lines so far, parsed. */
  lines(): Record<string, unknown>[];
  /** The first log line with this message; rejects when the process ends before it. */
  logged(message: string): Promise<Record<string, unknown>>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the command line. The process is killed with the test's own. */
export function startDaemon(args: readonly string[], environment: Record<string, string> = {}): Daemon {
  const child = spawn(process.execPath, [...CLI, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) check();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
    changed();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  const exit = new Promise<Exit>((resolve) => child.once("close", (code, signal) => resolve({ code, signal })));
  const lines = () =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line.replace(/^<\d>/, "")) as Record<string, unknown>);
  return {
    process: child,
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    exit,
    lines,
    logged: (message) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const line = lines().find(({ msg }) => msg === message);
          if (line === undefined) return;
          waiting.delete(check);
          resolve(line);
        };
        waiting.add(check);
        check();
        exit.then(({ code }) => reject(new Error(`ended with ${code} before "${message}"\n${stdout}\n${stderr}`)));
      }),
    kill: (signal) => child.kill(signal),
  };
}

/** Runs the command line to its end. */
export async function runCli(args: readonly string[], environment: Record<string, string> = {}) {
  const daemon = startDaemon(args, environment);
  const { code } = await daemon.exit;
  return { code, stdout: daemon.stdout, stderr: daemon.stderr };
}
