import type { Command } from "commander";
import { parseCount, parseDuration, parseList, parsePositive } from "./arguments.ts";

export interface DemoFlags {
  readonly headless: boolean;
  /** Milliseconds; undefined: until Ctrl-C. */
  readonly for: number | undefined;
  readonly json: boolean;
  readonly stations: number;
  readonly speed: number;
  readonly seed: string;
  readonly color: boolean;
  readonly broker: string | undefined;
  readonly brokerCa: string | undefined;
  readonly csms: string | undefined;
  readonly csmsCa: string | undefined;
  readonly tokens: readonly string[] | undefined;
}

/** `twinlane demo`: gateway, broker, CSMS and stations on one machine, without any configuration. */
export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description("show the gateway at work: simulated stations, a CSMS and a broker, all of them on this machine")
    .option("--headless", "no screen; a line of progress now and then", false)
    .option("--for <duration>", "end by itself after this, e.g. 20s or 5m", parseDuration)
    .option("--json", "print one JSON object with figures and invariants at the end", false)
    .option("--stations <n>", "number of stations, half 1.6 and half 2.0.1", parseCount, 8)
    .option("--speed <factor>", "let the stations live faster", parsePositive, 1)
    .option("--seed <text>", "same seed, same stations and sessions", "1")
    .option("--no-color", "no colours")
    .option("--broker <url>", "publish to this MQTT broker instead of the embedded one")
    .option("--broker-ca <file>", "PEM file of the roots to trust for an mqtts:// broker")
    .option("--csms <url>", "connect to this CSMS instead of the demo's own")
    .option("--csms-ca <file>", "PEM file of the roots to trust for a wss:// CSMS")
    .option("--tokens <list>", "idTags that this CSMS knows, separated by commas", parseList)
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import("./demo-run.ts");
      process.exitCode = await runDemo(flags);
    });
}
