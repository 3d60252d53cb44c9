import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compileGlob, isGlob } from "../../src/config/glob.ts";
import { stationRules } from "../../src/config/station-rules.ts";
import type { StationRule } from "../../src/config/types.ts";

const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
  ["CS-1", "CS-1", true],
  ["CS-1", "cs-1", false],
  ["CS-1", "CS-10", false],
  ["*", "", true],
  ["*", "anything at all", true],
  ["CS-*", "CS-", true],
  ["CS-*", "CS-0001", true],
  ["CS-*", "XCS-1", false],
  ["*-7", "depot-7", true],
  ["*-7", "depot-70", false],
  ["a*b*c", "a__b__c", true],
  ["a*b*c", "a__c__b", false],
  ["?", "", false],
  ["?", "x", true],
  ["C?-1", "CS-1", true],
  ["**x**", "axb", true],
  ["a.c", "abc", false],
  ["[ab]", "a", false],
  ["*?", "", false],
];

for (const [pattern, text, matches] of rows) {
  test(`glob ${pattern} ${matches ? "matches" : "does not match"} "${text}"`, () => {
    assert.is(compileGlob(pattern)(text), matches);
  });
}

test("a glob agrees with the regular expression of the same meaning", () => {
  const symbol = fc.constantFrom("a", "b", "*", "?", ".");
  const pattern = fc.array(symbol, { maxLength: 8 }).map((list) => list.join(""));
  const text = fc.array(fc.constantFrom("a", "b", "."), { maxLength: 8 }).map((list) => list.join(""));
  fc.assert(
    fc.property(pattern, text, (p, t) => {
      const source = p.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      assert.is(compileGlob(p)(t), new RegExp(`^${source}$`).test(t), `${p} ${t}`);
    }),
    { numRuns: 2000 },
  );
});

test("a glob of many stars takes no exponential time", () => {
  const matches = compileGlob(`${"*a".repeat(40)}b`);
  const started = performance.now();
  assert.not.ok(matches("a".repeat(255)));
  assert.ok(performance.now() - started < 100);
});

const rule = (match: string) => ({ match }) as StationRule;

test("the first rule that matches applies, whether it names one station or many", () => {
  const rules = stationRules([rule("A-1"), rule("A-*"), rule("A-2"), rule("B-1"), rule("*")]);
  assert.is(rules.find("A-1")?.match, "A-1");
  assert.is(rules.find("A-2")?.match, "A-*");
  assert.is(rules.find("B-1")?.match, "B-1");
  assert.is(rules.find("C")?.match, "*");
  assert.is(stationRules([rule("A")]).find("B"), undefined);
});

test("the look-up agrees with going through the rules one by one", () => {
  const identity = fc.array(fc.constantFrom("a", "b"), { maxLength: 3 }).map((list) => list.join(""));
  const match = fc
    .array(fc.constantFrom("a", "b", "*", "?"), { minLength: 1, maxLength: 3 })
    .map((list) => list.join(""));
  fc.assert(
    fc.property(fc.array(match), identity, (matches, id) => {
      const rules = matches.map(rule);
      const expected = rules.find((one) => compileGlob(one.match)(id));
      assert.is(stationRules(rules).find(id), expected);
    }),
  );
});

test("only * and ? make a glob", () => {
  assert.ok(isGlob("a*"));
  assert.ok(isGlob("a?"));
  assert.not.ok(isGlob("a[b]"));
});

test.run();
