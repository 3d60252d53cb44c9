/**
 * I2 to I5, I11, I12, I16, I17, I19: what requests do, and what normalising and units do to numbers.
 * Each property also gets functions that are wrong on purpose, and has to find them out. `npm run verify:translation` runs all for longer.
 */
// deadline: 120s
import { test } from "uvu";
import { REQUEST_PROPERTIES } from "../../support/charging-properties-requests.ts";
import { testProperties } from "../../support/charging-subject.ts";

testProperties(test, REQUEST_PROPERTIES);

test.run();
