import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type CachedInfo,
  decideLocally,
  LENIENCY_MS,
  type LocalPolicy,
  needsNoAuthorisation,
  policyFor,
  TEMPORARY_REFUSAL_MS,
} from "../../../src/domain/authorise/decide.ts";
import type { TokenInfo } from "../../../src/domain/authorise/token.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { infoAround, instantAround } from "../../support/authorise.ts";

const NOW = epochMs(Date.UTC(2026, 5, 1, 8));
const STRICT: LocalPolicy = { unknownTokens: "refuse" };
const LENIENT: LocalPolicy = { unknownTokens: "accept" };

const info = infoAround(NOW);
const policy = fc.constantFrom(STRICT, LENIENT);
const cached: fc.Arbitrary<CachedInfo> = fc.record({
  info,
  learnedAt: fc.oneof(instantAround(NOW), instantAround(NOW - TEMPORARY_REFUSAL_MS)),
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

test("C13.FR.04, 1.6 §3.5.4 - what the list does not accept is never accepted, whatever else is known", () => {
  fc.assert(
    fc.property(info, maybe(cached), policy, (list, cache, rule) => {
      const decided = decideLocally({ list, cache }, rule, NOW);
      if (list.status !== "Accepted") assert.is(decided.status, list.status);
    }),
  );
});

test("1.6 §3.5.3 - the list decides alone where it knows the token", () => {
  fc.assert(
    fc.property(info, maybe(cached), policy, policy, (list, cache, one, other) => {
      assert.equal(decideLocally({ list, cache }, one, NOW), decideLocally({ list }, other, NOW));
    }),
  );
});

test("1.6 §3.5.4 - an acceptance that has expired is Expired, on the list and in the cache", () => {
  fc.assert(
    fc.property(info, fc.boolean(), policy, (said, isListed, rule) => {
      const accepted: TokenInfo = { ...said, status: "Accepted" };
      const known = isListed ? { list: accepted } : { cache: { info: accepted, learnedAt: NOW } };
      const isOver = said.expiresAt !== undefined && said.expiresAt <= NOW;
      assert.is(decideLocally(known, rule, NOW).status, isOver ? "Expired" : "Accepted");
    }),
  );
});

test("a refusal does not become acceptable by growing old", () => {
  const refused = fc.constantFrom("Blocked", "Expired", "Invalid", "Unknown");
  fc.assert(
    fc.property(refused, instantAround(NOW), fc.nat(), policy, (status, expiresAt, ageMs, rule) => {
      const cache = { info: { status, expiresAt } as TokenInfo, learnedAt: epochMs(NOW - ageMs * 1000) };
      assert.is(decideLocally({ cache }, rule, NOW).status, status);
    }),
  );
});

test("NoCredit and NotAtThisTime wear off, and leave the token unknown", () => {
  for (const status of ["NoCredit", "NotAtThisTime"] as const) {
    const learned = (ageMs: number) => ({ cache: { info: { status }, learnedAt: epochMs(NOW - ageMs) } });
    assert.is(decideLocally(learned(TEMPORARY_REFUSAL_MS - 1), LENIENT, NOW).status, status);
    assert.is(decideLocally(learned(TEMPORARY_REFUSAL_MS), STRICT, NOW).status, "Unknown");
    assert.is(decideLocally(learned(TEMPORARY_REFUSAL_MS), LENIENT, NOW).status, "Accepted");
    assert.is(decideLocally({ list: { status } }, LENIENT, NOW).status, status);
  }
});

test("C15 - an unknown token is what the policy says, and a lenient answer does not last in the station's cache", () => {
  assert.equal(decideLocally({}, STRICT, NOW), { status: "Unknown" });
  assert.equal(decideLocally({}, LENIENT, NOW), { status: "Accepted", expiresAt: NOW + LENIENCY_MS });
});

test("with a strict policy only what list or cache accepted is accepted", () => {
  fc.assert(
    fc.property(maybe(info), maybe(cached), (list, cache) => {
      const decided = decideLocally({ list, cache }, STRICT, NOW);
      if (decided.status === "Accepted") assert.is((list ?? cache?.info)?.status, "Accepted");
    }),
  );
});

test("C02 - only the token of a start button needs no authorisation", () => {
  assert.ok(needsNoAuthorisation({ idToken: "", type: "NoAuthorization" }));
  for (const type of [undefined, "Local", "noauthorization", ""]) {
    assert.not.ok(needsNoAuthorisation({ idToken: "", type }), type);
  }
});

test("C05 - a Central token that nobody knows is the CSMS's own; one that is known to be blocked stays blocked", () => {
  const central = { idToken: "REMOTE-1", type: "Central" };
  assert.is(decideLocally({}, policyFor(central, STRICT), NOW).status, "Accepted");
  const blocked = { cache: { info: { status: "Blocked" as const }, learnedAt: NOW } };
  assert.is(decideLocally(blocked, policyFor(central, STRICT), NOW).status, "Blocked");
  assert.is(policyFor({ idToken: "REMOTE-1", type: "ISO14443" }, STRICT), STRICT);
});

test.run();
