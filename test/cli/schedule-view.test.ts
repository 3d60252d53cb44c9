import { test } from "uvu";
import * as assert from "uvu/assert";
import { schedulePlot, scheduleTable } from "../../src/cli/schedule-view.ts";
import { epochMs } from "../../src/domain/ids.ts";

const start = epochMs(Date.UTC(2026, 2, 2));
const composite = {
  ...{ start, durationSec: 4000, unit: "A" as const },
  periods: [
    { startPeriod: 0, limit: 32 },
    { startPeriod: 1000, limit: 8.5, numberPhases: 1 },
    { startPeriod: 2000, limit: Number.POSITIVE_INFINITY },
  ],
};

test("the table has a row for each period", () => {
  assert.equal(scheduleTable(composite), [
    "from                  until                 limit  phases",
    "2026-03-02T00:00:00Z  2026-03-02T00:16:40Z   32 A  -",
    "2026-03-02T00:16:40Z  2026-03-02T00:33:20Z  8.5 A  1",
    "2026-03-02T00:33:20Z  2026-03-02T01:06:40Z   none  -",
  ]);
});

test("the picture fits the terminal, its height is the limit, and no limit is shaded", () => {
  const lines = schedulePlot(composite, 49);
  assert.ok(lines.every((line) => line.length <= 49 + 1));
  assert.is(lines[0], `   32 A ┤${"█".repeat(10)}${" ".repeat(10)}${"░".repeat(20)}`);
  // 8.5 of 32 are 2.66 of ten rows.
  assert.is(lines[7], `        ┤${"█".repeat(10)}${"▅".repeat(10)}${"░".repeat(20)}`);
  assert.is(lines[9], `        ┤${"█".repeat(20)}${"░".repeat(20)}`);
});

test("a reduction shorter than a column is seen", () => {
  const short = {
    ...composite,
    periods: [
      { startPeriod: 0, limit: 32 },
      { startPeriod: 1999, limit: 0 },
      { startPeriod: 2000, limit: 32 },
    ],
  };
  assert.ok(schedulePlot(short, 49)[0]?.includes(" █"));
  assert.is(schedulePlot(short, 49)[0]?.split(" ").length, "   32 A ┤".split(" ").length + 1);
});

test.run();
