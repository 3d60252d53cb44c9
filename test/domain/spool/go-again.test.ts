import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { goAgain, type Letter } from "../../../src/domain/spool/go-again.ts";

const letter: fc.Arbitrary<Letter> = fc.record({
  seq: fc.nat(),
  head: fc.option(
    fc
      .option(fc.constantFrom("1", "2", "3"), { nil: undefined })
      .map((transaction) => (transaction ? { transaction } : {})),
    { nil: undefined },
  ),
});
const letters = fc.uniqueArray(letter, { selector: ({ seq }) => seq, maxLength: 30 });

test("with a letter goes all of its transaction, in order, and nothing else", () => {
  fc.assert(
    fc.property(letters, fc.nat(), (all, pick) => {
      const chosen = all[pick % Math.max(1, all.length)];
      fc.pre(chosen !== undefined);
      const going = goAgain(all, chosen.seq);
      if (chosen.head === undefined) return assert.equal(going, []);
      assert.ok(going.includes(chosen));
      assert.equal(
        going.map(({ seq }) => seq),
        going.map(({ seq }) => seq).sort((a, b) => a - b),
      );
      const { transaction } = chosen.head;
      const expected =
        transaction === undefined ? [chosen] : all.filter(({ head }) => head?.transaction === transaction);
      assert.equal(new Set(going), new Set(expected));
    }),
  );
});

test("all letters go in order, without those that cannot be read", () => {
  fc.assert(
    fc.property(letters, (all) => {
      const going = goAgain(all, undefined).map(({ seq }) => seq);
      const readable = all.filter(({ head }) => head !== undefined).map(({ seq }) => seq);
      assert.equal(
        going,
        readable.sort((a, b) => a - b),
      );
    }),
  );
});

test("a letter that is not there sends nothing", () => {
  assert.equal(goAgain([{ seq: 1, head: {} }], 2), []);
});

test.run();
