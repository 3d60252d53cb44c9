import { test } from "uvu";
import * as assert from "uvu/assert";
import { AddressLimits } from "../../src/actors/address-limits.ts";

test("an address may have so many sockets open, and another after one has left", () => {
  const limits = new AddressLimits({ open: 2, perMinute: 0 });
  assert.equal(
    [1, 2, 3].map(() => limits.enter("a", 0)),
    [true, true, false],
  );
  assert.ok(limits.enter("b", 0), "another address is not concerned");
  limits.leave("a");
  assert.ok(limits.enter("a", 0));
});

test("an address may open so many sockets a minute, refused ones included", () => {
  const limits = new AddressLimits({ open: 0, perMinute: 2 });
  for (const expected of [true, true, false, false]) {
    assert.is(limits.enter("a", 1_000), expected);
    if (expected) limits.leave("a");
  }
  assert.not(limits.enter("a", 59_999));
  assert.ok(limits.enter("a", 61_001));
});

test("0 means no limit", () => {
  const limits = new AddressLimits({ open: 0, perMinute: 0 });
  for (let i = 0; i < 1000; i += 1) assert.ok(limits.enter("a", 0));
});

test.run();
