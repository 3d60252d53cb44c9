/** What `twinlane schedule` does: reads messages, asks what they come to, prints it. */
import { readFileSync } from "node:fs";
import { messagesIn, previewSchedule, type SchedulePreview } from "../tools.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { ScheduleFlags } from "./schedule.ts";
import { schedulePlot, scheduleTable } from "./schedule-view.ts";

const WHY = {
  "mixed-versions": "is of another version than the first; a station speaks one",
  "no-messages": "there is none",
  "not-a-message": "is no SetChargingProfile: it has neither chargingProfile nor csChargingProfiles",
  "unknown-evse": "no such EVSE; --evses says how many there are",
} as const;

export async function runSchedule(file: string, flags: ScheduleFlags): Promise<number> {
  const json = readJson(file);
  if (json === undefined) return EXIT.usage;
  const from = flags.from ?? Date.now();
  const preview = previewSchedule(messagesIn(json), {
    evseId: flags.evse,
    from,
    durationSec: Math.floor(flags.duration / 1000),
    unit: flags.unit,
    supply: { current: flags.dc ? "DC" : "AC", voltageV: flags.voltage, phases: flags.phases },
    evseCount: flags.evses,
    physicalMaxA: flags.maxCurrent,
    transaction:
      flags.transaction === undefined ? undefined : { id: flags.transaction, powerPathClosedAt: flags.since ?? from },
  });
  if (!preview.ok) {
    say(`twinlane schedule: message ${preview.error.index + 1}: ${WHY[preview.error.code]}`);
    return EXIT.failed;
  }
  print(preview.value, flags);
  return preview.value.refused.length === 0 ? EXIT.ok : EXIT.failed;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")) as unknown;
  } catch (error) {
    // What a parser says may quote the file, which is the caller's own.
    say(`twinlane schedule: ${error instanceof Error ? error.message : "cannot be read"}`);
    return undefined;
  }
}

function print({ composite, refused, profileCount }: SchedulePreview, { json, plot, evse }: ScheduleFlags): void {
  if (json) {
    const periods = composite.periods.map((period) => ({
      ...period,
      // JSON has no infinity: nothing limits there.
      limit: Number.isFinite(period.limit) ? period.limit : null,
    }));
    const { start, durationSec: duration, unit: chargingRateUnit } = composite;
    const scheduleStart = new Date(start).toISOString();
    printJson({
      evseId: evse,
      scheduleStart,
      duration,
      chargingRateUnit,
      chargingSchedulePeriod: periods,
      profiles: profileCount,
      refused: refused.map(({ index, fault }) => ({ message: index + 1, ...fault })),
    });
    return;
  }
  for (const { index, fault } of refused) {
    say(`message ${index + 1} would be refused: ${fault.reasonCode} at ${fault.pointer}, ${fault.text}`);
  }
  const lines = plot ? schedulePlot(composite, process.stdout.columns ?? 80) : scheduleTable(composite);
  process.stdout.write(`${lines.join("\n")}\n`);
}
