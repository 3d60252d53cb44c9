import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Congestion } from "../../../src/domain/uplink/congestion.ts";

const KIB = 1024;

test("a full socket for a moment is no congestion, one that stays full is", () => {
  const congestion = new Congestion();
  assert.not.ok(congestion.sample(200 * KIB, 0));
  assert.not.ok(congestion.sample(0, 250));
  assert.not.ok(congestion.sample(200 * KIB, 500));
  assert.not.ok(congestion.sample(200 * KIB, 750));
  assert.ok(congestion.sample(200 * KIB, 1_000));
  assert.ok(congestion.isCongested);
});

test("congestion is over when nothing has waited for a while, not before", () => {
  const congestion = new Congestion();
  congestion.sample(200 * KIB, 0);
  congestion.sample(200 * KIB, 500);
  for (let at = 750; at < 5_000; at += 500) {
    assert.not.ok(congestion.sample(0, at));
    assert.not.ok(congestion.sample(1, at + 250));
  }
  assert.not.ok(congestion.sample(0, 6_000));
  assert.ok(congestion.isCongested);
  assert.ok(congestion.sample(0, 7_000));
  assert.not.ok(congestion.isCongested);
});

test("it changes at most once in the shorter of its times, whatever the sockets do", () => {
  const samples = fc.array(fc.record({ afterMs: fc.nat(600), bytes: fc.constantFrom(0, 1, 20 * KIB) }));
  fc.assert(
    fc.property(samples, (all) => {
      const congestion = new Congestion();
      let at = 0;
      let changedAt = Number.NEGATIVE_INFINITY;
      for (const { afterMs, bytes } of all) {
        at += afterMs;
        const before = congestion.isCongested;
        const changed = congestion.sample(bytes, at);
        assert.is(changed, before !== congestion.isCongested);
        if (!changed) continue;
        assert.ok(at - changedAt >= 400);
        changedAt = at;
      }
    }),
  );
});

test.run();
