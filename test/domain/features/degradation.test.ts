/** Lives of simulated EVSEs in simulated time: what degrades is found in time, and sound ones are left alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EvseAnalysis, type SessionResult } from "../../../src/domain/features/evse-analysis.ts";
import { DAY_MS, type Life, life, playSession } from "../../support/simulated-evse.ts";

function* results(settings: Life): Generator<SessionResult & { readonly day: number }> {
  const analysis = new EvseAnalysis();
  for (const session of life(settings)) {
    const found: SessionResult[] = [];
    playSession(session, (channel, at, value) => {
      const result = analysis.observe(channel, at, value);
      if (result !== undefined) found.push(result);
    });
    for (const result of found) yield { ...result, day: session.startMs / DAY_MS };
  }
}

/** Day on which an indicator first costs points; undefined: never. */
function foundOn(ind: string, settings: Life): number | undefined {
  for (const { health, day } of results(settings)) {
    if (health.breakdown.some((entry) => entry.ind === ind && entry.penalty > 0)) return day;
  }
  return undefined;
}

const BREAKS_ON = 60;

test("loose contact: 10 % more thermal resistance is found within seven days, before it is a fire", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const day = foundOn("thermalResistance", { seed, days: 90, thetaFactor: (now) => (now < BREAKS_ON ? 1 : 1.1) });
    assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + 7, `seed ${seed}: day ${day}`);
  }
});

test("loose contact: one that works loose by 1 % a day is found within twelve days", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const grow = (now: number) => 1 + 0.01 * Math.max(0, now - BREAKS_ON);
    const day = foundOn("thermalResistance", { seed, days: 90, thetaFactor: grow });
    assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + 12, `seed ${seed}: day ${day}`);
  }
});

test("every third session fails: found within thirty days", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const day = foundOn("failureRate", { seed, days: 90, failureRate: (now) => (now < BREAKS_ON ? 0.02 : 0.33) });
    assert.ok(day !== undefined && day >= BREAKS_ON && day <= BREAKS_ON + 30, `seed ${seed}: day ${day}`);
  }
});

test("sound EVSEs over a quarter: at most one in ten is ever blamed", () => {
  const blamed = Array.from({ length: 20 }, (_, i) => i + 100).filter(
    (seed) => foundOn("thermalResistance", { seed, days: 90 }) ?? foundOn("failureRate", { seed, days: 90 }),
  );
  assert.ok(blamed.length <= 2, `blamed: ${blamed.join(" ")}`);
});

test.run();
