/**
 * I1, I6 to I10, I13: what the image is, and what stations of all readings make of it.
 * Each property also gets functions that are wrong on purpose, and has to find them out. `npm run verify:translation` runs all for longer.
 */
// deadline: 120s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IMAGE_PROPERTIES, raisesWithHigherLevel } from "../../support/charging-properties-image.ts";
import { testProperties } from "../../support/charging-subject.ts";

testProperties(test, IMAGE_PROPERTIES);

test("of profiles of one purpose one of a higher level may raise the limit: I10 is about the first alone", () => {
  const { before, after } = raisesWithHigherLevel();
  assert.ok(after > before);
});

test.run();
