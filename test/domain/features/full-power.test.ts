/** Delivered by offered: the most a session held, and that for long none has come up to the offer. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FullPower, fraction } from "../../../src/domain/features/full-power.ts";
import { OfferedShare } from "../../../src/domain/features/offered-share.ts";

const learnt = (reached: number): FullPower => {
  const power = new FullPower();
  for (let i = 0; i < 50; i += 1) power.add(i < reached ? 1 : 0.4);
  return power;
};

test("the probability is the beta-binomial one (a figure worked out by hand)", () => {
  const power = learnt(25);
  assert.is(power.digits, 0);
  power.add(0.75);
  // 26/52 · 27/53
  assert.ok(Math.abs((power.digits ?? 0) + Math.log10(26 / 52)) < 1e-12);
  power.add(0.75);
  assert.ok(Math.abs((power.digits ?? 0) + Math.log10((26 / 52) * (27 / 53))) < 1e-12);
});

test("a ceiling is found after enough sessions below it, and is told as modules; one session that reaches the offer ends it", () => {
  const power = learnt(25);
  let sessions = 0;
  for (; !power.isAlarm && sessions < 100; sessions += 1) power.add(sessions % 2 === 0 ? 0.75 : 0.31);
  assert.ok(sessions > 15 && sessions < 40, String(sessions));
  assert.equal(power.modules, [3, 4]);
  power.add(0.99);
  assert.equal([power.isAlarm, power.modules, power.digits], [false, undefined, 0]);
});

test("where vehicles hardly ever want all of it, nothing is said", () => {
  const power = learnt(9);
  for (let i = 0; i < 500; i += 1) power.add(0.3);
  assert.equal([power.digits, power.isAlarm], [undefined, false]);
  for (let i = 0; i < 10; i += 1) power.add(1);
  assert.is(power.digits, 0, "they have come after all");
});

test("whatever comes, the state says all there is, and misses alone bring an alarm", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1.2, noNaN: true }), { maxLength: 150, size: "max" }), (shares) => {
      const power = new FullPower();
      for (const share of shares) {
        power.add(share);
        const again = new FullPower(JSON.parse(JSON.stringify(power.state)));
        assert.equal(again.state, power.state);
        assert.ok(!power.isAlarm || share < 0.95);
        assert.ok((power.digits ?? 0) >= 0);
      }
    }),
  );
});

test("fractions are whole modules of the fewest that fit", () => {
  assert.equal([0.75, 0.5, 0.667, 0.9, 0.917].map(fraction), [
    [3, 4],
    [1, 2],
    [2, 3],
    [9, 10],
    [11, 12],
  ]);
  assert.equal([0, 0.01, 0.999].map(fraction), [undefined, undefined, undefined]);
});

function shareOf(samples: readonly (readonly [share: number, celsius: number])[]): OfferedShare {
  const share = new OfferedShare();
  share.offered(1_000);
  for (const [i, [part, celsius]] of samples.entries()) {
    share.temperature(celsius);
    share.delivered(i * 30_000, 1_000 * part);
  }
  return share;
}

test("one sample alone is no top: it is what three in a row held", () => {
  assert.is(shareOf([]).top, undefined);
  assert.is(shareOf([[1, 20]]).top, undefined);
  const parts = [0.4, 1, 0.5, 0.6, 0.7, 0.2];
  assert.is(shareOf(parts.map((part) => [part, 20])).top, 0.5);
});

test("time derated is time below what it gave before, while hot; a taper in the cool is none", () => {
  const full = Array.from({ length: 5 }, () => [1, 50] as const);
  const less = (celsius: number) => Array.from({ length: 4 }, () => [0.6, celsius] as const);
  assert.is(shareOf([...full, ...less(70)]).derateSec, 120);
  assert.is(shareOf([...full, ...less(50)]).derateSec, 0);
});

test("without an offer there is no share", () => {
  const share = new OfferedShare();
  for (let i = 0; i < 9; i += 1) share.delivered(i * 1000, 7_000);
  assert.is(share.top, undefined);
});

test.run();
