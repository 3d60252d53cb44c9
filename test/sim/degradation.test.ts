/** Stations that wear out: what a scenario says is what the station's messages show. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { idleState, step } from "../../src/sim/charging-model.ts";
import { DEGRADATIONS, degradationOf, SOUND } from "../../src/sim/degradation.ts";
import { simWorld } from "../support/sim-world.ts";

const POINT = { maxPowerW: 50_000, voltageV: 390, phases: undefined };
const VEHICLE = { batteryWh: 90_000, maxPowerW: 120_000, taperFromSoc: 90 };
const HALF_AN_HOUR = 1_800;

function charged(condition = SOUND) {
  let state = idleState(POINT, 0);
  for (let i = 0; i < HALF_AN_HOUR; i += 1) {
    state = step(state, POINT, { vehicle: VEHICLE, limitW: Number.POSITIVE_INFINITY, seconds: 1, condition });
  }
  return state;
}

const worn = (name: string, days = 0) => charged(degradationOf(name)?.at(days));

test("each scenario changes what it is called after, from its first day, and nothing that a sound station would not have", () => {
  const sound = charged();
  assert.ok(worn("loose-contact").temperatureC > sound.temperatureC + 2);
  assert.is(worn("loose-contact").powerW, sound.powerW);
  assert.ok(worn("fan-loss").housingC > sound.housingC + 10);
  assert.ok(worn("fan-loss").powerW < sound.powerW);
  assert.is(worn("module-lost").powerW, 0.75 * sound.powerW);
  assert.is(worn("module-lost").offeredW, sound.offeredW);
  assert.ok(Math.abs(worn("failing-meter", 30).registerWh / sound.registerWh - 0.7) < 1e-9);
  assert.equal(worn("flapping-link"), sound);
});

test("a loose terminal takes voltage from an AC station under load, a restless supply moves it, and a DC outlet knows neither", () => {
  const ac = { maxPowerW: 22_000, voltageV: 231, phases: 3 as const };
  const volts = (point: typeof ac | typeof POINT, name?: string) => {
    let state = idleState(point, 0);
    const condition = name === undefined ? SOUND : degradationOf(name)?.at(0);
    return Array.from({ length: 60 }, () => {
      const of = { vehicle: VEHICLE, limitW: Number.POSITIVE_INFINITY, seconds: 1, ...(condition && { condition }) };
      state = step(state, point, of);
      return state.voltageV;
    });
  };
  const spread = (values: readonly number[]) => Math.max(...values.slice(10)) - Math.min(...values.slice(10));
  assert.ok(Math.abs(231 - (volts(ac, "loose-terminal").at(-1) ?? 0) - 1.5 * 231 * 0.012) < 1e-9);
  assert.ok(spread(volts(ac, "restless-supply")) > 1 && spread(volts(ac)) < 1e-9);
  assert.equal(volts(POINT, "restless-supply"), volts(POINT));
});

test("whenever it is looked at, a condition can be lived with: nothing negative, nothing that is no number", () => {
  fc.assert(
    fc.property(fc.constantFrom(...DEGRADATIONS), fc.double({ min: 0, max: 10_000, noNaN: true }), ({ at }, days) => {
      for (const factor of Object.values(at(days))) assert.ok(factor > 0 && Number.isFinite(factor));
    }),
  );
});

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  test(`${version}: a station that lost a module offers all and gives three quarters, in messages that say both`, async () => {
    const world = simWorld();
    const what = degradationOf("module-lost");
    if (what === undefined) throw new Error("no such scenario");
    const degradation = { what, afterMs: 0 };
    const station = world.station({ id: "A", version, degradation, sessionSec: [60, 60], seed: 4 });
    station.start();
    for (let i = 0; i < 400; i += 1) await world.clock.advance(500);
    await world.stop(station);
    const texts = world.csms.ledger("A")?.messages.map(({ payload }) => JSON.stringify(payload)) ?? [];
    const body = version === "ocpp1.6" ? '"location":"Body"' : '"AirCoolingSystem"';
    assert.ok(texts.some((text) => text.includes(body)));
    const shares = texts.flatMap((text) => {
      const of = (measurand: string) =>
        Number(new RegExp(`"value":"?([\\d.]+)"?,[^}]*"measurand":"${measurand}"`).exec(text)?.[1]);
      const share = of("Power.Active.Import") / of("Power.Offered");
      return Number.isNaN(share) ? [] : [share];
    });
    assert.ok(
      shares.length > 10 && Math.max(...shares) > 0.3 && Math.max(...shares) < 0.7501,
      String(Math.max(...shares)),
    );
  });
}

test("a link that flaps is lost about once an hour of the station's time, and not before it begins to", async () => {
  const world = simWorld();
  const what = degradationOf("flapping-link");
  if (what === undefined) throw new Error("no such scenario");
  const afterMs = 12 * 3_600_000;
  const station = world.station({
    id: "A",
    version: "ocpp1.6",
    autonomous: false,
    degradation: { what, afterMs },
    seed: 2,
  });
  station.start();
  for (let i = 0; i < 12 * 60; i += 1) await world.clock.advance(60_000);
  const before = station.ledger.counts.disconnects;
  for (let i = 0; i < 12 * 60; i += 1) await world.clock.advance(60_000);
  const after = station.ledger.counts.disconnects - before;
  await world.stop(station);
  assert.ok(before <= 2 && after >= 5 && after <= 24, `${before} and ${after}`);
});

test.run();
