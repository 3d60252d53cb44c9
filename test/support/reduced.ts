/**
 * The offline judge of a reduction: sees all samples and all points at once, and shares no line with the reducers. What it
 * says of one sample takes a search through all points; what the reducers do takes a few numbers.
 */
import { ChannelReducer } from "../../src/domain/reduce/channel-reducer.ts";
import type { ReducerSpec } from "../../src/domain/reduce/spec.ts";
import type { Quality } from "../../src/domain/telemetry/observation.ts";

export interface Sample {
  readonly t: number;
  readonly v: number;
  readonly quality?: Quality;
}

export interface Point extends Sample {
  readonly quality: Quality;
  readonly begins: boolean;
}

export const spec = (more: Partial<ReducerSpec> = {}): ReducerSpec => ({
  mode: "sdt",
  eps: 1,
  epsKind: "abs",
  span: 0,
  compMaxMs: 300_000,
  minIntervalMs: 0,
  unit: "V",
  ...more,
});

export const NEVER_SLOW = Number.POSITIVE_INFINITY;

/** A channel under test with what it has kept. */
export function channel(settings: ReducerSpec, losslessFromMs = NEVER_SLOW) {
  const points: Point[] = [];
  const reducer = new ChannelReducer(settings, losslessFromMs, {
    point: (t, v, quality, begins) => void points.push({ t, v, quality, begins }),
  });
  const give = (...samples: readonly Sample[]) => {
    for (const { t, v, quality = 0 } of samples) reducer.push(t, v, quality);
  };
  return { reducer, points, give };
}

/** All of `samples`, and what is kept of them when the batch closes at the end. */
export function reduce(
  samples: readonly Sample[],
  settings: ReducerSpec,
  losslessFromMs = NEVER_SLOW,
): readonly Point[] {
  const { reducer, points, give } = channel(settings, losslessFromMs);
  give(...samples);
  reducer.close();
  return points;
}

/** Largest distance of a sample from the lines through the points, by searching the line for each sample. */
export function worstError(samples: readonly Sample[], points: readonly Point[]): number {
  return Math.max(0, ...samples.map(({ t, v }) => Math.abs(lineAt(points, t) - v)));
}

/** Largest distance from the steps: each point stands until the next. */
export function worstStepError(samples: readonly Sample[], points: readonly Point[]): number {
  return Math.max(
    0,
    ...samples.map(({ t, v }) => Math.abs((points.findLast((point) => point.t <= t)?.v ?? Number.NaN) - v)),
  );
}

function lineAt(points: readonly Point[], t: number): number {
  const same = points.find((point) => point.t === t);
  if (same !== undefined) return same.v;
  const before = points.findLast((point) => point.t < t);
  const after = points.find((point) => point.t > t);
  if (before === undefined || after === undefined || after.begins) return Number.POSITIVE_INFINITY;
  const share = (t - before.t) / (after.t - before.t);
  return before.v * (1 - share) + after.v * share;
}

/** A walk of whole seconds, some left out, with steps of all sizes; from plain numbers, so that it shrinks. */
export function walk(steps: readonly (readonly [gap: number, step: number])[]): readonly Sample[] {
  let [t, v] = [0, 0];
  return steps.map(([gap, step]) => {
    t += 1000 * gap;
    v += step;
    return { t, v };
  });
}

/**
 * Strict swinging door by the definition, looking at all samples again for each: the next point is the last sample before
 * the first one whose line from the pivot misses a sample between.
 */
export function strictByDefinition(samples: readonly Sample[], eps: number, compMaxMs: number): readonly Sample[] {
  const kept: Sample[] = samples.slice(0, 1);
  let pivot = 0;
  for (let i = 1; i < samples.length; i += 1) {
    const isLast = i === samples.length - 1;
    if (i > pivot + 1 && misses(samples, pivot, i, eps, compMaxMs)) {
      pivot = i - 1;
      kept.push(samples[pivot] as Sample);
    }
    if (isLast) kept.push(samples[i] as Sample);
  }
  return kept;
}

function misses(samples: readonly Sample[], pivot: number, end: number, eps: number, compMaxMs: number): boolean {
  const from = samples[pivot] as Sample;
  const to = samples[end] as Sample;
  if (to.t - from.t > compMaxMs) return true;
  return samples
    .slice(pivot + 1, end)
    .some(({ t, v }) => Math.abs(from.v + ((to.v - from.v) * (t - from.t)) / (to.t - from.t) - v) > eps);
}
