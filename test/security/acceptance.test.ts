/** The acceptance list names tests that exist. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { filesOf, isWhole } from "./acceptance.ts";
import { ACCEPTANCE_CASES } from "./acceptance-cases.ts";

test("each case of the list is in the title of a test through a whole gateway", () => {
  const without = ACCEPTANCE_CASES.filter((one) => !filesOf(one).some(isWhole)).map(({ id }) => id);
  assert.equal(without, []);
});

test("no case stands twice in the list", () => {
  const ids = ACCEPTANCE_CASES.map(({ id }) => id);
  assert.equal([...new Set(ids)], ids);
});

test.run();
