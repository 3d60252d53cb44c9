/** `twinlane bench`: runs the bench harness of a source checkout. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { EXIT } from "./exit-codes.ts";

/** From `dist/cli/` and from `src/cli/` alike. */
const HARNESS = fileURLToPath(new URL("../../scripts/bench.mjs", import.meta.url));

const NO_HARNESS = `The bench harness is not part of the installed package: it needs its baselines (ws, ocpp-rpc, nginx) and a compiler.
Run it from a source checkout:

  git clone <repository> && cd twinlane && npm run bench -- --quick
`;

/** Adds `bench` to the command line. Its options are the harness's own and are handed on as they are. */
export function registerBench(program: Command): void {
  program
    .command("bench")
    .description("measure this gateway against ws, ocpp-rpc and nginx in one run")
    .option("--quick", "at most five minutes")
    .option("--json", "one JSON object on stdout at the end")
    .option("--only <names>", "saturation, latency, isolation, idle, restore; separated by commas")
    .option("--rounds <n>", "interleaved rounds")
    .option("--markdown", "write bench/RESULTS.md and bench/RESULTS.json")
    .option("--profile <dir>", "write CPU profiles of the gateway there; the figures suffer")
    .action(async (options: BenchFlags) => {
      process.exitCode = await runHarness(flags(options));
    });
}

interface BenchFlags {
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly only?: string;
  readonly rounds?: string;
  readonly markdown?: boolean;
  readonly profile?: string;
}

function flags({ quick, json, only, rounds, markdown, profile }: BenchFlags): string[] {
  return [
    ...(quick === true ? ["--quick"] : []),
    ...(json === true ? ["--json"] : []),
    ...(only === undefined ? [] : ["--only", only]),
    ...(rounds === undefined ? [] : ["--rounds", rounds]),
    ...(markdown === true ? ["--markdown"] : []),
    ...(profile === undefined ? [] : ["--profile", profile]),
  ];
}

/**
 * Runs the harness with its output on ours, or explains why there is none.
 *
 * @returns the exit code
 */
export function runHarness(args: readonly string[], harness = HARNESS): Promise<number> {
  if (!existsSync(harness)) {
    process.stderr.write(NO_HARNESS);
    return Promise.resolve(EXIT.unavailable);
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [harness, ...args], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
