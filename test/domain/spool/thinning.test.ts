/** J02.FR.20 - what a full spool leaves out. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ThinCandidate, thinOut } from "../../../src/domain/spool/thinning.ts";

const waiting = fc
  .array(fc.record({ transaction: fc.constantFrom("a", "b", undefined), thinnable: fc.boolean() }), {
    maxLength: 60,
    size: "max",
  })
  .map((list): readonly ThinCandidate[] => list.map((candidate, i) => ({ ...candidate, seq: 3 * i + 5 })));

test("of each transaction the 1st, 3rd, 5th, … of what may be left out is left out, in order", () => {
  fc.assert(
    fc.property(waiting, (list) => {
      const expected = list.filter(({ seq, transaction, thinnable }) => {
        const before = list.filter((other) => other.thinnable && other.transaction === transaction && other.seq < seq);
        return thinnable && before.length % 2 === 0;
      });
      assert.equal(
        thinOut(list),
        expected.map(({ seq }) => seq),
      );
    }),
  );
});

test("nothing that must stay is ever left out, and of ten readings five stay", () => {
  const list = Array.from({ length: 12 }, (_, seq) => ({ seq, transaction: "a", thinnable: seq !== 0 && seq !== 11 }));
  assert.equal(thinOut(list), [1, 3, 5, 7, 9]);
});

test.run();
