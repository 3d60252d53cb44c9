/** A figure is what several rounds gave: the median, and how far they were apart. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** By round. */
  readonly values: readonly number[];
}

/** @throws Error without values: a figure that was not measured must not look like one that was */
export function figure(values: readonly number[]): Figure {
  if (values.length === 0) throw new Error("a figure needs at least one value");
  const sorted = values.toSorted((a, b) => a - b);
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    values,
  };
}

/**
 * Ratio of two figures of the same rounds, round by round: what disturbed a whole round disturbs its ratio least.
 *
 * @throws Error when they have not the same number of rounds
 */
export function ratio(numerator: Figure, denominator: Figure): Figure {
  if (numerator.values.length !== denominator.values.length) throw new Error("figures of different rounds");
  return figure(numerator.values.map((value, i) => value / (denominator.values[i] ?? Number.NaN)));
}

/** Significant digits of figures in reports. */
const DIGITS = 4;

/** The number as reports show it. */
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS));
