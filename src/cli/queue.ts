import { type Command, InvalidArgumentError } from "commander";
import { parseCount } from "./arguments.ts";
import { DEFAULT_CONFIG_FILE } from "./config-file.ts";

/** Where the daemon is, and how to print. */
export interface QueueFlags {
  readonly config: string;
  readonly socket?: string;
  readonly json?: boolean;
}

export interface ShowFlags extends QueueFlags {
  readonly dead?: boolean;
  readonly payload?: boolean;
  readonly unmask?: boolean;
  readonly limit: number;
}

export interface RetryFlags extends QueueFlags {
  readonly all?: boolean;
  readonly ocpp?: string;
}

export interface DropFlags extends QueueFlags {
  readonly yes?: boolean;
  readonly reason?: string;
  readonly ocpp?: string;
}

/** `twinlane queue list|show|retry|drop`: the value lane's queue of a running daemon. */
export function registerQueue(program: Command): void {
  const queue = program
    .command("queue")
    .description("look at the messages that wait for the CSMS, and at dead letters");
  const command = (usage: string, description: string) => {
    const made = queue.command(usage).description(description).exitOverride().showHelpAfterError();
    return made
      .option("-c, --config <file>", "the daemon's configuration file", DEFAULT_CONFIG_FILE)
      .option("--socket <path>", "its control socket; default: control.sock in its dataDir")
      .option("--json", "as one JSON object");
  };
  command("list", "stations with messages that wait or were put aside").action(async (flags: QueueFlags) =>
    (await import("./queue-run.ts")).list(flags),
  );
  command("show <station>", "a station's messages, oldest first")
    .option("--dead", "dead letters instead of waiting messages")
    .option("--payload", "with what they say; cards are masked")
    .option("--unmask", "with cards as they are; the daemon logs it")
    .option("--limit <n>", "at most so many", parseCount, 100)
    .action(async (station: string, flags: ShowFlags) => (await import("./queue-run.ts")).show(station, flags));
  command("retry <station> [seq]", "send a dead letter again, with all of its transaction")
    .option("--all", "all dead letters of the station")
    .option("--ocpp <version>", "where two protocol versions have a letter of this number, e.g. ocpp1.6")
    .action(async (station: string, seq: string | undefined, flags: RetryFlags) =>
      (await import("./queue-run.ts")).retry(station, parseSeq(seq), flags),
    );
  command("drop <station> <seq>", "drop a dead letter for good")
    .option("--yes", "yes, it is not owed to anybody any more")
    .option("--reason <text>", "for the log")
    .option("--ocpp <version>", "where two protocol versions have a letter of this number, e.g. ocpp1.6")
    .action(async (station: string, seq: string, flags: DropFlags) =>
      (await import("./queue-run.ts")).drop(station, parseSeq(seq) ?? 0, flags),
    );
}

/** A message's number as `show` prints it. */
function parseSeq(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`${text} is not a message's number.`);
  return Number(text);
}
