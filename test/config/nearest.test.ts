import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { editDistance, nearest } from "../../src/config/nearest.ts";

test("the nearest known name is offered, a far one is not", () => {
  const known = ["listen", "limits", "log", "health"];
  assert.is(nearest("listn", known), "listen");
  assert.is(nearest("Limits", known), "limits");
  assert.is(nearest("helath", known), "health");
  assert.is(nearest("completely", known), undefined);
  assert.is(nearest("x", []), undefined);
});

test("an edit distance is 0 for the same, symmetric, and at most the longer length", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.is(editDistance(a, a), 0);
      assert.is(editDistance(a, b), editDistance(b, a));
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length));
    }),
  );
});

test.run();
