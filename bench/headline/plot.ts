/** The plot: which share of drivers had their answer after how long, on a logarithmic scale. Hand-written SVG. */

export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly ms: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 360;
const BOX = { left: 56, right: 16, top: 44, bottom: 44 } as const;
const FROM_MS = 200;
const TO_MS = 30_000;
const TICKS = [0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 30] as const;

export function latencyPlot(curves: readonly Curve[], title: string): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${BOX.left}" y="20" font-size="14" fill="#222222">${title}</text>`,
    ...TICKS.map((seconds) => verticalRule(seconds)),
    ...[0, 25, 50, 75, 99].map((percent) => horizontalRule(percent)),
    ...curves.map(curveOf),
    ...curves.map(legendOf),
    `<text x="${(WIDTH + BOX.left) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="#444444">seconds from the card to the answer</text>`,
    "</svg>",
    "",
  ].join("\n");
}

const x = (ms: number): number => {
  const share = Math.log(Math.min(TO_MS, Math.max(FROM_MS, ms)) / FROM_MS) / Math.log(TO_MS / FROM_MS);
  return Math.round(10 * (BOX.left + share * (WIDTH - BOX.left - BOX.right))) / 10;
};

const y = (percent: number): number =>
  Math.round(10 * (HEIGHT - BOX.bottom - (percent / 100) * (HEIGHT - BOX.top - BOX.bottom))) / 10;

function verticalRule(seconds: number): string {
  const at = x(1000 * seconds);
  return (
    `<line x1="${at}" y1="${y(100)}" x2="${at}" y2="${y(0)}" stroke="#e2e2e2"/>` +
    `<text x="${at}" y="${y(0) + 16}" text-anchor="middle" fill="#444444">${seconds}</text>`
  );
}

function horizontalRule(percent: number): string {
  return (
    `<line x1="${x(FROM_MS)}" y1="${y(percent)}" x2="${x(TO_MS)}" y2="${y(percent)}" stroke="#e2e2e2"/>` +
    `<text x="${BOX.left - 6}" y="${y(percent) + 4}" text-anchor="end" fill="#444444">${percent} %</text>`
  );
}

function curveOf({ ms, colour }: Curve): string {
  const sorted = ms.toSorted((a, b) => a - b);
  // More points than pixels show nothing.
  const step = Math.max(1, Math.floor(sorted.length / 200));
  const points = sorted
    .map((value, i) => `${x(value)},${y((100 * (i + 1)) / sorted.length)}`)
    .filter((_, i) => i % step === 0 || i === sorted.length - 1);
  return `<polyline points="${x(sorted[0] ?? FROM_MS)},${y(0)} ${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

function legendOf({ name, colour }: Curve, i: number): string {
  const left = BOX.left + i * 210;
  return (
    `<line x1="${left}" y1="33" x2="${left + 20}" y2="33" stroke="${colour}" stroke-width="3"/>` +
    `<text x="${left + 26}" y="37" fill="#222222">${name}</text>`
  );
}
