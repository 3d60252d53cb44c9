import { type Command, InvalidArgumentError, Option } from "commander";
import { fileSubcommands } from "./subcommands.ts";

export interface SecurityFlags {
  readonly config: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

export interface ExportFlags extends SecurityFlags {
  readonly format: "json" | "syslog";
  readonly enterpriseId: number;
}

/** For documentation (RFC 5612), as `syslog.enterpriseId` has it by default. */
const DOCUMENTATION = 32473;

/** `twinlane security verify|export`: the gateway's security log. */
export function registerSecurity(program: Command): void {
  const security = program.command("security").description("the gateway's security log");
  const command = fileSubcommands(security);
  command("verify", "whether a line was changed, removed or put in")
    .option("--json", "as one JSON object")
    .action(async (flags: SecurityFlags) => (await import("./security-run.ts")).verify(flags));
  command("export", "print the log")
    .addOption(new Option("--format <format>", "JSON lines, or RFC 5424").choices(["json", "syslog"]).default("json"))
    .option("--enterprise-id <number>", "private enterprise number of RFC 5424 messages", parseNumber, DOCUMENTATION)
    .action(async (flags: ExportFlags) => (await import("./security-run.ts")).exportLog(flags));
}

function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("Not an enterprise number.");
  return Number(text);
}
