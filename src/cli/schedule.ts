import { type Command, InvalidArgumentError, Option } from "commander";
import { parseCount, parseDuration, parsePositive } from "./arguments.ts";

export interface ScheduleFlags {
  readonly from: number | undefined;
  /** Milliseconds. */
  readonly duration: number;
  readonly evse: number;
  readonly evses: number | undefined;
  readonly unit: "A" | "W";
  readonly voltage: number;
  readonly phases: number;
  readonly dc: boolean;
  readonly maxCurrent: number | undefined;
  readonly transaction: string | undefined;
  readonly since: number | undefined;
  readonly json: boolean;
  readonly plot: boolean;
}

const DAY_MS = 86_400_000;

/** `twinlane schedule <file>`: what a series of SetChargingProfile messages comes to. */
export function registerSchedule(program: Command): void {
  program
    .command("schedule <file>")
    .description(
      "print the composite schedule of charging profiles: a JSON array of SetChargingProfile payloads, 1.6 or 2.0.1; - reads standard input",
    )
    .option("--from <instant>", "where it begins, RFC 3339; default: now", parseInstant)
    .addOption(
      new Option("--duration <duration>", "how long, e.g. 90m").argParser(parseDuration).default(DAY_MS, "24h"),
    )
    .option("--evse <n>", "EVSE (1.6: connector); 0 is the whole station", parseEvse, 1)
    .option("--evses <n>", "how many the station has; default: as many as the profiles speak of", parseCount)
    .addOption(new Option("--unit <unit>", "unit of the result").choices(["A", "W"]).default("A"))
    .option("--voltage <volts>", "between phase and neutral, or DC", parsePositive, 230)
    .option("--phases <n>", "phases that are wired: 1, 2 or 3", parsePhases, 3)
    .option("--dc", "direct current", false)
    .option("--max-current <amperes>", "what an EVSE can deliver, per phase", parsePositive)
    .option("--transaction <id>", "the transaction that runs there; default: one that begins with the schedule")
    .option("--since <instant>", "when it began; default: with the schedule", parseInstant)
    .option("--json", "as one JSON object", false)
    .option("--plot", "as a picture", false)
    .action(async (file: string, flags: ScheduleFlags) => {
      const { runSchedule } = await import("./schedule-run.ts");
      process.exitCode = await runSchedule(file, flags);
    });
}

function parseInstant(text: string): number {
  const isRfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/.test(text);
  const ms = isRfc3339 ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError("Not an instant such as 2026-03-02T06:00:00Z.");
  return ms;
}

function parsePhases(text: string): number {
  if (!/^[123]$/.test(text)) throw new InvalidArgumentError("One, two or three.");
  return Number(text);
}

function parseEvse(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("Not the number of an EVSE.");
  return Number(text);
}
