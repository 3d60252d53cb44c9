/** What translating a MeterValues frame costs, next to relaying it in the same run. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { translationCost } from "../../bench/translate-relay.ts";

const BOUND = 2.5;

test("a MeterValues frame is translated, validation of both sides included, for at most 2.5 times what relaying it costs", async () => {
  const { relayUs, translateUs, ratio } = await translationCost(15, 1_500);
  const figures = `relay ${relayUs.median.toFixed(1)} µs, translate ${translateUs.median.toFixed(1)} µs, ratio ${ratio.median.toFixed(2)}`;
  console.log(figures);
  assert.ok(ratio.median <= BOUND, figures);
});

test.run();
