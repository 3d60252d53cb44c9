import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { DEGRADATIONS } from "../sim/degradation.ts";
import { FAULT_CATALOGUE, unknownFaults } from "../sim/faults/catalogue.ts";
import { parseCount, parseDuration, parseEndpoint, parseList, parsePositive } from "./arguments.ts";

export interface SimulateFlags {
  readonly url: string;
  readonly stations: number;
  readonly version: "1.6" | "2.0.1" | "2.1" | "mixed";
  readonly idPrefix: string;
  readonly connectors: number;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  readonly tokens: readonly string[];
  /** Seconds. */
  readonly meterInterval: number;
  /** Milliseconds; undefined: until Ctrl-C. */
  readonly for: number | undefined;
  readonly speed: number;
  readonly seed: string;
  /** True: now and then something random; a list: what stations of the field do, by name. */
  readonly faults: true | readonly string[] | undefined;
  /** Name of a scenario. */
  readonly degrade: string | undefined;
  /** Milliseconds of the stations' time. */
  readonly degradeAfter: number;
  /** Milliseconds that the stations' clocks begin behind ours. */
  readonly since: number;
  readonly json: boolean;
  readonly tlsCa: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

/** `twinlane simulate`: stations that charge, against any CSMS or gateway. */
export function registerSimulate(program: Command): void {
  program
    .command("simulate")
    .description("connect simulated stations to a CSMS or a gateway")
    .requiredOption("--url <url>", "ws:// or wss:// endpoint; each station appends its identity", parseEndpoint)
    .option("--stations <n>", "number of stations", parseCount, 8)
    .addOption(
      new Option("--version <version>", "OCPP version")
        .choices(["1.6", "2.0.1", "2.1", "mixed"])
        .default("mixed", "1.6 and 2.0.1 in turn"),
    )
    .option("--id-prefix <text>", "stations are called this and a number", "SIM-")
    .option("--connectors <n>", "connectors per station", parseCount, 1)
    .option("--password <text>", "HTTP Basic password of every station (visible to other users of this machine)")
    .option("--password-file <file>", "file that holds it")
    .option("--tokens <list>", "idTags or idTokens, separated by commas", parseList, ["TWL-0001-A7F3", "TWL-0002-9C41"])
    .option("--meter-interval <seconds>", "time between meter values", parsePositive, 1)
    .option("--for <duration>", "end after this, e.g. 20s or 5m; default: at Ctrl-C", parseDuration)
    .option("--speed <factor>", "let the stations live faster", parsePositive, 1)
    .option("--seed <text>", "same seed, same stations and sessions", "1")
    .option(
      "--faults [names]",
      "lose connections, fail and answer late now and then; or what the 1.6 stations do wrong, separated by commas (`list` shows the names)",
      parseFaults,
    )
    .addOption(
      new Option("--degrade <scenario>", "equipment that wears out, for a maintenance platform to find").choices(
        DEGRADATIONS.map(({ name }) => name),
      ),
    )
    .option("--degrade-after <duration>", "when it begins, in the stations' time", parseDuration, 0)
    .option(
      "--since <duration>",
      "how long ago the stations' time begins; with --speed, so that it is not ahead",
      parseDuration,
      0,
    )
    .option("--json", "print the stations' books as one JSON object at the end", false)
    .option("--tls-ca <file>", "PEM file of the roots to trust for wss://")
    .option("--tls-cert <file>", "client certificate, PEM")
    .option("--tls-key <file>", "its private key, PEM")
    .action(async (flags: SimulateFlags) => {
      const { runSimulate } = await import("./simulate-run.ts");
      process.exitCode = await runSimulate(flags);
    });
}

/** @throws CommanderError of exit code 0 when the names are wanted: there is nothing else to do then */
function parseFaults(text: string): readonly string[] {
  if (text === "list") {
    for (const { name, does } of FAULT_CATALOGUE) process.stdout.write(`${name.padEnd(26)}${does}\n`);
    throw new CommanderError(0, "twinlane.listed", "");
  }
  const names = parseList(text);
  const unknown = unknownFaults(names);
  if (unknown.length > 0) throw new InvalidArgumentError(`Nothing of that name: ${unknown.join(", ")}.`);
  return names;
}
