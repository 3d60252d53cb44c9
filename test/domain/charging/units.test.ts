import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ampereOfWatt,
  floor10,
  inUnit,
  isWattSafe,
  phasesOf,
  publishedUnits,
  type Supply,
  signalled,
  wattOfAmpere,
} from "../../../src/domain/charging/units.ts";

const tenths = fc.integer({ min: 0, max: 10_000_000 }).map((count) => count / 10);
const limit = fc.oneof(tenths, fc.double({ min: 0, max: 1e6, noNaN: true }));
const supply: fc.Arbitrary<Supply> = fc.record({
  current: fc.constant("AC" as const),
  voltageV: fc.constantFrom(110, 120, 230, 230.9, 240, 277),
  phases: fc.integer({ min: 1, max: 3 }),
});
const phases = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });

test("floor10 keeps every value of one decimal, 8.1 and 22080.3 among them", () => {
  for (let count = 0; count <= 400_000; count += 1) {
    if (floor10(count / 10) !== count / 10) throw new Error(`${count / 10} became ${floor10(count / 10)}`);
  }
});

test("floor10 cuts and never rounds up, is idempotent and monotone, and has one decimal", () => {
  fc.assert(
    fc.property(limit, limit, (a, b) => {
      const cut = floor10(a);
      assert.ok(cut <= a * (1 + 1e-11) && cut > a - 0.1 - 1e-6, `${a} → ${cut}`);
      assert.is(floor10(cut), cut);
      assert.is(Math.round(cut * 10) / 10, cut);
      if (a <= b) assert.ok(cut <= floor10(b));
    }),
  );
  assert.is(floor10(6.25), 6.2);
  assert.is(floor10(0.09), 0);
  // What arithmetic in binary leaves of a tenth is the tenth.
  assert.is(floor10(0.7 + 0.1), 0.8);
  assert.is(floor10(0.1 * 3), 0.3);
  assert.is(floor10(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});

test("I16 - there and back between amperes and watts never gives more than there was", () => {
  fc.assert(
    fc.property(limit, phases, supply, (value, n, at) => {
      assert.ok(wattOfAmpere(ampereOfWatt(value, n, at), n, at) <= value * (1 + 1e-11));
      assert.ok(ampereOfWatt(wattOfAmpere(value, n, at), n, at) <= value * (1 + 1e-11));
    }),
  );
});

test("I16 - watts made amperes are within the watts on any number of phases the EV uses", () => {
  fc.assert(
    fc.property(limit, phases, supply, (watt, n, at) => {
      const ampere = ampereOfWatt(watt, n, at);
      for (let used = 1; used <= phasesOf(n, at); used += 1) {
        assert.ok(ampere * at.voltageV * used <= watt * (1 + 1e-9));
      }
    }),
  );
});

test("I16 - amperes made watts are within the amperes on any phase, where that is called safe, and else are not", () => {
  fc.assert(
    fc.property(tenths, supply, (ampere, at) => {
      fc.pre(isWattSafe(at));
      assert.ok(wattOfAmpere(ampere, undefined, at) / at.voltageV <= ampere * (1 + 1e-9));
    }),
  );
  const three: Supply = { current: "AC", voltageV: 230, phases: 3 };
  assert.not(isWattSafe(three));
  // 6 A declared for three phases, one used: 18 A on it.
  assert.is(wattOfAmpere(6, undefined, three) / 230, 18);
  assert.ok(isWattSafe({ ...three, isFixedPhases: true }));
});

test("phases are as declared, three where nothing is, never more than are wired, and one for direct current", () => {
  const at = (wired: number): Supply => ({ current: "AC", voltageV: 230, phases: wired });
  assert.is(phasesOf(undefined, at(3)), 3);
  assert.is(phasesOf(undefined, at(1)), 1);
  assert.is(phasesOf(1, at(3)), 1);
  assert.is(phasesOf(2, at(3)), 2);
  assert.is(phasesOf(3, at(2)), 2);
  assert.is(phasesOf(3, { current: "DC", voltageV: 400, phases: 3 }), 1);
});

test("RateUnit offers what the station takes and what can be safely made of it", () => {
  const three: Supply = { current: "AC", voltageV: 230, phases: 3 };
  const one: Supply = { ...three, phases: 1 };
  assert.equal(publishedUnits(["A"], three), ["A", "W"]);
  assert.equal(publishedUnits(["W"], three), ["W"]);
  assert.equal(publishedUnits(["W"], one), ["A", "W"]);
  assert.equal(publishedUnits(["W"], { ...three, isFixedPhases: true }), ["A", "W"]);
  assert.equal(publishedUnits(["A", "W"], three), ["A", "W"]);
  assert.equal(publishedUnits([], three), []);
});

test("IEC 61851 - a current that cannot be signalled becomes none, where the station would make 6 A of it", () => {
  const ac: Supply = { current: "AC", voltageV: 230, phases: 3 };
  assert.is(signalled(5.9, "A", ac, "zero"), 0);
  assert.is(signalled(6, "A", ac, "zero"), 6);
  assert.is(signalled(5.9, "A", ac, "send"), 5.9);
  assert.is(signalled(5.9, "W", ac, "zero"), 5.9);
  assert.is(signalled(5.9, "A", { ...ac, current: "DC" }, "zero"), 5.9);
});

test("a limit of no value limits nothing, one of the unit asked for is as it is", () => {
  const question = { to: "A", supply: { current: "AC", voltageV: 230, phases: 3 }, usedPhases: 1 } as const;
  assert.is(inUnit({ unit: "A" }, question), Number.POSITIVE_INFINITY);
  assert.is(inUnit({ unit: "A", limit: 7.77 }, question), 7.77);
  // By the phases of the limit itself: fewer used phases do not raise it.
  assert.is(inUnit({ unit: "W", limit: 6900 }, question), 10);
  assert.is(inUnit({ unit: "A", limit: 10 }, { ...question, to: "W" }), 2300);
});

test.run();
