/**
 * Reduction of one channel of one asset: order, gaps and quality first, then the reducer of its spec, then rounding.
 *
 *     sample ─▶ finite? same quality? later? gap? ─▶ window ─▶ reducer ─▶ rounded point
 *
 * The order is that in which the gateway received the samples; the station's timestamps are data. Where they do not go
 * forward (a clock was set, a backlog came late) the curve ends and another begins, and no line is drawn between.
 */
import type { Quality } from "../telemetry/observation.ts";
import { DeadBand } from "./dead-band.ts";
import { type Filter, KEEP_NONE, type Keep, KeepAll } from "./filter.ts";
import { quantumFor, roundTo, tidy } from "./rounding.ts";
import { absoluteEps, type ReducerSpec } from "./spec.ts";
import { SwingFilter } from "./swing-filter.ts";
import { SwingingDoor } from "./swinging-door.ts";
import { Window, type WindowSummary } from "./window.ts";

export interface PointSink {
  /** @param begins no line leads here from the point before */
  point(t: number, v: number, quality: Quality, begins: boolean): void;
}

/** A silence is a gap when it is longer than this many usual intervals, and than {@link GAP_MIN_MS}. */
const GAP_INTERVALS = 5;
const GAP_MIN_MS = 60_000;
/** How far one interval moves what counts as usual. */
const LEARNING = 1 / 8;

export class ChannelReducer {
  readonly spec: ReducerSpec;
  readonly #losslessFromMs: number;
  readonly #quantum: number;
  readonly #filter: Filter;
  readonly #window: Window | undefined;
  readonly #sink: PointSink;
  #quality: Quality = 0;
  #lastT = Number.NaN;
  #usualMs = 0;
  /** Kept points are not rounded: the source is slow, or has only begun. */
  #isExact = true;
  #hasKept = false;
  #begins = false;
  /** Samples left out because they were no numbers, repeated a time, or came too soon after another; its owner takes the count. */
  left = 0;
  /** Points kept since the last {@link close}. */
  kept = 0;

  constructor(spec: ReducerSpec, losslessFromMs: number, sink: PointSink) {
    const eps = absoluteEps(spec);
    this.spec = spec;
    this.#losslessFromMs = losslessFromMs;
    this.#sink = sink;
    this.#quantum = hasEps(spec) ? quantumFor(eps) : 0;
    this.#filter = filterOf(spec, eps - this.#quantum / 2, (t, v) => this.#keep(t, v));
    this.#window = hasWindow(spec) ? new Window() : undefined;
  }

  push(t: number, v: number, quality: Quality): void {
    if (!Number.isFinite(v)) {
      this.left += 1;
      this.end();
      return;
    }
    if (quality !== this.#quality) {
      this.end();
      this.#quality = quality;
    }
    if (!this.#isNext(t)) return;
    this.#window?.add(v);
    this.#filter.push(t, v);
    // What is known to be wrong supports no line.
    if (quality === 2) this.end();
  }

  /** Ends the curve: the station booted, its connection was lost, its samples make no sense. */
  end(): void {
    this.#filter.end();
    // Between raw samples nobody draws a line.
    this.#begins = this.#hasKept && this.spec.mode !== "raw";
    this.#lastT = Number.NaN;
    this.#isExact = true;
  }

  /** At a batch's end: lets go of what is held back. The window's statistics, where they say more than the points do. */
  close(): WindowSummary | undefined {
    this.#filter.flush();
    const summary = this.#window?.take();
    const { kept } = this;
    this.kept = 0;
    return summary !== undefined && summary.n > kept ? this.#rounded(summary) : undefined;
  }

  /** Extremes as they came; two digits more than the points for what is calculated. */
  #rounded({ n, min, max, mean, std }: WindowSummary): WindowSummary {
    const digit = this.#quantum / 100;
    return { n, min: tidy(min), max: tidy(max), mean: short(mean, digit), std: short(std, digit) };
  }

  /** False where the sample is left out. */
  #isNext(t: number): boolean {
    const elapsed = t - this.#lastT;
    // The first of a curve.
    if (Number.isNaN(elapsed)) {
      this.#lastT = t;
      return true;
    }
    if (this.spec.mode === "raw") return this.#isNextRaw(t, elapsed);
    if (elapsed === 0 || (elapsed > 0 && elapsed < this.spec.minIntervalMs)) {
      this.left += 1;
      return false;
    }
    this.#measure(elapsed);
    this.#lastT = t;
    return true;
  }

  /** Nothing is read between raw samples, so neither order nor gaps matter. */
  #isNextRaw(t: number, elapsed: number): boolean {
    if (elapsed >= 0 && elapsed < this.spec.minIntervalMs) {
      this.left += 1;
      return false;
    }
    this.#lastT = t;
    return true;
  }

  #measure(elapsed: number): void {
    if (elapsed < 0 || this.#isGap(elapsed)) {
      this.end();
      return;
    }
    this.#usualMs += (elapsed - this.#usualMs) * (this.#usualMs === 0 ? 1 : LEARNING);
    const isSlow = elapsed >= this.#losslessFromMs;
    if (isSlow) {
      this.#isExact = true;
      this.#filter.flush();
    }
    this.#isExact = isSlow;
  }

  #isGap(elapsed: number): boolean {
    const isGap = this.#usualMs > 0 && elapsed > Math.max(GAP_MIN_MS, GAP_INTERVALS * this.#usualMs);
    // A source that has become slow is one gap, not one at each sample.
    if (isGap) this.#usualMs = elapsed;
    return isGap;
  }

  #keep(t: number, v: number): void {
    const begins = this.#begins;
    this.#begins = false;
    this.#hasKept = true;
    this.kept += 1;
    this.#sink.point(t, roundTo(v, this.#isExact ? 0 : this.#quantum), this.#quality, begins);
  }
}

const short = (v: number, digit: number): number => (digit > 0 ? roundTo(v, digit) : Number(v.toPrecision(6)));

/** The mean of a meter's register says nothing, nor that of a word. */
const REGISTERS: ReadonlySet<string> = new Set(["Wh", "varh", "VAh"]);
const hasWindow = ({ mode, unit }: ReducerSpec): boolean =>
  mode === "agg" || ((mode === "sdt" || mode === "swing" || mode === "rbe") && !REGISTERS.has(unit));

const hasEps = ({ mode }: ReducerSpec): boolean => mode === "sdt" || mode === "swing" || mode === "rbe";

function filterOf({ mode, compMaxMs }: ReducerSpec, eps: number, keep: Keep): Filter {
  switch (mode) {
    case "sdt":
      return new SwingingDoor(eps, compMaxMs, keep);
    case "swing":
      return new SwingFilter(eps, compMaxMs, keep);
    case "rbe":
      return new DeadBand(eps, compMaxMs, keep);
    case "onchange":
      return new DeadBand(0, compMaxMs, keep);
    case "agg":
      return KEEP_NONE;
    case "raw":
      return new KeepAll(keep);
  }
}
