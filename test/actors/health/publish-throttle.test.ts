import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PublishThrottle } from "../../../src/actors/health/publish-throttle.ts";
import type { WorkerThrottle } from "../../../src/actors/health/thread-messages.ts";

const budget = (bytes: number, overheadBytes = 0): WorkerThrottle => ({ kind: "budget", bytes, overheadBytes });

/** A PUBLISH has 48 bytes beside topic and payload. */
const HEAD = 48;

function throttled(throttle: WorkerThrottle) {
  let spent = 0;
  const it = new PublishThrottle(throttle, () => {
    spent += 1;
  });
  return { it, timesSpent: () => spent };
}

test("free is open, yield is closed, and neither asks for anything", () => {
  const { it, timesSpent } = throttled({ kind: "free" });
  assert.ok(it.isOpen);
  it.spend("topic", 1_000_000);
  assert.ok(it.isOpen);
  it.set({ kind: "yield" });
  assert.not.ok(it.isOpen);
  it.wantMore();
  assert.is(timesSpent(), 0);
});

test("a budget is asked for once, and overdrawn by one message at most", () => {
  const { it, timesSpent } = throttled(budget(0, 90));
  assert.not.ok(it.isOpen);
  it.wantMore();
  it.wantMore();
  assert.is(timesSpent(), 1);
  it.set(budget(100, 90));
  assert.ok(it.isOpen);
  it.spend("12345", 1_000);
  assert.not.ok(it.isOpen);
  it.wantMore();
  assert.is(timesSpent(), 2);
  // 1 143 bytes were spent of 100.
  it.set(budget(1_043, 90));
  assert.not.ok(it.isOpen);
  it.wantMore();
  assert.is(timesSpent(), 3);
  it.set(budget(1, 90));
  assert.ok(it.isOpen);
});

test("who was free does not begin a budget with debts or savings", () => {
  const { it } = throttled({ kind: "free" });
  it.spend("topic", 5_000);
  it.set(budget(10));
  assert.ok(it.isOpen);
  it.set({ kind: "free" });
  it.set(budget(0));
  assert.not.ok(it.isOpen);
});

test("whatever is given and sent: never more is spent than was given and the one message that overdrew", () => {
  const steps = fc.array(fc.record({ give: fc.nat(3_000), sizes: fc.array(fc.nat(4_000), { maxLength: 5 }) }));
  fc.assert(
    fc.property(steps, (all) => {
      const { it } = throttled(budget(0));
      let given = 0;
      let spent = 0;
      let largest = 0;
      for (const { give, sizes } of all) {
        it.set(budget(give));
        given += give;
        for (const bytes of sizes) {
          assert.is(it.isOpen, spent < given);
          if (!it.isOpen) continue;
          it.spend("", bytes);
          spent += bytes + HEAD;
          largest = Math.max(largest, bytes + HEAD);
        }
        assert.ok(spent < given + largest || spent === 0);
      }
    }),
  );
});

test.run();
