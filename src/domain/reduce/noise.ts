/**
 * ε from what a channel's own noise is. Below four or five standard deviations a reducer keeps the noise and saves nothing;
 * below the meter's accuracy the bound is a number without meaning.
 */
import { median } from "../median.ts";

/** The median absolute deviation of a normal distribution, in standard deviations. */
const MAD_OF_SIGMA = 0.674_489_75;
const SIGMAS = 5;

/**
 * Standard deviation of the noise on `values`, from their first differences: a slow trend cancels, and the median keeps
 * steps and spikes out. 0 for fewer than three values.
 */
export function noiseSigma(values: readonly number[]): number {
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? value));
  if (steps.length < 2) return 0;
  const centre = median(steps);
  return median(steps.map((step) => Math.abs(step - centre))) / MAD_OF_SIGMA / Math.SQRT2;
}

/** The ε worth using: the accuracy of the meter, or five standard deviations of the noise where that is more. */
export const suggestEps = (values: readonly number[], accuracy: number): number =>
  Math.max(accuracy, SIGMAS * noiseSigma(values));
