import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { offsetOf, stationClockFault } from "../../../src/domain/clock/station-clock.ts";
import { epochMs } from "../../../src/domain/ids.ts";

const NOW = epochMs(Date.UTC(2026, 5, 1, 8));
const TOLERANCE = 60_000;
const fault = (timestamp: string) => stationClockFault(timestamp, NOW, TOLERANCE);

test("every fault is told by its own name, the first that fits", () => {
  const cases: readonly (readonly [string, ReturnType<typeof stationClockFault>])[] = [
    ["2026-06-01T08:00:00Z", undefined],
    ["2026-06-01T10:00:30.5+02:00", undefined],
    ["1970-01-01T00:00:12Z", "epoch"],
    ["1970-01-01T00:00:12", "epoch"],
    ["2019-12-31T23:59:59Z", "epoch"],
    ["2020-01-01T00:00:00Z", "drift"],
    ["2026-06-01T08:00:00", "no-zone"],
    ["2026-06-01T10:00:00", "no-zone"],
    ["2026-06-01T09:00:00Z", "drift"],
    ["2026-06-01T07:58:59Z", "drift"],
    ["2026-06-01T08:00:00+02:00", "drift"],
    ["", "unreadable"],
    ["now", "unreadable"],
    ["2026-02-30T08:00:00Z", "unreadable"],
    ["01.06.2026 08:00", "unreadable"],
    ["1780300800", "unreadable"],
  ];
  for (const [timestamp, expected] of cases) assert.is(fault(timestamp), expected, timestamp);
});

test("a clock is good exactly when it is within the tolerance, either way", () => {
  const off = fc.oneof(
    fc.integer({ min: -200_000, max: 200_000 }),
    fc.constantFrom(TOLERANCE, -TOLERANCE, TOLERANCE + 1),
  );
  fc.assert(
    fc.property(off, fc.constantFrom(0, 120, -330), (ms, zoneMin) => {
      const local = new Date(NOW + ms + zoneMin * 60_000).toISOString().slice(0, -1);
      const sign = zoneMin < 0 ? "-" : "+";
      const two = (n: number) => String(n).padStart(2, "0");
      const zone = `${sign}${two(Math.trunc(Math.abs(zoneMin) / 60))}:${two(Math.abs(zoneMin) % 60)}`;
      assert.is(fault(local + zone), Math.abs(ms) <= TOLERANCE ? undefined : "drift");
      assert.is(offsetOf(local + zone, NOW), ms);
      assert.is(fault(local), "no-zone");
    }),
  );
});

test("no text makes it throw; what cannot be read has no offset", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.is(offsetOf(text, NOW) === undefined, fault(text) === "unreadable");
    }),
  );
});

test.run();
