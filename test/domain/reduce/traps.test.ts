/** The traps of reducers in the field, each as what it would have done to a reader. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { errorBound } from "../../../src/domain/reduce/spec.ts";
import { channel, type Point, reduce, type Sample, spec, worstError, worstStepError } from "../../support/reduced.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const every = (ms: number, ...values: readonly number[]): readonly Sample[] => values.map((v, i) => ({ t: i * ms, v }));
const times = (points: readonly Sample[]) => points.map(({ t }) => t);

/** Bristol's doors as usually coded: closed when they pass parallel, and the raw sample is kept. Holds 2 ε. */
function classicDoor(samples: readonly Sample[], eps: number) {
  const [first, ...rest] = samples;
  if (first === undefined) return [];
  const kept = [first];
  let [pivot, held, low, high] = [first, first, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const sample of rest) {
    const upper = () => (sample.v - eps - pivot.v) / (sample.t - pivot.t);
    const lower = () => (sample.v + eps - pivot.v) / (sample.t - pivot.t);
    low = Math.max(low, upper());
    high = Math.min(high, lower());
    if (low > high) {
      kept.push(held);
      pivot = held;
      [low, high] = [upper(), lower()];
    }
    held = sample;
  }
  return [...kept, held].map(({ t, v }) => ({ t, v, quality: 0 as const, begins: false }));
}

function noisyWalks(count: number): readonly (readonly Sample[])[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, () => {
    let v = 0;
    return Array.from({ length: 60 }, (_, i) => {
      v += random() * 2 - 1;
      return { t: i * 1000, v };
    });
  });
}

test("trap 1: doors of the classic variant break ε, and the check that passes ours says so", () => {
  const runs = noisyWalks(300);
  const worst = (reducer: (samples: readonly Sample[]) => readonly Point[]) =>
    Math.max(...runs.map((samples) => worstError(samples, reducer(samples))));
  const classic = worst((samples) => classicDoor(samples, 1));
  const strict = worst((samples) => [...reduce(samples, spec())]);
  assert.ok(classic > 1.2, `classic: ${classic}`);
  assert.ok(strict <= 1 + 1e-9, `strict: ${strict}`);
  assert.ok(strict > 0.5, "the walks come near the bound at all");
});

test("trap 2: after a point, the doors open with the sample that came in", () => {
  // A new door that forgets the incoming sample (5 000, 9) would let the line to (7 000, 0) through.
  const samples = every(1000, 0, 0, 0, 0, 0, 9, 0, 0);
  assert.ok(worstError(samples, reduce(samples, spec())) <= 1);
});

test("trap 3: the sample held back leaves at the batch's end, at a gap, and at the end of the curve", () => {
  const { reducer, points, give } = channel(spec());
  give(...every(1000, 5, 5, 5));
  assert.equal(times(points), [0]);
  reducer.close();
  assert.equal(times(points), [0, 2000]);
  give({ t: 3000, v: 5 });
  reducer.end();
  assert.equal(times(points), [0, 2000, 3000]);
  give({ t: 4000, v: 5 }, { t: 5000, v: 5 }, { t: 500_000, v: 5 });
  assert.equal(times(points), [0, 2000, 3000, 4000, 5000, 500_000]);
});

test("trap 4: no line leads over a silence, nor over samples that are no numbers", () => {
  const { points, give, reducer } = channel(spec());
  give(...every(1000, 1, 1, 1), { t: 400_000, v: 9 }, { t: 401_000, v: Number.NaN }, { t: 402_000, v: 9 });
  reducer.close();
  assert.equal(
    points.map(({ t, begins }) => [t, begins]),
    [
      [0, false],
      [2000, false],
      [400_000, true],
      [402_000, true],
    ],
  );
  assert.is(reducer.left, 1);
});

test("trap 5: a time that comes twice is left out; a clock set back begins another curve, in the order of receipt", () => {
  const { points, give, reducer } = channel(spec());
  give(...every(1000, 1, 1, 1), { t: 2000, v: 50 }, { t: 500, v: 2 }, { t: 1500, v: 2 });
  reducer.close();
  assert.is(reducer.left, 1);
  assert.equal(
    points.map(({ t, v, begins }) => [t, v, begins]),
    [
      [0, 1, false],
      [2000, 1, false],
      [500, 2, true],
      [1500, 2, false],
    ],
  );
});

test("trap 6: values are rounded, and the bound holds all the same", () => {
  const random = seededRandom(11);
  for (const mode of ["sdt", "swing"] as const) {
    const samples = Array.from({ length: 20_000 }, (_, i) => ({ t: i * 1000, v: 230 + random() * 4 }));
    const points = reduce(samples.slice(0, 3000), spec({ mode }));
    assert.ok(worstError(samples.slice(0, 3000), points) <= 1 + 1e-9);
    assert.ok(
      points.slice(1).every(({ v }) => String(v).length <= 5),
      mode,
    );
  }
});

