/** What the analysis says of a simulated EVSE and its station's connection, over their lives. */
import { EvseAnalysis } from "../../src/domain/features/evse-analysis.ts";
import type { StateOfHealth } from "../../src/domain/features/state-of-health.ts";
import { StationAnalysis } from "../../src/domain/features/station-analysis.ts";
import { CONNECTION, DAY_MS, drops, type Life, life, playSession } from "./simulated-evse.ts";

interface Judged {
  readonly day: number;
  readonly health: StateOfHealth;
}

function* ofEvse(settings: Life): Generator<Judged> {
  const analysis = new EvseAnalysis();
  for (const session of life(settings)) {
    const judged: StateOfHealth[] = [];
    playSession(session, (channel, at, value) => {
      const health = analysis.observe(channel, at, value)?.health;
      if (health !== undefined) judged.push(health);
    });
    for (const health of judged) yield { day: session.startMs / DAY_MS, health };
  }
}

function* ofStation(settings: Life): Generator<Judged> {
  const analysis = new StationAnalysis();
  for (const at of drops(settings)) {
    for (const value of [0, 1]) {
      const health = analysis.observe(CONNECTION, at, value);
      if (health !== undefined) yield { day: at / DAY_MS, health };
    }
  }
}

function* all(settings: Life): Generator<Judged> {
  yield* ofEvse(settings);
  yield* ofStation(settings);
}

/** Indicators that cost points, and the day on which each first did. */
export function blamed(settings: Life): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { day, health } of all(settings)) {
    for (const { ind, penalty } of health.breakdown) {
      if (penalty > 0 && !found.has(ind)) found.set(ind, day);
    }
  }
  return found;
}

/** Day on which an indicator first costs points, undefined: any; undefined: never. */
export function foundOn(ind: string | undefined, settings: Life): number | undefined {
  const judged = ind === "connection" ? ofStation(settings) : ind === undefined ? all(settings) : ofEvse(settings);
  for (const { day, health } of judged) {
    if (health.breakdown.some((entry) => entry.penalty > 0 && (ind === undefined || entry.ind === ind))) return day;
  }
  return undefined;
}
