import { type Command, Option } from "commander";

export interface TranslateFlags {
  readonly to: "1.6" | "2.0.1" | "2.1";
  readonly csms: "2.0.1" | "2.1";
  readonly answers: "assumed" | "none";
  readonly station: string;
  readonly config?: string;
}

/** `twinlane translate --to 1.6|2.0.1`: a pipe of JSON lines. */
export function registerTranslate(program: Command): void {
  program
    .command("translate")
    .description("translate frames (JSON lines on standard input) between OCPP 1.6 and 2.x")
    .addOption(
      new Option("--to <version>", "version to translate to; input frames are the other side's")
        .choices(["1.6", "2.0.1", "2.1"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--csms <version>", "with --to 1.6: what the CSMS speaks").choices(["2.0.1", "2.1"]).default("2.0.1"),
    )
    .addOption(
      new Option(
        "--answers <how>",
        "`assumed`: the side that is not there accepts everything; `none`: give its answers as lines",
      )
        .choices(["assumed", "none"])
        .default("assumed"),
    )
    .option("--station <identity>", "the station's identity; it chooses the rule of --config", "CS-0001")
    .option("-c, --config <file>", "configuration file with the settings of the translation")
    .addHelpText(
      "after",
      '\nA line is a frame, e.g. [2,"1","Authorize",{"idTag":"A"}], or {"from":"csms","frame":[…],"at":"2026-01-01T00:00:00Z","offline":true}.',
    )
    .action(async (flags: TranslateFlags) => (await import("./translate-run.ts")).translate(flags));
}
