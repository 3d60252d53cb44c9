/** 1.6 §4.8 - ids that the gateway gives in the CSMS's place. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FIRST_PROVISIONAL, isProvisional, nextProvisional } from "../../../src/domain/spool/provisional-id.ts";

const LAST = 2 ** 31 - 1;
const anyId = fc.oneof(
  fc.integer({ min: FIRST_PROVISIONAL, max: LAST }),
  fc.constantFrom(0, -1, FIRST_PROVISIONAL - 1, FIRST_PROVISIONAL, LAST - 1, LAST, LAST + 1),
);

test("an id is positive, within 32 bits, of the range, and never one that is taken", () => {
  fc.assert(
    fc.property(anyId, fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 20, size: "max" }), (last, offsets) => {
      const taken = new Set(offsets.flatMap((offset) => [last + offset, FIRST_PROVISIONAL + offset]));
      const id = nextProvisional(last, (candidate) => taken.has(candidate));
      assert.ok(isProvisional(id) && id <= LAST);
      assert.not.ok(taken.has(id));
    }),
  );
});

test("ids only count up until the range is used up", () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST_PROVISIONAL, max: LAST - 1000 }), (start) => {
      let last = start;
      for (let i = 0; i < 50; i += 1) {
        const id = nextProvisional(last, (candidate) => candidate % 3 === 0);
        assert.ok(id > last);
        last = id;
      }
    }),
  );
  assert.is(
    nextProvisional(LAST, () => false),
    FIRST_PROVISIONAL,
  );
  assert.is(
    nextProvisional(0, () => false),
    FIRST_PROVISIONAL,
  );
});

test.run();
