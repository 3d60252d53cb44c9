import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { folded } from "../../../src/domain/translate/device-state.ts";
import {
  encodeName,
  legacyKey,
  legacyVariables,
  MAX_NAMES,
  nameKeys,
} from "../../../src/domain/translate/legacy-config.ts";

test("what an identifierString may have stays, the rest is hexadecimal", () => {
  const vectors: readonly (readonly [string, string])[] = [
    ["Ack.MaxRetries", "Ack.MaxRetries"],
    ["a*b-c_d=e:f+g|h@i.9", "a*b-c_d=e:f+g|h@i.9"],
    ["Free Vend (kWh)", "Free_20Vend_20_28kWh_29"],
    ["Größe/max", "Gr_c3_b6_c3_9fe_2fmax"],
    ["a#b", "a_23b"],
  ];
  for (const [key, name] of vectors) assert.is(encodeName(key), name);
});

test("two keys that come out alike are told apart", () => {
  const names = nameKeys({}, ["a b", "a_20b"]);
  assert.is(Object.keys(names).length, 2);
  assert.is(legacyKey(names, "a_20b"), "a b");
  assert.equal(new Set(Object.values(names)), new Set(["a b", "a_20b"]));
});

test("a name that nobody published is the key itself", () => {
  assert.is(legacyKey({}, "Hidden"), "Hidden");
  assert.is(legacyKey({}, "constructor"), "constructor");
});

test("a station that has new keys every day does not fill the store", () => {
  let names = nameKeys({}, ["kept"]);
  for (let day = 0; day < 30; day += 1) {
    names = nameKeys(names, ["kept", ...Array.from({ length: 100 }, (_, index) => `day ${day} key ${index}`)]);
    assert.ok(Object.keys(names).length <= MAX_NAMES);
  }
  assert.is(legacyKey(names, "kept"), "kept");
  assert.is(legacyKey(names, "day_2029_20key_205"), "day 29 key 5");
});

const keys = fc.uniqueArray(
  fc.oneof(
    fc.string({ minLength: 1, maxLength: 50, unit: "grapheme" }),
    fc.string({ minLength: 1, maxLength: 50, unit: fc.constantFrom("a", " ", "_", "2", "0", "B") }),
  ),
  { selector: folded, maxLength: 12, size: "max" },
);

test("every key has one name that 2.x allows, different from the others', and leads back to it", () => {
  fc.assert(
    fc.property(keys, (given) => {
      const real = given.filter((key) => folded(key) !== "");
      const names = nameKeys({}, real);
      const variables = legacyVariables(names);
      assert.is(variables.size, real.length);
      for (const key of real) {
        const name = variables.get(folded(key)) ?? "";
        assert.match(name, /^[A-Za-z0-9*\-_=:+|@.]{1,50}$/);
        assert.is(legacyKey(names, name), key);
        assert.is(legacyKey(names, name.toUpperCase()), key);
      }
      assert.is(new Set([...variables.values()].map(folded)).size, real.length);
    }),
    { numRuns: 1_000 },
  );
});

test("names that were published keep their meaning, whatever comes later", () => {
  fc.assert(
    fc.property(keys, keys, (first, second) => {
      const before = nameKeys(
        {},
        first.filter((key) => folded(key) !== ""),
      );
      const after = nameKeys(
        before,
        second.filter((key) => folded(key) !== ""),
      );
      for (const [name, key] of Object.entries(before)) assert.is(after[name], key);
    }),
  );
});

test.run();
