/** Drift, failure rate and the score they make: figures against known ones, and what must hold for every input. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ALARM_SUM, BASELINE_SESSIONS, Drift } from "../../../src/domain/features/drift.ts";
import { betaTail, FailureRate } from "../../../src/domain/features/failure-rate.ts";
import { CAPS, HALF_LIFE_MS, HealthScore, INDICATORS } from "../../../src/domain/features/state-of-health.ts";

function learnt(): Drift {
  const drift = new Drift();
  for (let i = 0; i < BASELINE_SESSIONS; i += 1) drift.add(100 + (i % 5) - 2);
  return drift;
}

test("z is the distance from the median in MADs, and the baseline does not move", () => {
  const drift = learnt();
  assert.ok(Math.abs((drift.add(110).z ?? 0) - 10 / 1.4826) < 1e-9);
  for (let i = 0; i < 200; i += 1) drift.add(110);
  assert.ok(Math.abs((drift.add(110).z ?? 0) - 10 / 1.4826) < 1e-9);
});

test("one reading alone is no alarm, however high; a steady shift of 2 σ is", () => {
  const drift = learnt();
  drift.add(1e6);
  assert.not(drift.isAlarm);
  const shifted = learnt();
  for (let i = 0; i < 12; i += 1) shifted.add(100 + 2 * 1.4826);
  assert.ok(shifted.isAlarm);
});

test("a figure that falls or stays never alarms, and after learning anew there is no z", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 100, size: "max" }), (values) => {
      const drift = learnt();
      for (const value of values) assert.ok(drift.add(value).sum <= ALARM_SUM);
    }),
  );
  const drift = learnt();
  drift.relearn();
  assert.is(drift.add(500).z, undefined);
});

test("the beta tail is the binomial sum (figures of independent tables)", () => {
  assert.ok(Math.abs(betaTail(1, 1, 0.3) - 0.7) < 1e-12);
  assert.ok(Math.abs(betaTail(2, 2, 0.5) - 0.5) < 1e-12);
  // Beta(2, 3): F(x) = 6x² − 8x³ + 3x⁴
  assert.ok(Math.abs(betaTail(2, 3, 0.2) - (1 - 0.1808)) < 1e-12);
});

test("more failures never make the excess less likely", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 50, size: "max" }), (outcomes) => {
      const rate = new FailureRate();
      for (const isFailed of outcomes) rate.add(isFailed);
      const worse = new FailureRate();
      for (const [i, isFailed] of outcomes.entries()) worse.add(isFailed || i === 0);
      assert.ok(worse.excess >= rate.excess && rate.excess >= 0 && worse.excess <= 1);
    }),
  );
});

test("only the last fifty sessions count", () => {
  const rate = new FailureRate();
  for (let i = 0; i < 50; i += 1) rate.add(true);
  assert.ok(rate.isAlarm);
  for (let i = 0; i < 50; i += 1) rate.add(false);
  assert.not(rate.isAlarm);
  assert.is(rate.failed, 0);
});

test("the score is 100 less the breakdown's penalties, each within its cap, whatever comes", () => {
  const judgement = fc.record({
    ind: fc.constantFrom(...INDICATORS),
    z: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    isAlarm: fc.boolean(),
    evidence: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(judgement, fc.integer({ min: -1000, max: 1e10 })), { maxLength: 50, size: "max" }),
      (steps) => {
        const score = new HealthScore();
        for (const [finding, atMs] of steps) {
          const state = score.judge([finding], atMs);
          const [entry] = state.breakdown;
          assert.ok(entry !== undefined && entry.penalty >= 0 && entry.penalty <= CAPS[finding.ind]);
          assert.is(state.score, 100 - entry.penalty);
          assert.ok(state.coverage === 0 || state.coverage === 100);
        }
      },
    ),
  );
});

test("a penalty halves in a week when the alarm is over", () => {
  const score = new HealthScore();
  const finding = { ind: "failureRate", z: 1, evidence: 9 } as const;
  const alarm = score.judge([{ ...finding, isAlarm: true }], 0);
  assert.is(alarm.score, 80);
  assert.is(score.judge([{ ...finding, isAlarm: false }], HALF_LIFE_MS).score, 90);
});

test.run();
