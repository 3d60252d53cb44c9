/** Lives of simulated EVSEs in simulated time: what degrades is found in time, and sound ones are left alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DEGRADATIONS, SOUND } from "../../../src/sim/degradation.ts";
import { foundOn } from "../../support/simulated-lives.ts";

const BREAKS_ON = 60;
const DAYS = 90;

/** Days within which each scenario has to be found, and by what. */
const EXPECTED: Readonly<Record<string, readonly [indicator: string, days: number]>> = {
  "loose-contact": ["thermalResistance", 7],
  "fan-loss": ["cooling", 5],
  "module-lost": ["deliveredPower", 21],
  "failing-meter": ["meter", 10],
  "flapping-link": ["connection", 1.5],
  "loose-terminal": ["supply", 10],
  "restless-supply": ["voltageStability", 3],
};

test("there is a sentence for each scenario", () => {
  assert.equal(
    DEGRADATIONS.map(({ name }) => name),
    Object.keys(EXPECTED),
  );
});

for (const { name, does, at } of DEGRADATIONS) {
  const [ind, days] = EXPECTED[name] ?? ["", 0];
  test(`${name}: ${does}; found by ${ind} within ${days} days`, () => {
    const condition = (day: number) => (day < BREAKS_ON ? SOUND : at(day - BREAKS_ON));
    for (let seed = 1; seed <= 3; seed += 1) {
      const day = foundOn(ind, { seed, days: DAYS, condition });
      assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + days, `seed ${seed}: day ${day}`);
    }
  });
}

test("a contact that works loose by 1 % a day is found within twelve days", () => {
  const thetaFactor = (now: number) => 1 + 0.01 * Math.max(0, now - BREAKS_ON);
  for (let seed = 1; seed <= 4; seed += 1) {
    const day = foundOn("thermalResistance", { seed, days: DAYS, thetaFactor });
    assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + 12, `seed ${seed}: day ${day}`);
  }
});

test("every third session fails: found within thirty days", () => {
  for (let seed = 1; seed <= 4; seed += 1) {
    const day = foundOn("failureRate", { seed, days: DAYS, failureRate: (now) => (now < BREAKS_ON ? 0.02 : 0.33) });
    assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + 30, `seed ${seed}: day ${day}`);
  }
});

test("sound EVSEs over a quarter: at most one in six is ever blamed", () => {
  const blamed = Array.from({ length: 12 }, (_, i) => i + 100).filter(
    (seed) => foundOn(undefined, { seed, days: DAYS }) !== undefined,
  );
  assert.ok(blamed.length <= 2, `blamed: ${blamed.join(" ")}`);
});

test.run();
