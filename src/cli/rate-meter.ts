/** How much a second, over the last few seconds, of counters that only grow. */

const WINDOW_MS = 3_000;

interface Sample<K extends string> {
  readonly atMs: number;
  readonly totals: Readonly<Record<K, number>>;
}

export class RateMeter<K extends string> {
  #samples: Sample<K>[] = [];

  /** Takes the totals as they are at `atMs`; returns the rates since the oldest sample of the window, or the one before. */
  rates(atMs: number, totals: Readonly<Record<K, number>>): Readonly<Record<K, number>> {
    const recent = this.#samples.filter((sample, i, all) => i === all.length - 1 || atMs - sample.atMs <= WINDOW_MS);
    this.#samples = [...recent, { atMs, totals }];
    const oldest = this.#samples[0] ?? { atMs, totals };
    const seconds = (atMs - oldest.atMs) / 1000;
    const names = Object.keys(totals) as K[];
    return Object.fromEntries(
      names.map((name) => [name, seconds > 0 ? (totals[name] - oldest.totals[name]) / seconds : 0]),
    ) as Record<K, number>;
  }
}
