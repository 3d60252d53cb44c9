import { test } from "uvu";
import * as assert from "uvu/assert";
import { tuneForFewCores } from "../../src/cli/few-cores.ts";

test("a machine with many cores is left as it is; one with few is tuned and goes on collecting", () => {
  assert.not(tuneForFewCores(8));
  assert.ok(tuneForFewCores(2));
  // Enough garbage, and enough that survives, for scavenges and a major collection.
  const kept: object[] = [];
  for (let i = 0; i < 3_000_000; i += 1) {
    const one = { i };
    if (i % 20 === 0) kept.push(one);
  }
  assert.is(kept.length, 150_000);
});

test.run();
