/** A sound fleet over a simulated year stays within the false-alarm rates of docs/health-features.md. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EvseAnalysis } from "../../src/domain/features/evse-analysis.ts";
import { INDICATORS } from "../../src/domain/features/state-of-health.ts";
import { life, playSession } from "../support/simulated-evse.ts";

const STATIONS = 200;
const DAYS = 365;

/** Indicators that cost a sound EVSE points at any time of its year. */
function blamedFor(seed: number): ReadonlySet<string> {
  const analysis = new EvseAnalysis();
  const blamed = new Set<string>();
  for (const session of life({ seed, days: DAYS })) {
    playSession(session, (channel, at, value) => {
      for (const entry of analysis.observe(channel, at, value)?.health.breakdown ?? []) {
        if (entry.penalty > 0) blamed.add(entry.ind);
      }
    });
  }
  return blamed;
}

test("200 sound EVSEs over a year: thermal resistance blames at most 4 %, the failure rate at most 1 %", () => {
  const counts = new Map<string, number>(INDICATORS.map((ind) => [ind, 0]));
  for (let seed = 1; seed <= STATIONS; seed += 1) {
    for (const ind of blamedFor(seed)) counts.set(ind, (counts.get(ind) ?? 0) + 1);
  }
  console.log(`blamed within a year, of ${STATIONS}: ${JSON.stringify([...counts])}`);
  assert.ok((counts.get("thermalResistance") ?? STATIONS) <= 0.04 * STATIONS, JSON.stringify([...counts]));
  assert.ok((counts.get("failureRate") ?? STATIONS) <= 0.01 * STATIONS, JSON.stringify([...counts]));
});

test.run();
