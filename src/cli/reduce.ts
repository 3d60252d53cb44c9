import { type Command, InvalidArgumentError, Option } from "commander";
import type { ReducerMode } from "../tools.ts";

export interface ReduceFlags {
  readonly mode?: ReducerMode;
  readonly eps?: number | "auto";
  readonly channel?: string;
  readonly compMaxSec: number;
  readonly batchSec: number;
  readonly losslessFromSec: number;
  readonly version: "1.6" | "2.0.1" | "2.1";
  readonly svg?: string;
  readonly json: boolean;
}

/** `twinlane reduce file.csv`: what a reducer would save, and at which error. */
export function registerReduce(program: Command): void {
  program
    .command("reduce")
    .description("run recorded values through a reducer: ratios, errors, and a plot of raw against reconstruction")
    .argument("<file>", "CSV with a head (time, then `Name [unit]` columns), or OCPP frames as JSON lines")
    .addOption(
      new Option("--mode <mode>", "reducer; default: as the gateway would choose").choices([
        ...["sdt", "swing", "rbe", "onchange", "agg", "raw"],
      ]),
    )
    .option("--eps <value>", "largest error, in the unit of the values, or `auto`: from their noise", epsOf)
    .option("--channel <name>", "this channel alone")
    .option("--comp-max-sec <seconds>", "longest time between two points", positive, 300)
    .option("--batch-sec <seconds>", "time of one batch", positive, 300)
    .option("--lossless-from-sec <seconds>", "samples this far apart are kept as they are", positive, 30)
    .addOption(new Option("--version <version>", "of OCPP frames").choices(["1.6", "2.0.1", "2.1"]).default("1.6"))
    .option("--svg <file>", "write a plot")
    .option("--json", "one JSON object", false)
    .action(async (file: string, flags: ReduceFlags) => (await import("./reduce-run.ts")).reduceFile(file, flags));
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0");
  return value;
}

function epsOf(text: string): number | "auto" {
  const value = Number(text);
  if (text === "auto") return text;
  if (!(value >= 0)) throw new InvalidArgumentError("must be a number, or auto");
  return value;
}
