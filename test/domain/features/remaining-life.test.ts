/** Remaining life: the slope of Theil and Sen, its interval, and what is said of wear in simulated lives. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EvseAnalysis } from "../../../src/domain/features/evse-analysis.ts";
import { type Life, RemainingLife, senSlope } from "../../../src/domain/features/remaining-life.ts";
import { DAY_MS, life, playSession } from "../../support/simulated-evse.ts";

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));

test("the slope is the median of the slopes of all pairs (by hand: of four points)", () => {
  const points = [
    [0, 0],
    [1, 1],
    [2, 5],
    [3, 9],
  ] as const;
  // Slopes: 1, 5/2, 3, 4, 4, 4.
  assert.is(senSlope(points).slope, 3.5);
});

test("the interval's ranks are Sen's: of 30 points 435 slopes, C = 184, so the 126th and the 310th", () => {
  // y = x² has a slope of x₁ + x₂ for each pair.
  const points = Array.from({ length: 30 }, (_, x) => [x, x * x] as const);
  const slopes = points.flatMap(([a], i) => points.slice(i + 1).map(([b]) => a + b)).sort((a, b) => a - b);
  const { low, high } = senSlope(points);
  assert.equal([low, high], [slopes[125], slopes[309]]);
});

test("moving the values, or all wild values of a quarter of the sessions, leaves the slope where the sound ones have it", () => {
  const wild = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), wild, fc.nat(29), (slope, values, first) => {
      const line = Array.from({ length: 40 }, (_, x) => [x, 100 + slope * x] as const);
      const spoilt = line.map(([x, y], i) => [x, values[i - first] ?? y] as const);
      const found = senSlope(spoilt);
      assert.ok(close(senSlope(line).slope, slope));
      assert.ok(found.low <= slope + 1e-6 && slope - 1e-6 <= found.high, JSON.stringify(found));
      assert.ok(close(senSlope(spoilt.map(([x, y]) => [x, y + 7] as const)).slope, found.slope) || found.slope === 0);
    }),
  );
});

test("a figure that grows by 1 % of its baseline a session, three a day: at 1.3 there are 6.7 days to 1.5", () => {
  const wear = new RemainingLife();
  for (let i = 0; i <= 30; i += 1) wear.add((i * DAY_MS) / 3, 1 + i / 100);
  const found = wear.until(1);
  assert.ok(found !== undefined && Math.abs(found.days - 20 / 3) < 0.2, JSON.stringify(found));
  assert.ok(found.from <= found.days && found.days <= found.to);
});

test("fewer than thirty sessions, or a figure that stays or falls, say nothing", () => {
  for (const [count, slope] of [
    [29, 0.01],
    [48, 0],
    [48, -0.01],
  ] as const) {
    const wear = new RemainingLife();
    for (let i = 0; i < count; i += 1) wear.add((i * DAY_MS) / 3, 1 + slope * i);
    assert.is(wear.until(1), undefined);
  }
});

/** What is said after each session from `fromDay` on. */
function* said(
  seed: number,
  days: number,
  thetaFactor: (day: number) => number,
): Generator<[day: number, life?: Life]> {
  const analysis = new EvseAnalysis();
  for (const session of life({ seed, days, thetaFactor })) {
    let told: Life | undefined;
    playSession(session, (...observation) => {
      told = analysis.observe(...observation)?.life ?? told;
    });
    yield [session.startMs / DAY_MS, ...(told === undefined ? [] : [told])] as [number, Life?];
  }
}

test("a contact that works loose by half a percent a day has a remaining life within 20 days, true within its interval", () => {
  for (let seed = 1; seed <= 3; seed += 1) {
    const told = [...said(seed, 100, (day) => 1 + 0.005 * Math.max(0, day - 40))].filter(([day]) => day >= 60);
    const right = told.filter(
      ([day, found]) => found !== undefined && found.from <= 140 - day && 140 - day <= found.to,
    );
    assert.ok(told[0]?.[1] !== undefined && right.length >= 0.9 * told.length, `seed ${seed}: ${right.length}`);
  }
});

test("of sound contacts at most one session in a thousand says that the end is in sight", () => {
  const told = [1, 2, 3, 4].flatMap((seed) => [...said(seed, 250, () => 1)]);
  const wrong = told.filter(([, found]) => found !== undefined).length;
  assert.ok(wrong <= told.length / 1000, `${wrong} of ${told.length}`);
});

test.run();
