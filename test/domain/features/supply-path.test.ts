/** The supply's impedance and restlessness from a session, and from day to day. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BASELINE_SESSIONS } from "../../../src/domain/features/drift.ts";
import { SupplyPath } from "../../../src/domain/features/supply-path.ts";
import { SupplyTrend } from "../../../src/domain/features/supply-trend.ts";

const DAY_MS = 86_400_000;

/** Pairs `stepSec` apart. */
function pathOf(pairs: readonly (readonly [volt: number, ampere: number])[], stepSec = 30): SupplyPath {
  const path = new SupplyPath();
  for (const [i, [volt, ampere]] of pairs.entries()) {
    path.voltage(i * stepSec * 1000, volt);
    path.current(i * stepSec * 1000, ampere);
  }
  return path;
}

test("a supply of 0.3 Ω: 0 → 16 → 16 → 6 → 0 A gives it with each step of more than 5 A", () => {
  const path = pathOf([
    [230, 0],
    [225.2, 16],
    [225.2, 16],
    [228.2, 6],
    [228.2, 6],
    [230, 0],
  ]);
  assert.equal(
    path.steps.map((ohm) => Number(ohm.toFixed(6))),
    [0.3, 0.3, 0.3],
  );
  assert.equal(path.range, [225.2, 230]);
});

test("whatever the supply and the load, without noise each step tells the impedance", () => {
  const loads = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { minLength: 2, maxLength: 200, size: "max" });
  fc.assert(
    fc.property(loads, fc.double({ min: 0, max: 1, noNaN: true }), (amperes, ohm) => {
      const { steps } = pathOf(amperes.map((ampere) => [230 - ohm * ampere, ampere] as const));
      assert.ok(steps.length <= 16);
      for (const step of steps) assert.ok(Math.abs(step - ohm) < 1e-9, `${step} for ${ohm}`);
    }),
  );
});

test("a voltage that goes up and down by 1 V while the current is steady: 0.71 V; a slow wander of the mains adds nothing to speak of", () => {
  const restless = pathOf(Array.from({ length: 60 }, (_, i) => [230 + (i % 2) - i / 60, 16] as const));
  assert.ok(Math.abs((restless.unrest ?? 0) - Math.SQRT1_2) < 0.01, String(restless.unrest));
  const wandering = pathOf(Array.from({ length: 60 }, (_, i) => [230 - i / 10, 16] as const));
  assert.ok((wandering.unrest ?? 1) < 0.08);
});

test("pairs too far apart, samples of one kind, or of times that do not match tell nothing", () => {
  const far = pathOf(
    Array.from({ length: 60 }, (_, i) => [230, i % 2 === 0 ? 0 : 32] as const),
    61,
  );
  assert.equal([far.steps.length, far.unrest], [0, undefined]);
  const path = new SupplyPath();
  for (let i = 0; i < 60; i += 1) path.voltage(i * 1000, 230);
  for (let i = 0; i < 60; i += 1) path.current(i * 1000 + 500, i);
  assert.equal([path.steps.length, path.unrest], [0, undefined]);
  assert.is(new SupplyPath().range, undefined);
});

/** A trend that has learnt 0.1 Ω ± 2 %. */
function learnt(): SupplyTrend {
  const trend = new SupplyTrend();
  for (let day = 0; day <= BASELINE_SESSIONS; day += 1) {
    const ohm = 0.1 + 0.002 * ((day % 5) - 2);
    trend.add([ohm, ohm, ohm, ohm], day * DAY_MS);
  }
  return trend;
}

test("a day is judged when the next begins, by its median: one wild step of four changes nothing, a looser terminal does", () => {
  const wild = learnt();
  const loose = learnt();
  for (let day = 60; day < 75; day += 1) {
    wild.add([0.1, 5, 0.1, 0.1], day * DAY_MS);
    loose.add([0.13, 0.13, 0.13, 0.13], day * DAY_MS);
  }
  assert.equal([wild.drift.isAlarm, loose.drift.isAlarm], [false, true]);
  assert.is(learnt().drift.sessions, BASELINE_SESSIONS);
});

test("days with few steps are joined; how a day's sessions are cut, and a restart between them, changes nothing", () => {
  const days = fc.array(fc.array(fc.double({ min: 0.05, max: 0.2, noNaN: true }), { maxLength: 8 }), {
    maxLength: 120,
    size: "max",
  });
  fc.assert(
    fc.property(days, fc.nat(8), (stepsByDay, cut) => {
      const whole = new SupplyTrend();
      let parts = new SupplyTrend();
      for (const [day, steps] of stepsByDay.entries()) {
        whole.add(steps, day * DAY_MS);
        parts.add(steps.slice(0, cut), day * DAY_MS);
        parts = new SupplyTrend(JSON.parse(JSON.stringify(parts.state)));
        parts.add(steps.slice(cut), day * DAY_MS + 1);
      }
      assert.equal(parts.state, whole.state);
      assert.ok(whole.drift.sessions <= stepsByDay.length && whole.state.steps.length <= 32);
    }),
    { numRuns: 50 },
  );
});

test.run();
