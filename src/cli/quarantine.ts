import type { Command } from "commander";
import { parseCount } from "./arguments.ts";
import { daemonSubcommands } from "./subcommands.ts";

export interface QuarantineFlags {
  readonly config: string;
  readonly socket?: string;
  readonly json?: boolean;
}

export interface ConfineFlags extends QuarantineFlags {
  readonly station?: string;
  readonly address?: string;
  readonly minutes: number;
  readonly reason: string;
}

/** `twinlane quarantine list|add|release`: who may not connect to a running daemon. */
export function registerQuarantine(program: Command): void {
  const quarantine = program.command("quarantine").description("look at who is kept out, and let them in again");
  const command = daemonSubcommands(quarantine);
  command("list", "stations and addresses that are kept out now").action(async (flags: QuarantineFlags) =>
    (await import("./quarantine-run.ts")).list(flags),
  );
  command("add", "keep a station, an address, or a station at an address out, and end its connections")
    .option("--station <identity>", "the station")
    .option("--address <ip>", "the address")
    .option("--minutes <n>", "for so long; longer each time", parseCount, 60)
    .requiredOption("--reason <text>", "for the log")
    .action(async (flags: ConfineFlags) => (await import("./quarantine-run.ts")).add(flags));
  command("release <name>", "let a station or an address in again").action(
    async (name: string, flags: QuarantineFlags) => (await import("./quarantine-run.ts")).release(name, flags),
  );
}
