/**
 * State of health: 100 less a penalty for each indicator, each capped, so that the sum can be explained. A penalty halves in
 * {@link HALF_LIFE_MS} when nothing feeds it. `coverage` says for how much of the possible penalty there is data at all: 100
 * without data is no praise. `confidence` is what of it rests on enough sessions.
 *
 * A safety event keeps the score at {@link LATCHED_SCORE} or below until somebody has acknowledged it, however long ago it was.
 */
import type { SafetyEvent } from "./safety.ts";

export const INDICATORS = [
  ...(["thermalResistance", "failureRate", "cooling", "deliveredPower", "meter"] as const),
  ...(["supply", "voltageStability"] as const),
  "connection",
] as const;
export type Indicator = (typeof INDICATORS)[number];

/** Highest penalty: how much one indicator alone may take. */
export const CAPS: Readonly<Record<Indicator, number>> = {
  thermalResistance: 40,
  failureRate: 40,
  cooling: 30,
  deliveredPower: 30,
  meter: 30,
  supply: 30,
  voltageStability: 15,
  connection: 30,
};
/** One week. */
export const HALF_LIFE_MS = 7 * 86_400_000;
export const LATCHED_SCORE = 40;
/** Sessions with which an indicator's word is as good as it gets. */
const FULL_EVIDENCE = 50;

/** What one session says about an indicator; undefined figures: nothing yet. */
export interface Finding {
  readonly ind: Indicator;
  /** The indicator's own figure: z of what drifts, P(excess) of the failure rate, −log₁₀ P of what should have happened. */
  readonly z: number | undefined;
  readonly isAlarm: boolean;
  /** Sessions it rests on. */
  readonly evidence: number;
}

export interface BreakdownEntry {
  readonly ind: Indicator;
  readonly z: number | undefined;
  readonly penalty: number;
  readonly evidence: number;
}

/** When it was heard of last, by the gateway's clock. */
export type Latched = readonly [event: SafetyEvent, atMs: number];

export interface StateOfHealth {
  readonly score: number;
  readonly coverage: number;
  readonly confidence: number;
  readonly breakdown: readonly BreakdownEntry[];
  readonly latched: readonly Latched[];
}

interface Penalty {
  readonly value: number;
  readonly atMs: number;
}

export interface ScoreState {
  readonly penalties: readonly (readonly [ind: Indicator, penalty: Penalty])[];
  readonly latched: readonly Latched[];
  /** As last judged, without what is latched. */
  readonly judged: number;
}

export class HealthScore {
  readonly #penalties: Map<Indicator, Penalty>;
  readonly #latched: Map<SafetyEvent, number>;
  #judged: Omit<StateOfHealth, "latched"> = { score: 100, coverage: 0, confidence: 0, breakdown: [] };

  constructor({ penalties, latched, judged }: ScoreState = { penalties: [], latched: [], judged: 100 }) {
    this.#penalties = new Map(penalties);
    this.#latched = new Map(latched);
    this.#judged = { ...this.#judged, score: judged };
  }

  get state(): ScoreState {
    return { penalties: [...this.#penalties], latched: [...this.#latched], judged: this.#judged.score };
  }

  /** As last judged, and what is latched since. */
  get health(): StateOfHealth {
    return { ...this.#judged, score: scoreOf(this.state), latched: [...this.#latched] };
  }

  /**
   * An alarm costs half of the cap at once, and the rest when it stays.
   *
   * @param findings of all indicators that an asset of this kind can have, also of those that have no figure yet
   */
  judge(findings: readonly Finding[], atMs: number): StateOfHealth {
    const breakdown = findings.map(({ ind, z, isAlarm, evidence }) => {
      const penalty = this.#renew(ind, isAlarm, atMs);
      return { ind, z, penalty, evidence };
    });
    const score = Math.max(0, 100 - breakdown.reduce((sum, { penalty }) => sum + penalty, 0));
    this.#judged = {
      score,
      coverage: share(findings, ({ z }) => (z === undefined ? 0 : 1)),
      confidence: share(findings, ({ z, evidence }) => (z === undefined ? 0 : Math.min(1, evidence / FULL_EVIDENCE))),
      breakdown,
    };
    return this.health;
  }

  /** True where it is news: the same again only renews the time. */
  latch(event: SafetyEvent, atMs: number): boolean {
    const last = this.#latched.get(event);
    this.#latched.set(event, Math.max(atMs, last ?? atMs));
    return last === undefined;
  }

  /** Lets go of what was last heard of until then. */
  acknowledge(untilMs: number): void {
    for (const [event, atMs] of this.#latched) if (atMs <= untilMs) this.#latched.delete(event);
  }

  #renew(ind: Indicator, isAlarm: boolean, atMs: number): number {
    const last = this.#penalties.get(ind) ?? { value: 0, atMs };
    const ageMs = Math.max(0, atMs - last.atMs);
    const faded = last.value * 2 ** (-ageMs / HALF_LIFE_MS);
    const cap = CAPS[ind];
    const value = isAlarm ? Math.min(cap, Math.max(cap / 2, last.value + cap / 10)) : faded;
    this.#penalties.set(ind, { value, atMs: Math.max(atMs, last.atMs) });
    return value;
  }
}

/** The score that a kept state stands for. */
export const scoreOf = ({ judged, latched }: ScoreState): number =>
  latched.length === 0 ? judged : Math.min(judged, LATCHED_SCORE);

/** Percent of all caps that the findings have, each weighed. */
function share(findings: readonly Finding[], weight: (finding: Finding) => number): number {
  const possible = findings.reduce((sum, { ind }) => sum + CAPS[ind], 0);
  return (100 * findings.reduce((sum, finding) => sum + CAPS[finding.ind] * weight(finding), 0)) / possible;
}
