import { test } from "uvu";
import * as assert from "uvu/assert";
import { wireBytes } from "../../../src/domain/uplink/wire-bytes.ts";

test("a message pays the overhead once for each segment it needs, and an empty one pays it too", () => {
  assert.is(wireBytes(0, 90), 90);
  assert.is(wireBytes(300, 90), 390);
  assert.is(wireBytes(1_360, 90), 1_450);
  assert.is(wireBytes(1_361, 90), 1_541);
  assert.is(wireBytes(131_072, 0), 131_072);
});

test.run();
