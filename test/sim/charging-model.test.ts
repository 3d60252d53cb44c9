import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ChargePoint, type ChargeState, idleState, step, type Vehicle } from "../../src/sim/charging-model.ts";

const point: ChargePoint = { maxPowerW: 50_000, voltageV: 390, phases: undefined };
const vehicle: Vehicle = { batteryWh: 60_000, maxPowerW: 120_000, taperFromSoc: 60 };

function charge(seconds: number, limitW = Number.POSITIVE_INFINITY, from = 20): readonly ChargeState[] {
  let state: ChargeState = { ...idleState(point, 1000), socPercent: from };
  return Array.from({ length: seconds }, () => {
    state = step(state, point, { vehicle, limitW, seconds: 1 });
    return state;
  });
}

test("power ramps up, stays constant, and tapers once the battery is nearly full", () => {
  const states = charge(3600);
  const at = (second: number): number => states[second]?.powerW ?? Number.NaN;
  assert.ok(at(0) < at(3));
  assert.is(at(60), 50_000);
  assert.ok((states.at(-1)?.socPercent ?? 0) > 90);
  assert.ok((states.at(-1)?.powerW ?? 0) < 25_000);
});

test("the register is the integral of the power", () => {
  const states = charge(600);
  const energyWh = states.reduce((sum, { powerW }) => sum + powerW / 3600, 0);
  assert.ok(Math.abs((states.at(-1)?.registerWh ?? 0) - 1000 - energyWh) < 1e-6);
});

test("contacts warm up with the load and cool down without it", () => {
  const hot = charge(1800).at(-1) as ChargeState;
  assert.ok(hot.temperatureC > 50);
  const cool = step(hot, point, { vehicle: undefined, limitW: Number.POSITIVE_INFINITY, seconds: 3600 });
  assert.ok(cool.temperatureC < 22);
  assert.is(cool.powerW, 0);
});

test("no step takes more than the limit, the EVSE or the vehicle allow, and the register never goes back", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 200_000, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 120, noNaN: true }),
      (limitW, socPercent, seconds) => {
        const before = { ...idleState(point, 5), socPercent };
        const after = step(before, point, { vehicle, limitW, seconds });
        assert.ok(after.powerW <= Math.min(limitW, point.maxPowerW, vehicle.maxPowerW));
        assert.ok(after.registerWh >= before.registerWh);
        assert.ok(after.socPercent <= 100);
      },
    ),
  );
});

test.run();
