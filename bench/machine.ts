/** Where and on what a result was measured. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** `performance`, `powersave`, …; `unknown` where the kernel shows none (virtual machines). */
  readonly governor: string;
  readonly node: string;
  /** Commit that was measured, with `+changes` when the work tree differed from it; `unknown` outside git. */
  readonly commit: string;
  /** SHA-256 of `package-lock.json`, first 12 digits: which versions of everything. */
  readonly lockfile: string;
  readonly date: string;
  /** One-minute load average when the run began: above 0.3 somebody else was using the machine. */
  readonly loadBefore: number;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

export function describeMachine(): Machine {
  const lockfile = readText(`${root}/package-lock.json`) ?? "";
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    governor: readText("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")?.trim() ?? "unknown",
    node: process.version,
    commit: commit(),
    lockfile: createHash("sha256").update(lockfile).digest("hex").slice(0, 12),
    date: new Date().toISOString(),
    loadBefore: Number(readText("/proc/loadavg")?.split(" ")[0] ?? 0),
  };
}

function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const changed = git("status", "--porcelain", "--untracked-files=no").trim() !== "";
    return git("rev-parse", "--short=12", "HEAD").trim() + (changed ? "+changes" : "");
  } catch {
    return "unknown";
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
