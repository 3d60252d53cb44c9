/** The energy register against the integral of power. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MeterCheck } from "../../../src/domain/features/meter-check.ts";

/** Watts at whole minutes, and a register that counts `factor` of what flows between them. */
function errorOf(watts: readonly number[], factor: number, options: { swap?: boolean; stepMin?: number } = {}) {
  const { swap = false, stepMin = 1 } = options;
  const check = new MeterCheck();
  let wattHours = 12_345;
  for (const [i, watt] of watts.entries()) {
    const at = i * stepMin * 60_000;
    if (i > 0) wattHours += ((((watts[i - 1] ?? 0) + watt) / 2) * stepMin * factor) / 60;
    if (swap) check.register(at, wattHours);
    check.power(at, watt);
    if (!swap) check.register(at, wattHours);
  }
  return check.error;
}

test("whatever the load, the error is what the register leaves out, whichever of both comes first", () => {
  const loads = fc.array(fc.double({ min: 5_000, max: 300_000, noNaN: true }), {
    minLength: 12,
    maxLength: 60,
    size: "max",
  });
  fc.assert(
    fc.property(loads, fc.double({ min: 0, max: 1.9, noNaN: true }), fc.boolean(), (watts, factor, swap) => {
      const error = errorOf(watts, factor, { swap }) ?? Number.NaN;
      assert.ok(Math.abs(error - Math.abs(factor - 1)) < 1e-9, `${error} for ${factor}`);
    }),
  );
});

test("a register that stands still is wrong by all, one that runs back by no more", () => {
  const steady = Array.from({ length: 20 }, () => 50_000);
  assert.is(errorOf(steady, 0), 1);
  assert.is(errorOf(steady, -3), 1);
});

test("too little energy, a hole, or only one of both: nothing is said", () => {
  assert.is(errorOf([1_000, 1_000, 1_000], 1), undefined);
  assert.is(errorOf([50_000, 50_000, 50_000], 1, { stepMin: 6 }), undefined);
  const check = new MeterCheck();
  for (let i = 0; i < 60; i += 1) check.power(i * 60_000, 50_000);
  assert.is(check.error, undefined);
});

test("samples that come twice or late change nothing", () => {
  const check = new MeterCheck();
  for (let i = 0; i < 30; i += 1) {
    for (const at of [i * 60_000, i * 60_000, i * 60_000 - 30_000]) {
      check.power(at, 60_000 + (at - i * 60_000));
      check.register(at, i * 1_000 + (at - i * 60_000));
    }
  }
  assert.ok((check.error ?? 1) < 1e-9);
});

test.run();
