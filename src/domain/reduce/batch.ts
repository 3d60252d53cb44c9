/**
 * Points of several channels as one JSON object, column after column: numbers of one kind stand together, which is what
 * makes them small when they are deflated.
 *
 *     "t0":ms,"m":{"<alias>":[dt,v,dt,v…]},"s":{"<alias>":[i…]},"g":{"<alias>":[i…]},"w":{"<alias>":[n,min,max,mean,std]}
 *
 * `dt` is in milliseconds after `t0`; `s` lists which points (by number) are suspect, `g` to which no line leads from the
 * point before; `w` has the statistics of all samples of the batch's time. What would be empty is left out.
 */
import type { Quality } from "../telemetry/observation.ts";
import type { WindowSummary } from "./window.ts";

/** A message's header is worth this many samples: a batch with fewer waits for more, up to {@link PATIENCE} times its time. */
const FEW_SAMPLES = 64;
const PATIENCE = 3;

/** True where a batch that has waited `waitedMs` goes. */
export const isBatchDue = (samples: number, waitedMs: number, batchMs: number): boolean =>
  waitedMs >= batchMs * (samples < FEW_SAMPLES ? PATIENCE : 1);

type Columns = Map<number, number[]>;

export class BatchBody {
  readonly t0: number;
  readonly #series: Columns = new Map();
  readonly #suspects: Columns = new Map();
  readonly #begins: Columns = new Map();
  readonly #windows: Columns = new Map();
  /** Points in it. */
  points = 0;

  constructor(t0: number) {
    this.t0 = t0;
  }

  get isEmpty(): boolean {
    return this.points === 0 && this.#windows.size === 0;
  }

  add(alias: number, t: number, v: number, quality: Quality, begins: boolean): void {
    const series = columnOf(this.#series, alias);
    if (quality !== 0) columnOf(this.#suspects, alias).push(series.length >> 1);
    if (begins) columnOf(this.#begins, alias).push(series.length >> 1);
    series.push(t - this.t0, v);
    this.points += 1;
  }

  /** Points of an alias so far. */
  pointsOf(alias: number): number {
    return (this.#series.get(alias)?.length ?? 0) >> 1;
  }

  get aliases(): readonly number[] {
    return [...this.#series.keys()];
  }

  /** Takes an alias out again. */
  leaveOut(alias: number): void {
    this.points -= this.pointsOf(alias);
    for (const columns of [this.#series, this.#suspects, this.#begins, this.#windows]) columns.delete(alias);
  }

  addWindow(alias: number, { n, min, max, mean, std }: WindowSummary): void {
    this.#windows.set(alias, [n, min, max, mean, std]);
  }

  /** Everything but `t0`, from `m` on. */
  get columns(): string {
    const rest = [["s", this.#suspects] as const, ["g", this.#begins] as const, ["w", this.#windows] as const];
    const parts = rest.filter(([, columns]) => columns.size > 0).map(([key, columns]) => `,"${key}":${json(columns)}`);
    return `"m":${json(this.#series)}${parts.join("")}`;
  }
}

function columnOf(columns: Columns, alias: number): number[] {
  const known = columns.get(alias);
  if (known !== undefined) return known;
  const fresh: number[] = [];
  columns.set(alias, fresh);
  return fresh;
}

const json = (columns: Columns): string =>
  `{${Array.from(columns, ([alias, numbers]) => `"${alias}":[${numbers.join(",")}]`).join(",")}}`;
