/**
 * Does an EVSE still give all that it offers? Vehicles often want less, so a session that stays below the offer says nothing. That
 * for many sessions none comes up to it does, where one in three used to:
 *
 *     P(none of m | h of n before) = Π (n − h + 1 + i) / (n + 2 + i),  i < m        alarm: P < 10⁻⁵
 *
 * (beta-binomial, flat prior). A power module that is lost leaves a ceiling at a whole fraction of the offer, so {@link fraction}
 * of the best session since says how many of how many are left.
 *
 * A station that lowers its offer when it loses a module tells the truth, and is not found here.
 */
import { BASELINE_SESSIONS } from "./drift.ts";

/** Part of the offer that counts as all of it: meters and rounding. One module of up to twelve is found. */
const REACHED = 0.95;
/** Of the baseline's sessions; with fewer the absence of any proves nothing within months. */
const MIN_REACHED = 10;
const ALARM_DIGITS = 5;
const MAX_MODULES = 12;
/** Less than what eleven twelfths and ten elevenths are apart. */
const FRACTION_ERROR = 0.005;

export interface FullPowerState {
  readonly sessions: number;
  readonly reached: number;
  /** Since the last that reached it. */
  readonly misses: number;
  readonly best: number;
  readonly digits: number;
}

const NOTHING: FullPowerState = { sessions: 0, reached: 0, misses: 0, best: 0, digits: 0 };

export class FullPower {
  #state: FullPowerState;

  constructor(state: FullPowerState = NOTHING) {
    this.#state = state;
  }

  get state(): FullPowerState {
    return this.#state;
  }

  get sessions(): number {
    return this.#state.sessions + this.#state.misses;
  }

  get isLearnt(): boolean {
    return this.#state.sessions >= BASELINE_SESSIONS && this.#state.reached >= MIN_REACHED;
  }

  /** −log₁₀ P; undefined while the baseline is learnt, or where vehicles want too little. */
  get digits(): number | undefined {
    return this.isLearnt ? this.#state.digits : undefined;
  }

  get isAlarm(): boolean {
    return (this.digits ?? 0) > ALARM_DIGITS;
  }

  /** Modules that are left, and how many there were, while it alarms and the best session since tells. */
  get modules(): readonly [left: number, of: number] | undefined {
    return this.isAlarm ? fraction(this.#state.best) : undefined;
  }

  /** @param share the most that the session gave of what was offered */
  add(share: number): void {
    const { sessions, reached, misses, best, digits } = this.#state;
    const isReached = share >= REACHED;
    if (!this.isLearnt) this.#state = { ...NOTHING, sessions: sessions + 1, reached: reached + (isReached ? 1 : 0) };
    else if (isReached) this.#state = { ...NOTHING, sessions, reached };
    else {
      const missing = (sessions - reached + 1 + misses) / (sessions + 2 + misses);
      this.#state = {
        sessions,
        reached,
        misses: misses + 1,
        best: Math.max(best, share),
        digits: digits - Math.log10(missing),
      };
    }
  }

  relearn(): void {
    this.#state = NOTHING;
  }
}

/** The fraction of the smallest whole numbers up to twelve that `share` is near. */
export function fraction(share: number): readonly [left: number, of: number] | undefined {
  for (let of = 2; of <= MAX_MODULES; of += 1) {
    const left = Math.round(share * of);
    if (left > 0 && left < of && Math.abs(share - left / of) <= FRACTION_ERROR) return [left, of];
  }
  return undefined;
}
