/**
 * I14, I15, I18: what a station goes through, and that transactions leave each other alone.
 * Each property also gets functions that are wrong on purpose, and has to find them out. `npm run verify:translation` runs all for longer.
 */
// deadline: 120s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CHARGING_PROPERTIES } from "../../support/charging-properties.ts";
import { PLAN_PROPERTIES } from "../../support/charging-properties-plan.ts";
import { testProperties } from "../../support/charging-subject.ts";

testProperties(test, PLAN_PROPERTIES);

test("there are nineteen properties", () => {
  const names = Array.from({ length: 19 }, (_, index) => `I${index + 1}`);
  assert.equal(
    CHARGING_PROPERTIES.map(({ name }) => name),
    names,
  );
});

test.run();
