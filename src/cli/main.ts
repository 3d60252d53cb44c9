#!/usr/bin/env node
/**
 * `twinlane <subcommand>`. Each subcommand is loaded only when it is asked for, so that `twinlane version` does not pay
 * for the gateway.
 */
import { Command, CommanderError } from "commander";
import { EXIT } from "./exit-codes.ts";

type Register = (program: Command) => void;

const SUBCOMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  run: async () => (await import("./run.ts")).registerRun,
  demo: async () => (await import("./demo.ts")).registerDemo,
  simulate: async () => (await import("./simulate.ts")).registerSimulate,
  "check-config": async () => (await import("./check-config.ts")).registerCheckConfig,
  bench: async () => (await import("./bench.ts")).registerBench,
  quarantine: async () => (await import("./quarantine.ts")).registerQuarantine,
  queue: async () => (await import("./queue.ts")).registerQueue,
  translate: async () => (await import("./translate.ts")).registerTranslate,
  schedule: async () => (await import("./schedule.ts")).registerSchedule,
  reduce: async () => (await import("./reduce.ts")).registerReduce,
  dashcam: async () => (await import("./dashcam.ts")).registerDashcam,
  pki: async () => (await import("./pki.ts")).registerPki,
  password: async () => (await import("./password.ts")).registerPassword,
  delay: async () => (await import("./delay.ts")).registerDelay,
  security: async () => (await import("./security.ts")).registerSecurity,
  version: async () => (await import("./version.ts")).registerVersion,
};

/** Runs one command line. Sets `process.exitCode`; does not exit, so that output and connections can end by themselves. */
export async function main(args: readonly string[]): Promise<void> {
  const program = new Command("twinlane")
    .description("Dual-channel OCPP edge gateway")
    .exitOverride()
    .showHelpAfterError("(twinlane --help lists the subcommands)");
  // As other programs do.
  if (args[0] === "--version" || args[0] === "-V") return main(["version"]);
  const wanted = SUBCOMMANDS[args.find((arg) => !arg.startsWith("-")) ?? ""];
  const registers = wanted === undefined ? Object.values(SUBCOMMANDS) : [wanted];
  for (const load of registers) (await load())(program);
  // exitOverride is not inherited by subcommands.
  for (const command of program.commands) command.exitOverride().showHelpAfterError();
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = await failure(error);
  }
}

async function failure(error: unknown): Promise<number> {
  // commander has printed its own message; asking for help is no mistake.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const { exitCodeOf, sayError } = await import("./failure.ts");
  sayError(error);
  return exitCodeOf(error);
}

// `twinlane check-config --json | head -1` closes the pipe early, which is not our problem.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

await main(process.argv.slice(2));
