/** A composite schedule as lines of text: a table of its periods, or a picture of them over time. */
import type { SchedulePreview } from "../tools.ts";

type Composite = SchedulePreview["composite"];

const HEADINGS = ["from", "until", "limit", "phases"] as const;

/** One row for each period. */
export function scheduleTable(composite: Composite): readonly string[] {
  const { start, durationSec, unit, periods } = composite;
  const rows = periods.map(({ startPeriod, limit, numberPhases }, index) => [
    instant(start + startPeriod * 1000),
    instant(start + (periods[index + 1]?.startPeriod ?? durationSec) * 1000),
    limitText(limit, unit),
    numberPhases === undefined ? "-" : String(numberPhases),
  ]);
  const all = [[...HEADINGS], ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === LIMIT_COLUMN ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

const LIMIT_COLUMN = 2;
const ROWS = 10;
const AXIS_WIDTH = 9;
/** Eighths of a cell, from the bottom. */
const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * The limit over time, `width` characters wide. A column that covers several periods shows the lowest of them, so a short
 * reduction does not disappear; where nothing limits it is shaded to the top.
 */
export function schedulePlot(composite: Composite, width: number): readonly string[] {
  const { start, durationSec, unit } = composite;
  const columns = Math.max(10, width - AXIS_WIDTH);
  const limits = Array.from({ length: columns }, (_, column) =>
    lowest(composite, (column * durationSec) / columns, ((column + 1) * durationSec) / columns),
  );
  const top = Math.max(1, ...limits.filter(Number.isFinite));
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const floor = ROWS - 1 - row;
    const label = row === 0 ? limitText(top, unit) : "";
    return `${label.padStart(AXIS_WIDTH - 2)} ┤${limits.map((limit) => cell(limit, top, floor)).join("")}`;
  });
  const [from, until] = [instant(start), instant(start + durationSec * 1000)];
  return [
    ...lines,
    `${limitText(0, unit).padStart(AXIS_WIDTH - 2)} └${"─".repeat(columns)}`,
    `${" ".repeat(AXIS_WIDTH)}${from}${until.padStart(Math.max(until.length + 1, columns - from.length))}`,
  ];
}

function cell(limit: number, top: number, floor: number): string {
  if (!Number.isFinite(limit)) return "░";
  const eighths = Math.round((limit / top) * ROWS * 8) - floor * 8;
  return EIGHTHS[Math.max(0, Math.min(8, eighths))] ?? " ";
}

function lowest({ periods, durationSec }: Composite, fromSec: number, untilSec: number): number {
  const touched = periods.filter(
    ({ startPeriod }, index) => startPeriod < untilSec && (periods[index + 1]?.startPeriod ?? durationSec) > fromSec,
  );
  return Math.min(...touched.map(({ limit }) => limit));
}

const limitText = (limit: number, unit: string): string => (Number.isFinite(limit) ? `${limit} ${unit}` : "none");

const instant = (ms: number): string => `${new Date(ms).toISOString().slice(0, -5)}Z`;
