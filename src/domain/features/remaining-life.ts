/**
 * How long until a figure that grows reaches its limit: by the median of the slopes between all pairs of its last sessions (Theil and
 * Sen), which up to 29 % of wild sessions do not move. The slope's interval is Sen's, from Kendall's variance:
 *
 *     C = z · √(n (n − 1) (2n + 5) / 18)        the slopes of rank (N − C) / 2 and (N + C) / 2 of N
 *
 * Nothing is said where the interval holds a slope of zero, nor beyond {@link HORIZON_DAYS}: a straight line through two
 * weeks knows nothing of next year. It is a line, and wear is often faster than one towards the end.
 */
import { median } from "../median.ts";

const DAY_MS = 86_400_000;
const SESSIONS = 48;
const MIN_SESSIONS = 30;
/** Of the normal distribution, for 99.9 % on both sides: it is asked after every session, for years. */
const Z = 3.29;
const HORIZON_DAYS = 365;
/** Of the baseline. No norm says what is too much; this much more heat is half of the way to most contacts' limits. */
const LIMIT_FACTOR = 1.5;
const DIGITS = 4;

/** Days from the last session. */
export interface Life {
  readonly days: number;
  /** By the steepest slope of the interval. */
  readonly from: number;
  /** By the flattest; beyond the horizon it is no more than that. */
  readonly to: number;
}

/** Of one session: when, in days since 1970, and its figure. */
export type LifeState = readonly (readonly [day: number, value: number])[];

export class RemainingLife {
  #sessions: (readonly [day: number, value: number])[];

  constructor(state: LifeState = []) {
    this.#sessions = [...state];
  }

  get state(): LifeState {
    return [...this.#sessions];
  }

  add(atMs: number, value: number): void {
    this.#sessions.push([Number((atMs / DAY_MS).toFixed(2)), Number(value.toPrecision(DIGITS))]);
    if (this.#sessions.length > SESSIONS) this.#sessions.shift();
  }

  relearn(): void {
    this.#sessions = [];
  }

  /** @param baseline what the figure was when the asset was sound */
  until(baseline: number): Life | undefined {
    if (this.#sessions.length < MIN_SESSIONS) return undefined;
    if (!isRising(this.#sessions)) return undefined;
    const { slope, low, high } = senSlope(this.#sessions);
    const last = this.#sessions.at(-1)?.[0] ?? 0;
    const now = median(this.#sessions.map(([day, value]) => value + slope * (last - day)));
    const left = Math.max(0, LIMIT_FACTOR * baseline - now);
    const days = left / slope;
    return days > HORIZON_DAYS ? undefined : { days, from: left / high, to: Math.min(left / low, HORIZON_DAYS) };
  }
}

interface SenSlope {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** Of points in any order of time; those of one time make no pair. */
export function senSlope(points: LifeState): SenSlope {
  const slopes = slopesOf(points).sort();
  const below = ranksBelow(points.length, slopes.length);
  const low = slopes[below] ?? Number.NEGATIVE_INFINITY;
  return { slope: middle(slopes), low, high: slopes[slopes.length - 1 - below] ?? Number.POSITIVE_INFINITY };
}

/** Whether the interval of the slope is above zero: asked after every session, and nearly always in vain, so counted without sorting. */
function isRising(points: LifeState): boolean {
  const slopes = slopesOf(points);
  let others = 0;
  for (const slope of slopes) if (slope <= 0) others += 1;
  const below = ranksBelow(points.length, slopes.length);
  return below >= 0 && others <= below;
}

const ranksBelow = (n: number, pairs: number): number =>
  Math.floor((pairs - Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2);

function slopesOf(points: LifeState): Float64Array {
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let pairs = 0;
  for (const [i, [x, y]] of points.entries()) {
    for (let k = i + 1; k < points.length; k += 1) {
      const [x2 = x, y2 = y] = points[k] ?? [];
      if (x2 === x) continue;
      slopes[pairs] = (y2 - y) / (x2 - x);
      pairs += 1;
    }
  }
  return slopes.subarray(0, pairs);
}

const middle = (sorted: Float64Array): number =>
  ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
