/** The acceptance list names tests that exist. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { filesOf, isWhole } from "./acceptance.ts";
import { ACCEPTANCE_CASES } from "./acceptance-cases.ts";

/** Cases of what the gateway does not do itself, by the guide: its log asked for by the CSMS. */
const NOT_DONE = ["TC_079"];

test("each case of the list is in the title of a test through a whole gateway, but for those of what is not done", () => {
  const without = ACCEPTANCE_CASES.filter((one) => !filesOf(one).some(isWhole)).map(({ id }) => id);
  assert.equal(
    without.filter((id) => !NOT_DONE.includes(id)),
    [],
  );
});

test("no case stands twice in the list", () => {
  const ids = ACCEPTANCE_CASES.map(({ id }) => id);
  assert.equal([...new Set(ids)], ids);
});

test.run();
