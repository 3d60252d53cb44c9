/**
 * Series through reducers and into batches, as the gateway would do it while they were measured: for what wants to know
 * beforehand what a reducer saves.
 */
import { BatchBody, isBatchDue } from "./batch.ts";
import { ChannelReducer } from "./channel-reducer.ts";
import type { ReducerMode, ReducerSpec } from "./spec.ts";

/** One channel, in the order of its samples. */
export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly t: readonly number[];
  readonly v: readonly number[];
}

export interface KeptPoint {
  readonly t: number;
  readonly v: number;
  /** No line leads here from the point before. */
  readonly begins: boolean;
}

export interface Replay {
  /** Payloads of the batches, in order. */
  readonly payloads: readonly string[];
  /** By series. */
  readonly kept: readonly (readonly KeptPoint[])[];
  readonly points: number;
}

export interface ReplayOptions {
  readonly batchMs: number;
  readonly losslessFromMs: number;
}

/** @param specs one for each series */
export function replay(
  series: readonly Series[],
  specs: readonly ReducerSpec[],
  { batchMs, losslessFromMs }: ReplayOptions,
): Replay {
  const start = Math.min(...series.map(({ t }) => t[0] ?? Number.POSITIVE_INFINITY));
  const end = Math.max(...series.map(({ t }) => t.at(-1) ?? Number.NEGATIVE_INFINITY));
  const kept = series.map((): KeptPoint[] => []);
  const payloads: string[] = [];
  let body = new BatchBody(start);
  const channels = specs.map((spec, alias) => {
    const point = (t: number, v: number, quality: 0 | 1 | 2, begins: boolean) => {
      body.add(alias, t, v, quality, begins);
      kept[alias]?.push({ t, v, begins });
    };
    return new ChannelReducer(spec, losslessFromMs, { point });
  });
  const next = series.map(() => 0);
  let [openedAt, samples] = [start, 0];
  for (let until = start + batchMs; openedAt <= end; until += batchMs) {
    for (const [i, channel] of channels.entries()) {
      const first = next[i] ?? 0;
      next[i] = pushUntil(channel, series[i], first, until);
      samples += (next[i] ?? 0) - first;
    }
    if (until <= end && !isBatchDue(samples, until - openedAt, batchMs)) continue;
    for (const [i, channel] of channels.entries()) {
      const summary = channel.close();
      if (summary !== undefined) body.addWindow(i, summary);
    }
    if (!body.isEmpty) payloads.push(payloadOf(payloads.length, body));
    [openedAt, samples, body] = [until, 0, new BatchBody(until)];
  }
  return { payloads, kept, points: kept.reduce((sum, points) => sum + points.length, 0) };
}

/** With boot id, number and receive time, as the publisher would add them. */
const payloadOf = (no: number, { t0, columns }: BatchBody): string =>
  `{"b":"0123456789","q":${no},"t0":${t0},"r":${t0},${columns}}`;

/** Pushes the samples before `until`; returns the number of the first that is not. */
function pushUntil(channel: ChannelReducer, series: Series | undefined, from: number, until: number): number {
  if (series === undefined) return from;
  let i = from;
  for (; i < series.t.length && (series.t[i] ?? 0) < until; i += 1) {
    channel.push(series.t[i] ?? 0, series.v[i] ?? Number.NaN, 0);
  }
  return i;
}

/**
 * Largest distance of a sample from what a reader makes of the points: lines, or steps for the modes that hold. Samples
 * that are no numbers, that repeat a time, or that no curve covers are not asked.
 */
export function worstDistance({ t, v }: Series, points: readonly KeptPoint[], mode: ReducerMode): number {
  const isStep = mode === "rbe" || mode === "onchange";
  let worst = 0;
  let next = 0;
  for (let i = 0; i < t.length; i += 1) {
    const [at, value] = [t[i] ?? 0, v[i] ?? Number.NaN];
    if (!Number.isFinite(value) || at === t[i - 1]) continue;
    while (next < points.length && (points[next]?.t ?? 0) < at) next += 1;
    const read = isStep ? held(points, next, at) : onLine(points, next, at);
    if (read !== undefined) worst = Math.max(worst, Math.abs(read - value));
  }
  return worst;
}

/** @param next number of the first point at `at` or later */
function held(points: readonly KeptPoint[], next: number, at: number): number | undefined {
  return points[next]?.t === at ? points[next].v : points[next - 1]?.v;
}

function onLine(points: readonly KeptPoint[], next: number, at: number): number | undefined {
  const after = points[next];
  const before = points[next - 1];
  if (after === undefined) return undefined;
  if (after.t === at) return after.v;
  if (before === undefined || after.begins) return undefined;
  return before.v + ((after.v - before.v) * (at - before.t)) / (after.t - before.t);
}
