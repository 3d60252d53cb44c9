/** Lost connections by day, against a baseline of days. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BASELINE_DAYS, LinkQuality, tail } from "../../../src/domain/features/link-quality.ts";
import { StationAnalysis } from "../../../src/domain/features/station-analysis.ts";
import { eventChannel } from "../../../src/domain/telemetry/channels.ts";

const DAY_MS = 86_400_000;

/** A baseline with so many drops a day; the next day begins with the first drop after it. */
function learnt(dropsPerDay: number): LinkQuality {
  const link = new LinkQuality();
  for (let day = 0; day <= BASELINE_DAYS; day += 1) {
    link.heard(day * DAY_MS);
    for (let i = 0; i < dropsPerDay && day < BASELINE_DAYS; i += 1) link.drop(day * DAY_MS + 1 + i);
  }
  return link;
}

test("the tail is the negative binomial one: geometric for one unit of shape, and it adds up", () => {
  for (let k = 0; k < 40; k += 1) assert.ok(Math.abs(tail(k, 1, 14) * 15 ** k - 1) < 1e-9, String(k));
  // Shape 2: P(K ≥ 1) = 1 − (14/15)²
  assert.ok(Math.abs(tail(1, 2, 14) - (1 - (14 / 15) ** 2)) < 1e-12);
});

test("more drops are never likelier, and more in the baseline never make a day more of a surprise", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 500 }), (k, shape) => {
      assert.ok(tail(k + 1, shape, 14) <= tail(k, shape, 14));
      assert.ok(tail(k, shape + 1, 14) >= tail(k, shape, 14) * (1 - 1e-9));
      assert.ok(tail(k, shape, 14) > 0 && tail(k, shape, 14) <= 1);
    }),
  );
});

test("a quiet link alarms on its fifth or sixth drop of a day, a poor one only when it gets worse", () => {
  const quiet = learnt(0);
  for (let i = 1; i <= 4; i += 1) quiet.drop(BASELINE_DAYS * DAY_MS + i);
  assert.not(quiet.isAlarm);
  for (let i = 5; i <= 6; i += 1) quiet.drop(BASELINE_DAYS * DAY_MS + i);
  assert.ok(quiet.isAlarm);
  const poor = learnt(10);
  for (let i = 1; i <= 15; i += 1) poor.drop(BASELINE_DAYS * DAY_MS + i);
  assert.not(poor.isAlarm);
  for (let i = 16; i <= 40; i += 1) poor.drop(BASELINE_DAYS * DAY_MS + i);
  assert.ok(poor.isAlarm);
});

test("while the baseline is learnt nothing alarms, and a new day begins at none", () => {
  const link = new LinkQuality();
  for (let i = 0; i < 100; i += 1) link.drop(DAY_MS + i);
  assert.equal([link.digits, link.isAlarm], [undefined, false]);
  link.heard(2 * DAY_MS);
  assert.is(link.dropsToday, 0);
  link.heard(DAY_MS);
  assert.is(link.days, 1, "a clock that goes back begins no day");
});

test("days without a word are days without drops", () => {
  const link = new LinkQuality();
  link.drop(0);
  link.heard(30 * DAY_MS);
  assert.equal([link.days, link.state.drops], [BASELINE_DAYS, 1]);
});

test("over a restart everything goes on as without one", () => {
  const days = fc.array(fc.tuple(fc.nat(3), fc.nat(12)), { maxLength: 40, size: "max" });
  fc.assert(
    fc.property(days, fc.nat(40), (steps, cut) => {
      const whole = new LinkQuality();
      let parted = new LinkQuality();
      let day = 0;
      for (const [i, [gap, drops]] of steps.entries()) {
        day += gap;
        if (i === cut) parted = new LinkQuality(JSON.parse(JSON.stringify(parted.state)));
        for (const link of [whole, parted]) for (let n = 0; n < drops; n += 1) link.drop(day * DAY_MS + n);
      }
      assert.equal(parted.state, whole.state);
    }),
  );
});

test("a station's bad day costs points once, and shows in what is told of it", () => {
  const station = new StationAnalysis();
  const connection = eventChannel("connection");
  for (let day = 0; day <= BASELINE_DAYS; day += 1) station.observe(connection, day * DAY_MS, 1);
  const told = Array.from({ length: 50 }, (_, i) => station.observe(connection, BASELINE_DAYS * DAY_MS + 1 + i, 0));
  const news = told.filter((health) => health !== undefined);
  assert.equal([news.length, news[0]?.score], [1, 85]);
  assert.is(station.dropsToday, 50);
  const restored = new StationAnalysis(JSON.parse(JSON.stringify(station.state)));
  assert.is(restored.observe(connection, BASELINE_DAYS * DAY_MS + 99, 0), undefined, "not again after a restart");
});

test.run();
