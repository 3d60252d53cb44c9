/** E13 - when a message that the CSMS did not take is tried again, and when it is given up. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs, messageId } from "../../../src/domain/ids.ts";
import type { SpoolHead } from "../../../src/domain/spool/record.ts";
import { afterFailure, mustWait } from "../../../src/domain/spool/retry.ts";

const NOW = epochMs(1_000_000);
const RULE = { attempts: 5, attemptIntervalSec: 10 };
const HEAD: SpoolHead = {
  v: 1,
  id: messageId("a"),
  action: "StopTransaction",
  messageClass: 1,
  role: "stop",
  key: "k",
  takenAt: epochMs(0),
};

const failures = fc.array(fc.constantFrom("refused" as const, "timeout" as const, "lost" as const), {
  maxLength: 200,
  size: "max",
});
const rules = fc.record({ attempts: fc.integer({ min: 1, max: 8 }), attemptIntervalSec: fc.nat({ max: 600 }) });

test("E13 - the wait grows by one interval with every attempt, and the last attempt is the last", () => {
  const waits: number[] = [];
  let head = HEAD;
  for (;;) {
    const after = afterFailure(head, waits.length % 2 === 0 ? "refused" : "timeout", RULE, NOW);
    if (after.kind === "give-up") break;
    head = after.head;
    waits.push(Number(head.notBefore) - NOW);
  }
  assert.equal(waits, [10_000, 20_000, 30_000, 40_000]);
});

test("a connection that breaks is nobody's refusal: the next one tries at once", () => {
  const after = afterFailure({ ...HEAD, attempts: 2 }, "lost", RULE, NOW);
  assert.equal(after, { kind: "again", head: { ...HEAD, attempts: 2, losses: 1 } });
});

test("ten losses in a row are an attempt: a frame that breaks every connection does not hold up all others for ever", () => {
  let head = HEAD;
  let given = 0;
  for (; given < 1000; given += 1) {
    const after = afterFailure(head, "lost", RULE, NOW);
    if (after.kind === "give-up") break;
    head = after.head;
  }
  assert.is(given + 1, RULE.attempts * 10);
});

test("attempts only grow, every history ends, and nothing but the counts changes", () => {
  fc.assert(
    fc.property(failures, rules, (history, rule) => {
      let head = HEAD;
      let counted = 0;
      for (const failure of history) {
        const after = afterFailure(head, failure, rule, NOW);
        if (failure !== "lost") counted += 1;
        if (after.kind === "give-up") {
          assert.ok((head.attempts ?? 0) + 1 >= rule.attempts);
          return;
        }
        assert.ok((after.head.attempts ?? 0) >= (head.attempts ?? 0));
        const { attempts: _a, losses: _l, notBefore: _n, ...rest } = after.head;
        assert.equal(rest, HEAD);
        head = after.head;
      }
      assert.ok(counted < rule.attempts, "given up in time");
    }),
  );
});

test("what failed waits exactly as long as its rule says", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.nat({ max: 200_000 }), (attempts, passed) => {
      const { notBefore } = { notBefore: epochMs(NOW + attempts * 10_000) };
      const head = { ...HEAD, attempts, notBefore };
      assert.is(mustWait(head, RULE, epochMs(NOW + passed)), passed < attempts * 10_000);
    }),
  );
  assert.not.ok(mustWait(HEAD, RULE, NOW));
});

test("a clock that is set back by hours does not make a message wait for hours", () => {
  const after = afterFailure(HEAD, "refused", RULE, NOW);
  assert.ok(after.kind === "again" && mustWait(after.head, RULE, NOW));
  assert.not.ok(after.kind === "again" && mustWait(after.head, RULE, epochMs(NOW - 7_200_000)));
});

test.run();
