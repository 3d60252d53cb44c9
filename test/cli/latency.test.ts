import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LatencyHistogram } from "../../src/cli/latency.ts";

test("quantiles are within 4 % of the sorted list's", () => {
  const durations = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
    size: "max",
  });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.9, 0.99, 1), (values, q) => {
      const histogram = new LatencyHistogram();
      for (const value of values) histogram.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
      const found = histogram.quantile(q) ?? Number.NaN;
      assert.ok(found >= exact * 0.999 && found <= exact * 1.04, `${found} for ${exact}`);
    }),
  );
});

test("an empty histogram says nothing", () => {
  assert.is(new LatencyHistogram().quantile(0.5), undefined);
  assert.equal(new LatencyHistogram().summary(), { count: 0, p50: null, p99: null, max: null });
});

test("a duration of nothing counts", () => {
  const histogram = new LatencyHistogram();
  histogram.add(0);
  assert.is(histogram.summary().count, 1);
  assert.ok((histogram.quantile(0.5) ?? 1) <= 0.01);
});

test.run();
