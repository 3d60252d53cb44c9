/** What is wrong with a message is told from what is wrong with the server. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verdictOf } from "../../../src/actors/health/https-answer.ts";

const NOW = Date.parse("2026-02-01T12:00:00Z");
const kindOf = (status: number) => verdictOf(status, undefined, NOW).kind;

test("2xx is taken, 4xx refused, but for what speaks of the sender or the moment", () => {
  for (const status of [200, 201, 202, 204]) assert.is(kindOf(status), "taken");
  for (const status of [400, 409, 410, 413, 415, 422]) assert.is(kindOf(status), "refused");
  for (const status of [401, 403, 404, 408, 425, 429, 500, 502, 503, 504, 301, 307]) assert.is(kindOf(status), "later");
});

test("Retry-After is read as seconds and as a date (RFC 9110 §10.2.3)", () => {
  const wait = (value: string) => {
    const verdict = verdictOf(503, value, NOW);
    return verdict.kind === "later" ? verdict.waitMs : "other";
  };
  assert.is(wait("7"), 7_000);
  assert.is(wait("Sun, 01 Feb 2026 12:00:30 GMT"), 30_000);
  assert.is(wait("Sun, 01 Feb 2026 11:00:00 GMT"), 0);
  assert.is(wait("soon"), undefined);
  assert.is(wait("999999999"), 3_600_000);
});

test("whatever a server says there is a verdict, and no wait beyond an hour", () => {
  fc.assert(
    fc.property(
      fc.nat(999),
      fc.option(fc.string({ maxLength: 40, size: "max" }), { nil: undefined }),
      (status, text) => {
        const verdict = verdictOf(status, text, NOW);
        if (verdict.kind === "taken") assert.ok(status >= 200 && status < 300);
        if (verdict.kind === "refused") assert.ok(status >= 400 && status < 500);
        if (verdict.kind !== "later" || verdict.waitMs === undefined) return;
        assert.ok(verdict.waitMs >= 0 && verdict.waitMs <= 3_600_000);
      },
    ),
  );
});

test.run();
