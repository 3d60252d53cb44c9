import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Histogram, mergedHistogram } from "../../bench/load/histogram.ts";

/** Latencies in µs with the histogram's own resolution, from nothing to a minute. */
const latencies = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 600_000_000 })).map((ticks) => ticks / 10),
  { minLength: 1, maxLength: 400, size: "max" },
);

const histogramOf = (values: readonly number[]): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

/** Nearest rank, the definition of a percentile that needs no interpolation. */
const exactPercentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(1, Math.ceil((percent / 100) * values.length)) - 1] ?? Number.NaN;

test("a percentile is never below the true one, and at most 1/128 above it", () => {
  fc.assert(
    fc.property(latencies, fc.constantFrom(0, 1, 50, 90, 99, 99.9, 100), (values, percent) => {
      const exact = exactPercentile(values, percent);
      const read = histogramOf(values).percentile(percent);
      assert.ok(read >= exact - 1e-9, `${read} is below ${exact}`);
      assert.ok(read <= exact * (1 + 1 / 128) + 0.1, `${read} is too far above ${exact}`);
    }),
  );
});

test("maximum, count and mean are exact", () => {
  fc.assert(
    fc.property(latencies, (values) => {
      const { maxUs, count, meanUs } = histogramOf(values).summary();
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs(maxUs - Math.max(...values)) < 1e-6);
      assert.is(count, values.length);
      assert.ok(Math.abs(meanUs - mean) <= 1e-9 * Math.max(1, mean));
    }),
  );
});

test("histograms of two processes add up to one", () => {
  fc.assert(
    fc.property(latencies, latencies, (a, b) => {
      const parts = [histogramOf(a), histogramOf(b)].map((part) => JSON.parse(JSON.stringify(part.toData())));
      const { meanUs: mergedMean, ...merged } = mergedHistogram(parts).summary();
      const { meanUs, ...whole } = histogramOf([...a, ...b]).summary();
      assert.equal(merged, whole);
      assert.ok(Math.abs(mergedMean - meanUs) <= 1e-9 * Math.max(1, meanUs));
    }),
  );
});

test("an empty histogram has no latency, and 429 s is as far as it counts", () => {
  assert.is(new Histogram().percentile(99), 0);
  assert.is(histogramOf([-3]).percentile(50), 0);
  assert.is(histogramOf([1e12]).percentile(50), 429_496_729.5);
});

test.run();
