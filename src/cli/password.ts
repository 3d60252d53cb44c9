import { type Command, InvalidArgumentError } from "commander";

export interface HashFlags {
  readonly generate?: boolean;
  readonly cost?: number;
  readonly json?: boolean;
}

/** `twinlane password hash`: what a configuration keeps of a station's password. */
export function registerPassword(program: Command): void {
  const password = program.command("password").description("passwords of stations");
  password
    .command("hash")
    .description("read a station's password from standard input and print the record for its configuration")
    .exitOverride()
    .showHelpAfterError()
    .option("--generate", "make a password of 20 random bytes, and print it as hex digits as well")
    .option(
      "--cost <n>",
      "log2 of scrypt's N, 14 to 16 (default 15: 32 MiB for each login that is not remembered)",
      parseCost,
    )
    .option("--json", "as one JSON object")
    .action(async (flags: HashFlags) => (await import("./password-run.ts")).hash(flags));
}

function parseCost(text: string): number {
  if (!/^1[456]$/.test(text)) throw new InvalidArgumentError("Not 14, 15 or 16.");
  return Number(text);
}
