import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Composite } from "../../../src/domain/charging/composite.ts";
import { compositeOfStation, lowerOf } from "../../../src/domain/charging/composite-station.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { THREE_PHASES } from "../../support/charging.ts";

const NOW = epochMs(Date.UTC(2026, 0, 1, 10, 0, 0, 700));
const START = epochMs(Date.UTC(2026, 0, 1, 10));
const question = { now: NOW, durationSec: 600, unit: "A", supply: THREE_PHASES } as const;
const ONE_PHASE = { ...THREE_PHASES, phases: 1 };
const answer = (chargingSchedule?: object, more: object = {}) => ({
  status: "Accepted",
  connectorId: 1,
  ...(chargingSchedule === undefined ? {} : { chargingSchedule }),
  ...more,
});
const schedule = (unit: string, ...limits: readonly number[]) => ({
  chargingRateUnit: unit,
  chargingSchedulePeriod: limits.map((limit, i) => ({ startPeriod: i * 60, limit })),
});

test("K08, 1.6 §5.7 - a station's schedule as it is, from now and as long as was asked where it does not say", () => {
  assert.equal(compositeOfStation(answer(schedule("A", 16, 16, 10)), question), {
    start: START,
    durationSec: 600,
    unit: "A",
    periods: [
      { startPeriod: 0, limit: 16 },
      { startPeriod: 120, limit: 10 },
    ],
  });
  const said = answer({ ...schedule("A", 16), duration: 60 }, { scheduleStart: "2026-01-01T09:59:30Z" });
  assert.equal(compositeOfStation(said, question)?.start, START - 30_000);
  assert.equal(compositeOfStation(said, question)?.durationSec, 60);
});

test("units: watts become amperes, amperes watts only where an EV cannot put them on fewer phases", () => {
  assert.is(compositeOfStation(answer(schedule("W", 11_000)), question)?.periods[0]?.limit, 15.9);
  const inWatts = { ...question, unit: "W" } as const;
  assert.is(compositeOfStation(answer(schedule("A", 16)), inWatts), undefined);
  assert.is(compositeOfStation(answer(schedule("A", 16)), { ...inWatts, supply: ONE_PHASE })?.periods[0]?.limit, 3680);
});

test("what means nothing is no schedule", () => {
  for (const nothing of [
    { status: "Rejected" },
    answer(),
    answer(schedule("A")),
    answer({ chargingRateUnit: "A" }),
    answer(schedule("kW", 5)),
    answer({ chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 5, limit: 6 }] }),
    answer({ chargingRateUnit: "A", chargingSchedulePeriod: [{ limit: 6 }] }),
  ]) {
    assert.is(compositeOfStation(nothing, question), undefined, JSON.stringify(nothing));
  }
});

const composite = (start: fc.Arbitrary<number>): fc.Arbitrary<Composite> =>
  fc
    .record({
      start,
      durationSec: fc.integer({ min: 1, max: 40 }),
      periods: fc.uniqueArray(fc.record({ startPeriod: fc.nat(30), limit: fc.nat(3) }), {
        selector: ({ startPeriod }) => startPeriod,
        maxLength: 6,
      }),
      first: fc.nat(3),
    })
    .map(({ start: at, durationSec, periods, first }) => ({
      start: epochMs(START + at * 1000),
      durationSec,
      unit: "A",
      periods: [
        { startPeriod: 0, limit: first },
        ...periods.filter(({ startPeriod }) => startPeriod > 0).sort((a, b) => a.startPeriod - b.startPeriod),
      ],
    }));

/** The limit at a second of the clock; undefined outside of the schedule. */
function valueAt({ start, durationSec, periods }: Composite, at: number): number | undefined {
  const offset = (at - start) / 1000;
  if (offset < 0 || offset >= durationSec) return undefined;
  return periods.findLast(({ startPeriod }) => startPeriod <= offset)?.limit;
}

test("the lower of two is at every second the lower of what they say, and as long as the first", () => {
  fc.assert(
    fc.property(composite(fc.constant(0)), composite(fc.integer({ min: -20, max: 20 })), (one, other) => {
      const lower = lowerOf(one, other);
      assert.equal([lower.start, lower.durationSec, lower.periods[0]?.startPeriod], [one.start, one.durationSec, 0]);
      for (let second = 0; second < one.durationSec; second += 1) {
        const at = one.start + second * 1000;
        const expected = Math.min(
          valueAt(one, at) ?? assert.unreachable() ?? 0,
          valueAt(other, at) ?? Number.POSITIVE_INFINITY,
        );
        assert.is(valueAt(lower, at), expected);
      }
      assert.equal(lowerOf(lower, other), lower, "twice is the same as once");
    }),
  );
});

test.run();
