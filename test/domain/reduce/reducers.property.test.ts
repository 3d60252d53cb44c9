/** The bound, whatever comes; judged by an offline check that shares nothing with the reducers. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { errorBound } from "../../../src/domain/reduce/spec.ts";
import {
  channel,
  reduce,
  type Sample,
  spec,
  strictByDefinition,
  walk,
  worstError,
  worstStepError,
} from "../../support/reduced.ts";

/** Hundredths: doubles drawn as such crowd around zero, where every reducer is right. */
const hundredths = (min: number, max: number) => fc.integer({ min: 100 * min, max: 100 * max }).map((n) => n / 100);
const step = fc.oneof(hundredths(-1, 1), hundredths(-50, 50), fc.constant(0));
const walks = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), step), { minLength: 1, maxLength: 300, size: "max" })
  .map((steps) => walk(steps));
const eps = fc.integer({ min: 1, max: 2000 }).map((n) => n / 100);
const RUNS = { numRuns: 400 };

/** What arithmetic in doubles adds. */
const slack = (samples: readonly Sample[]) => 1e-9 * Math.max(1, ...samples.map(({ v }) => Math.abs(v)));

for (const mode of ["sdt", "swing"] as const) {
  test(`${mode}: no sample is further than ε from the line through the points`, () => {
    fc.assert(
      fc.property(walks, eps, (samples, size) => {
        const settings = spec({ mode, eps: size });
        const points = reduce(samples, settings);
        assert.ok(worstError(samples, points) <= (errorBound(settings) ?? -1) + slack(samples));
      }),
      RUNS,
    );
  });

  test(`${mode}: nor is a raw signal that is linear between its samples, anywhere between`, () => {
    fc.assert(
      fc.property(walks, eps, fc.double({ min: 0, max: 1, noNaN: true }), (samples, size, share) => {
        const between = samples.slice(1).map(({ t, v }, i) => {
          const before = samples[i] as Sample;
          return { t: before.t + share * (t - before.t), v: before.v + share * (v - before.v) };
        });
        assert.ok(worstError(between, reduce(samples, spec({ mode, eps: size }))) <= size + slack(samples));
      }),
      RUNS,
    );
  });

  test(`${mode}: the first and the last sample are kept, at the times of samples, in order`, () => {
    fc.assert(
      fc.property(walks, eps, (samples, size) => {
        const points = reduce(samples, spec({ mode, eps: size }));
        const times = points.map(({ t }) => t);
        assert.is(times[0], samples[0]?.t);
        assert.is(times.at(-1), samples.at(-1)?.t);
        assert.ok(times.every((t, i) => i === 0 || t > (times[i - 1] as number)));
        assert.ok(points.every(({ t }) => samples.some((sample) => sample.t === t)));
        assert.ok(Math.abs((points.at(-1)?.v ?? Number.NaN) - (samples.at(-1)?.v ?? 0)) <= size + slack(samples));
      }),
      RUNS,
    );
  });

  test(`${mode}: no two points are further apart than compMax while samples come more often`, () => {
    fc.assert(
      fc.property(walks, fc.integer({ min: 20_000, max: 60_000 }), (samples, compMaxMs) => {
        const points = reduce(samples, spec({ mode, eps: 1e6, compMaxMs }));
        assert.ok(points.every(({ t }, i) => i === 0 || t - (points[i - 1]?.t ?? 0) <= compMaxMs));
      }),
      RUNS,
    );
  });
}

test("sdt keeps what the definition says, sample by sample", () => {
  fc.assert(
    fc.property(walks, fc.constantFrom(0.5, 1, 7), (samples, size) => {
      // A little off, and not along a line: where two ways to calculate would tie, neither is wrong.
      const uneven = samples.map(({ t, v }) => ({ t, v: v + Math.sin(t) / 1000 }));
      const settings = spec({ eps: size });
      const kept = reduce(uneven, settings).map(({ t }) => t);
      const quantum = 10 ** Math.floor(Math.log10(size / 5) + 1e-9);
      const expected = strictByDefinition(uneven, size - quantum / 2, settings.compMaxMs).map(({ t }) => t);
      assert.equal(kept, expected);
    }),
    RUNS,
  );
});

for (const mode of ["rbe", "onchange"] as const) {
  test(`${mode}: the value held is never further than the bound from the sample`, () => {
    fc.assert(
      fc.property(walks, eps, (samples, size) => {
        const settings = spec({ mode, eps: size });
        const bound = errorBound(settings) ?? -1;
        assert.ok(worstStepError(samples, reduce(samples, settings)) <= bound + slack(samples));
      }),
      RUNS,
    );
  });
}

test("a batch may close at any moment: the bound holds, and every sample but those of the open end is covered", () => {
  fc.assert(
    fc.property(
      walks,
      fc.constantFrom("sdt" as const, "swing" as const),
      fc.integer({ min: 1, max: 40 }),
      (samples, mode, every) => {
        const { reducer, points, give } = channel(spec({ mode }));
        for (const [i, sample] of samples.entries()) {
          give(sample);
          if (i % every === 0) reducer.close();
        }
        reducer.close();
        assert.ok(worstError(samples, points) <= 1 + slack(samples));
      },
    ),
    RUNS,
  );
});

test.run();
