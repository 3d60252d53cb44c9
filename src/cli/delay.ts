import { type Command, InvalidArgumentError } from "commander";
import { daemonSubcommands } from "./subcommands.ts";

export interface DelayFlags {
  readonly config: string;
  readonly socket?: string;
  readonly json?: boolean;
}

export interface OverrideFlags extends DelayFlags {
  readonly minutes: number;
}

/** `twinlane delay list|override`: commands that Great Britain's random delay holds back in a running daemon. */
export function registerDelay(program: Command): void {
  const delay = program.command("delay").description("commands held back by the random delay (SI 2021/1467)");
  const command = daemonSubcommands(delay);
  command("list", "what is held back now").action(async (flags: DelayFlags) =>
    (await import("./delay-run.ts")).list(flags),
  );
  command("override <station>", "the owner's choice: what is held goes now")
    .option("--minutes <n>", "and nothing is held for so long", parseMinutes, 0)
    .action(async (station: string, flags: OverrideFlags) => (await import("./delay-run.ts")).override(station, flags));
}

function parseMinutes(text: string): number {
  const minutes = Number(text);
  if (!/^\d{1,4}$/.test(text) || minutes > 1440) throw new InvalidArgumentError("Not minutes of a day.");
  return minutes;
}
