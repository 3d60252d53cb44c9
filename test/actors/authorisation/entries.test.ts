import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { outsideOf, sameInfo } from "../../../src/actors/authorisation/entries.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { infoAround } from "../../support/authorise.ts";

const NOW = Date.UTC(2026, 5, 1, 8);

test("two words are the same exactly when they are equal in every part", () => {
  const info = infoAround(NOW);
  // Two of one status with the parts of either: independent ones would differ in nearly everything.
  const pair = fc
    .tuple(info, info, fc.subarray(["expiresAt", "group", "evseIds"] as const))
    .map(([one, two, parts]) => {
      const taken = Object.fromEntries(Object.entries(two).filter(([part]) => parts.some((p) => p === part)));
      return [one, { ...one, ...taken }] as const;
    });
  fc.assert(
    fc.property(pair, ([one, other]) => {
      const isEqual =
        JSON.stringify(one, Object.keys({ ...one, idToken: 0, type: 0 }).sort()) ===
        JSON.stringify(other, Object.keys({ ...other, idToken: 0, type: 0 }).sort());
      assert.is(sameInfo(one, other), isEqual);
      assert.is(sameInfo(other, one), isEqual);
      assert.ok(sameInfo(one, { ...one }));
    }),
    { numRuns: 500 },
  );
  assert.not.ok(sameInfo({ status: "Accepted" }, { status: "Blocked" }));
  assert.not.ok(sameInfo({ status: "Accepted" }, { status: "Accepted", expiresAt: epochMs(0) }));
});

test("rank and order are read without the key; what is no record has none", () => {
  assert.equal(outsideOf("+1a.xyz"), { accepted: true, order: 46 });
  assert.equal(outsideOf("-0.xyz"), { accepted: false, order: 0 });
  for (const text of ["", "+", ".", "+.", "nonsense", "+?.x"]) assert.is(outsideOf(text), undefined, text);
});

test.run();
