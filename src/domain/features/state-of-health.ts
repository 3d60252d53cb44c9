/**
 * State of health: 100 less a penalty for each indicator, each capped, so that the sum can be explained. A penalty halves in
 * {@link HALF_LIFE_MS} when nothing feeds it. `coverage` says for how much of the possible penalty there is data at all: 100
 * without data is no praise.
 */
export const INDICATORS = ["thermalResistance", "failureRate"] as const;
export type Indicator = (typeof INDICATORS)[number];

/** Highest penalty: how much one indicator alone may take. */
export const CAPS: Readonly<Record<Indicator, number>> = { thermalResistance: 40, failureRate: 40 };
/** One week. */
export const HALF_LIFE_MS = 7 * 86_400_000;

/** What one session says about an indicator; undefined figures: nothing yet. */
export interface Finding {
  readonly ind: Indicator;
  /** The indicator's own figure: z of θ, P(excess) of the failure rate. */
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

export interface StateOfHealth {
  readonly score: number;
  readonly coverage: number;
  readonly breakdown: readonly BreakdownEntry[];
}

interface Penalty {
  readonly value: number;
  readonly atMs: number;
}

export type Penalties = readonly (readonly [ind: Indicator, penalty: Penalty])[];

export class HealthScore {
  readonly #penalties: Map<Indicator, Penalty>;

  constructor(penalties: Penalties = []) {
    this.#penalties = new Map(penalties);
  }

  get penalties(): Penalties {
    return [...this.#penalties];
  }

  /** An alarm costs half of the cap at once, and the rest when it stays. */
  judge(findings: readonly Finding[], atMs: number): StateOfHealth {
    const breakdown = findings.map(({ ind, z, isAlarm, evidence }) => {
      const penalty = this.#renew(ind, isAlarm, atMs);
      return { ind, z, penalty, evidence };
    });
    const covered = findings.filter(({ z }) => z !== undefined).reduce((sum, { ind }) => sum + CAPS[ind], 0);
    const possible = INDICATORS.reduce((sum, ind) => sum + CAPS[ind], 0);
    const score = 100 - breakdown.reduce((sum, { penalty }) => sum + penalty, 0);
    return { score: Math.max(0, score), coverage: (100 * covered) / possible, breakdown };
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
