/** CBOR of JSON values, against the specification's own examples and a reader. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeCbor, type Json } from "../../../src/domain/cbor/encode.ts";
import { decodeCbor } from "../../../src/sim/cbor.ts";

const hex = (value: Json): string => Buffer.from(encodeCbor(value)).toString("hex");

/** RFC 8949, appendix A: those that JSON has, and that need no float of 16 bits. */
const EXAMPLES: readonly (readonly [Json, string])[] = [
  [0, "00"],
  [10, "0a"],
  [23, "17"],
  [24, "1818"],
  [100, "1864"],
  [1_000, "1903e8"],
  [1_000_000, "1a000f4240"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1_000, "3903e7"],
  [1.1, "fb3ff199999999999a"],
  [3.4028234663852886e38, "fa7f7fffff"],
  [1e300, "fb7e37e43c8800759c"],
  [-4.1, "fbc010666666666666"],
  [false, "f4"],
  [true, "f5"],
  [null, "f6"],
  ["", "60"],
  ["IETF", "6449455446"],
  ["ü", "62c3bc"],
  [[], "80"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [{}, "a0"],
  [{ a: 1, b: [2, 3] }, "a26161016162820203"],
  [["a", { b: "c" }], "826161a161626163"],
];

test("the specification's examples come out as it says", () => {
  for (const [value, expected] of EXAMPLES) assert.is(hex(value), expected, JSON.stringify(value));
});

test("a reader gets what was written, whatever it was", () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(json, (value) => {
      // Compared as text: an object of JSON may have a member named __proto__.
      assert.is(JSON.stringify(decodeCbor(encodeCbor(value))), JSON.stringify(value));
    }),
  );
  const number = fc.oneof(fc.double({ noNaN: true }), fc.maxSafeInteger(), fc.float({ noNaN: true }));
  fc.assert(fc.property(number, (value) => assert.ok(Object.is(decodeCbor(encodeCbor(value)), value), String(value))));
});

test("long texts and lists grow the output", () => {
  const value = { list: Array.from({ length: 70_000 }, (_, i) => i / 3), text: "ö".repeat(100_000) };
  assert.equal(decodeCbor(encodeCbor(value)), value);
});

test.run();
