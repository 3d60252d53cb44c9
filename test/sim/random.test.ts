import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom } from "../../src/sim/random.ts";

const drawn = (seed: number | string, n: number): readonly number[] => {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => random.next());
};

test("the same seed draws the same, another seed something else", () => {
  assert.equal(drawn(7, 50), drawn(7, 50));
  assert.not.equal(drawn(7, 50), drawn(8, 50));
});

test("a fork leaves its parent's draws as they were", () => {
  const [forked, plain] = [createRandom("x"), createRandom("x")];
  forked.fork("child").next();
  assert.is(forked.next(), plain.next());
});

test("draws spread evenly over [0, 1)", () => {
  const values = drawn("even", 20_000);
  assert.ok(values.every((value) => value >= 0 && value < 1));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = values.filter((value) => Math.floor(value * 10) === tenth).length / values.length;
    assert.ok(Math.abs(share - 0.1) < 0.015, `tenth ${tenth}: ${share}`);
  }
});

test("uuid is a version 4 UUID and does not repeat", () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const random = createRandom(seed);
      const ids = Array.from({ length: 20 }, () => random.uuid());
      assert.is(new Set(ids).size, 20);
      for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
  );
});

test("integer reaches both its ends and nothing beyond", () => {
  const random = createRandom(1);
  const seen = new Set(Array.from({ length: 200 }, () => random.integer(3, 5)));
  assert.equal([...seen].sort(), [3, 4, 5]);
});

test.run();
