import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { scanJson } from "../../../src/domain/ocpp/scan-json.ts";

const scan = (text: string, depth = 32) => scanJson(Buffer.from(text), depth);

test("any value that JSON.stringify wrote has no duplicate key", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
      assert.is(scan(JSON.stringify(value, null, indent)), undefined);
    }),
  );
});

test("a key that stands twice in one object is found wherever it is", () => {
  const key = fc.string({ minLength: 1, unit: "binary" });
  fc.assert(
    fc.property(key, fc.jsonValue(), fc.array(key, { maxLength: 5 }), (twice, value, others) => {
      const name = JSON.stringify(twice);
      const between = [...new Set(others)]
        .filter((k) => k !== twice)
        .map((k) => `${JSON.stringify(k)}:${JSON.stringify(value)}`);
      const object = `{${[`${name}:1`, ...between, `${name} : 2`].join(",")}}`;
      assert.is(scan(`[2,"id","A",{"a":[1,${object}]}]`), "duplicate-key");
    }),
  );
});

test("a key written with an escape equals the same key written without, in either order", () => {
  assert.is(scan('{"idTag":1,"\\u0069dTag":2}'), "duplicate-key");
  assert.is(scan('{"\\u0069dTag":1,"idTag":2}'), "duplicate-key");
  assert.is(scan('{"\\u0069dTag":1,"jdTag":"\\u0069dTag"}'), undefined);
});

test("the same key in sibling and nested objects is no duplicate", () => {
  assert.is(scan('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'), undefined);
  assert.is(scan('{"a":{"x":1},"b":{"x":1},"x":1}'), undefined);
});

test("depth is counted over objects and arrays together, and strings do not count", () => {
  const nested = (n: number) => `${'[{"a":'.repeat(n)}1${"}]".repeat(n)}`;
  assert.is(scan(nested(16), 32), undefined);
  assert.is(scan(nested(17), 32), "too-deep");
  assert.is(scan(`["${"[".repeat(100)}"]`, 32), undefined);
  assert.is(scan("[".repeat(100_000), 64), "too-deep");
});

test("an object with thousands of keys is refused instead of searched", () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 1]));
  assert.is(scan(JSON.stringify(many)), "too-many-keys");
});

test("keys written with escapes cost no more than their length, however many there are", () => {
  const object = `{${Array.from({ length: 60 }, (_, i) => `"\\u0061${i}":1`).join(",")}}`;
  const frame = `[2,"id","A",{"a":[${new Array(160).fill(object).join(",")}]}]`;
  assert.ok(frame.length > 100_000);
  const startedAt = performance.now();
  assert.is(scan(frame), undefined);
  // Comparing every pair by decoding both took seconds.
  assert.ok(performance.now() - startedAt < 500, `${performance.now() - startedAt} ms`);
  const many = `{${Array.from({ length: 65 }, (_, i) => `"\\u0061${i}":1`).join(",")}}`;
  assert.is(scan(many), "too-many-keys");
});

test.run();