test("trap 7: where samples are left out for coming too soon, no bound is claimed", () => {
  const settings = spec({ minIntervalMs: 5000 });
  assert.is(errorBound(settings), undefined);
  const { reducer, points, give } = channel(settings);
  give(...every(1000, 0, 99, 99, 99, 0, 0));
  reducer.close();
  assert.equal(times(points), [0, 5000]);
  assert.is(reducer.left, 4);
});

test("trap 8: a staircase is held, not sloped", () => {
  const stairs = Array.from({ length: 200 }, (_, i) => ({ t: i * 1000, v: 40 + Math.floor(i / 50) }));
  assert.equal(times(reduce(stairs, spec({ mode: "rbe", eps: 0.5 }))), [0, 50_000, 100_000, 150_000]);
  assert.equal(times(reduce(stairs, spec({ mode: "onchange" }))), [0, 50_000, 100_000, 150_000]);
});

test("trap 9: a flat signal is heard of again within compMax", () => {
  for (const mode of ["sdt", "swing", "rbe", "onchange"] as const) {
    const { points, give } = channel(spec({ mode, compMaxMs: 60_000 }));
    give(...Array.from({ length: 301 }, (_, i) => ({ t: i * 1000, v: 7 })));
    assert.ok(points.length >= 5, mode);
  }
});

test("trap 10: statistics are those of all samples, not of the points", () => {
  const { reducer, points, give } = channel(spec({ eps: 1 }));
  const values = Array.from({ length: 101 }, (_, i) => (i === 50 ? 100 : 0));
  give(...every(1000, ...values));
  const window = reducer.close();
  const ofPoints = points.reduce((sum, { v }) => sum + v, 0) / points.length;
  assert.ok(ofPoints > 10, "the mean of the points is far off");
  assert.equal([window?.n, window?.min, window?.max, window?.mean], [101, 0, 100, 0.99]);
  assert.ok(Math.abs((window?.std ?? 0) - Math.sqrt(10_000 / 101 - (100 / 101) ** 2)) < 0.01);
});

test("trap 11: step modes say so, and their bound is that of steps", () => {
  const samples = every(1000, 0, 0, 0, 0, 0, 0, 0, 50);
  const points = reduce(samples, spec({ mode: "rbe" }));
  assert.ok(worstError(samples, points) > 40, "lines would be the wrong way to read it");
  assert.is(worstStepError(samples, points), 0);
});

test("trap 12: one reducer alone stands between samples and points; none is fed by another", () => {
  // A dead-band before the door would add its ε to the door's.
  const random = seededRandom(3);
  const samples = Array.from({ length: 2000 }, (_, i) => ({ t: i * 1000, v: random() * 3 }));
  const cascade = reduce(reduce(samples, spec({ mode: "rbe" })), spec());
  const alone = reduce(samples, spec());
  assert.ok(worstError(samples.slice(0, 1900), cascade) > 1);
  assert.ok(worstError(samples, alone) <= 1 + 1e-9);
});

test("a slow source is kept as it is, digits and all", () => {
  const samples = every(60_000, 230.123, 230.456, 230.789, 230.012);
  const points = reduce(samples, spec(), 30_000);
  assert.equal(
    points.map(({ v }) => v),
    samples.map(({ v }) => v),
  );
});

test("a change of quality ends the curve; what is bad stands alone", () => {
  const { reducer, points, give } = channel(spec());
  give(...every(1000, 1, 1), { t: 2000, v: 1, quality: 1 }, { t: 3000, v: 1, quality: 1 });
  give({ t: 4000, v: 1, quality: 2 }, { t: 5000, v: 1, quality: 2 }, { t: 6000, v: 1 });
  reducer.close();
  assert.equal(
    points.map(({ t, quality, begins }) => [t, quality, begins]),
    [
      [0, 0, false],
      [1000, 0, false],
      [2000, 1, true],
      [3000, 1, false],
      [4000, 2, true],
      [5000, 2, true],
      [6000, 0, true],
    ],
  );
});

test("raw keeps all, up to its rate; agg keeps the statistics alone", () => {
  assert.equal(times(reduce(every(1000, 1, 1, 1), spec({ mode: "raw" }))), [0, 1000, 2000]);
  assert.equal(times(reduce(every(1000, 1, 1, 1), spec({ mode: "raw", minIntervalMs: 1500 }))), [0, 2000]);
  const { reducer, points, give } = channel(spec({ mode: "agg", eps: 0 }));
  give(...every(1000, 1, 2, 3));
  assert.equal(reducer.close(), { n: 3, min: 1, max: 3, mean: 2, std: 0.816497 });
  assert.equal(points, []);
  assert.is(reducer.close(), undefined);
});

test.run();
