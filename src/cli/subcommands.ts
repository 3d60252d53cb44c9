/** Subcommands of one subject, each with the options that all of them have. */
import type { Command } from "commander";
import { DEFAULT_CONFIG_FILE } from "./config-file.ts";

type Subcommand = (usage: string, description: string) => Command;

/** Those that ask a running daemon. */
export function daemonSubcommands(subject: Command): Subcommand {
  const command = configured(subject);
  return (usage, description) =>
    command(usage, description)
      .option("--socket <path>", "its control socket; default: control.sock in its dataDir")
      .option("--json", "as one JSON object");
}

/** Those that read the daemon's files, also where none runs. */
export function fileSubcommands(subject: Command): Subcommand {
  const command = configured(subject);
  return (usage, description) =>
    command(usage, description).option("--data-dir <folder>", "instead of the configuration's dataDir");
}

const configured =
  (subject: Command): Subcommand =>
  (usage, description) =>
    subject
      .command(usage)
      .description(description)
      .exitOverride()
      .showHelpAfterError()
      .option("-c, --config <file>", "the daemon's configuration file", DEFAULT_CONFIG_FILE);
