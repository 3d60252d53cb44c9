// deadline: 180s
/** A sound fleet over a simulated year stays within the false-alarm rates of docs/health-features.md. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { INDICATORS } from "../../src/domain/features/state-of-health.ts";
import { blamed } from "../support/simulated-lives.ts";

const STATIONS = 200;
const DAYS = 365;
/** Of the fleet, in percent. */
const MOST: Readonly<Record<(typeof INDICATORS)[number], number>> = {
  thermalResistance: 4,
  failureRate: 1,
  cooling: 4,
  deliveredPower: 1,
  meter: 4,
  supply: 4,
  voltageStability: 4,
  connection: 1,
};

test("200 sound EVSEs over a year: no indicator blames more of them than is stated", () => {
  const counts = new Map<string, number>(INDICATORS.map((ind) => [ind, 0]));
  for (let seed = 1; seed <= STATIONS; seed += 1) {
    for (const ind of blamed({ seed, days: DAYS }).keys()) counts.set(ind, (counts.get(ind) ?? 0) + 1);
  }
  const found = JSON.stringify([...counts]);
  console.log(`blamed within a year, of ${STATIONS}: ${found}`);
  for (const ind of INDICATORS) assert.ok((counts.get(ind) ?? STATIONS) <= (MOST[ind] / 100) * STATIONS, found);
});

test.run();
