/** Raw samples under what a reader sees of them, one panel for each channel. Hand-written SVG. */
import type { ReducerSpec, Replay, Series } from "../tools.ts";

const WIDTH = 900;
const PANEL = 200;
const BOX = { left: 70, right: 16, top: 28, bottom: 24 } as const;
/** More samples than this are thinned out by extremes, so that no spike is lost from the picture. */
const MAX_RAW = 1_600;

type Curve = readonly { readonly t: number; readonly v: number; readonly begins?: boolean }[];

export function reductionPlot(series: readonly Series[], specs: readonly ReducerSpec[], kept: Replay["kept"]): string {
  const height = PANEL * series.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    "<title>Raw values and their reconstruction</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...series.map((one, i) => panel(one, specs[i], kept[i] ?? [], PANEL * i)),
    "</svg>",
    "",
  ].join("\n");
}

function panel(series: Series, spec: ReducerSpec | undefined, kept: Curve, top: number): string {
  const finite = series.v.filter(Number.isFinite);
  const [low, high] = [min(finite), max(finite)];
  const [from, to] = [min(series.t), max(series.t)];
  const x = (t: number) => fixed(BOX.left + ((t - from) / (to - from || 1)) * (WIDTH - BOX.left - BOX.right));
  const y = (v: number) =>
    fixed(top + PANEL - BOX.bottom - ((v - low) / (high - low || 1)) * (PANEL - BOX.top - BOX.bottom));
  const isStep = spec?.mode === "rbe" || spec?.mode === "onchange";
  const title = `${series.name} [${series.unit}] ${spec?.mode ?? ""}, ε ${spec?.eps ?? 0}: ${series.t.length} samples, ${kept.length} points`;
  const label = (v: number) =>
    `<text x="${BOX.left - 6}" y="${y(v) + 4}" text-anchor="end" fill="#444444">${Number(v.toPrecision(5))}</text>`;
  return [
    `<text x="${BOX.left}" y="${top + 18}" fill="#222222">${escaped(title)}</text>`,
    `<path d="${path(thinned(series), x, y, false)}" fill="none" stroke="#b8c4d0" stroke-width="3"/>`,
    `<path d="${path(kept, x, y, isStep)}" fill="none" stroke="#c0392b" stroke-width="1.2"/>`,
    ...kept.slice(0, MAX_RAW).map(({ t, v }) => `<circle cx="${x(t)}" cy="${y(v)}" r="2" fill="#c0392b"/>`),
    label(low),
    label(high),
  ].join("\n");
}

function path(curve: Curve, x: (t: number) => number, y: (v: number) => number, isStep: boolean): string {
  return curve
    .map(({ t, v, begins }, i) => {
      if (i === 0 || begins === true) return `M${x(t)} ${y(v)}`;
      return isStep ? `H${x(t)}V${y(v)}` : `L${x(t)} ${y(v)}`;
    })
    .join("");
}

function thinned({ t, v }: Series): Curve {
  const bucket = Math.max(1, Math.ceil((2 * t.length) / MAX_RAW));
  const curve: { t: number; v: number }[] = [];
  for (let i = 0; i < t.length; i += bucket) {
    const part = t.slice(i, i + bucket).map((at, j) => ({ t: at, v: v[i + j] ?? Number.NaN }));
    const sorted = part.filter((sample) => Number.isFinite(sample.v)).sort((a, b) => a.v - b.v);
    const extremes = new Set([sorted[0], sorted.at(-1)]);
    curve.push(...part.filter((sample) => extremes.has(sample)));
  }
  return curve;
}

const min = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const max = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const fixed = (value: number): number => Math.round(10 * value) / 10;
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
