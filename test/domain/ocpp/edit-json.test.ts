import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeFrame } from "../../../src/domain/ocpp/decode-frame.ts";
import { editElements, type JsonPath, replaceAt, setMember, textAt } from "../../../src/domain/ocpp/edit-json.ts";
import { blank, oddObject } from "../../support/odd-json.ts";

/** A frame as no serialiser writes it. */
const frameText = fc
  .tuple(oddObject(), blank, blank, blank)
  .map(([payload, a, b, c]) => `${a}[${b}2${c},${a}"1\\u0037"${b},"Meter\\u0056alues" ${c},${a}${payload}${b}]${c}`);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Paths to every value, the root's included. */
function pathsOf(value: Json, path: JsonPath = []): JsonPath[] {
  if (value === null || typeof value !== "object") return [path];
  const below = Array.isArray(value)
    ? value.flatMap((item, i) => pathsOf(item, [...path, i]))
    : Object.keys(value).flatMap((key) => pathsOf(value[key] as Json, [...path, key]));
  return [path, ...below];
}

const at = (value: Json, path: JsonPath): Json =>
  path.reduce<Json>((inner, step) => (inner as { [key: string | number]: Json })[step] as Json, value);

/** What the edit means, on values: `JSON.parse` makes `__proto__` a key like any other, and so does this. */
function withValue(root: Json, path: JsonPath, value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) return root.map((item, i) => (i === step ? withValue(item, rest, value) : item));
  const entries = Object.entries(root as { [key: string]: Json });
  return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? withValue(item, rest, value) : item]));
}

const frameAndPath = frameText.chain((text) => {
  const paths = pathsOf(JSON.parse(text) as Json);
  return fc.tuple(fc.constant(text), fc.constantFrom(...paths));
});

/** JSON texts of the kind the gateway writes, and some of the kind it does not. */
const newJson = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  fc.constantFrom("42", "-1.50e+1", '"\\u0061"', "{ }", "[ ]", "true"),
);

test("the frames of these tests are frames", () => {
  fc.assert(
    fc.property(frameText, (text) => {
      assert.ok(decodeFrame(text, Buffer.from(text), "ocpp1.6", 32).ok, text);
    }),
  );
});

test("after an edit the frame means what it meant, but for the value at the path", () => {
  fc.assert(
    fc.property(frameAndPath, newJson, ([text, path], json) => {
      const edited = replaceAt(text, path, json);
      const expected = withValue(JSON.parse(text), path, JSON.parse(json));
      assert.is(JSON.stringify(JSON.parse(edited ?? "")), JSON.stringify(expected));
    }),
    { numRuns: 500 },
  );
});

test("everything before and behind the value is the same text", () => {
  fc.assert(
    fc.property(frameAndPath, newJson, ([text, path], json) => {
      const old = textAt(text, path) ?? "";
      const edited = replaceAt(text, path, json) ?? "";
      assert.is(edited.length, text.length - old.length + json.length);
      // Where the value stands, found by a second edit: a marker that occurs nowhere else.
      const start = (replaceAt(text, path, "\u0001") ?? "").indexOf("\u0001");
      assert.is(text.slice(0, start), edited.slice(0, start));
      assert.is(text.slice(start + old.length), edited.slice(start + json.length));
      assert.is(text.slice(start, start + old.length), old);
      assert.is(edited.slice(start, start + json.length), json);
    }),
    { numRuns: 500 },
  );
});

test("the text of a value is what the peer wrote, without the blanks around it", () => {
  fc.assert(
    fc.property(frameAndPath, ([text, path]) => {
      const raw = textAt(text, path) ?? "";
      assert.is(raw, raw.trim());
      assert.ok(text.includes(raw));
      assert.is(JSON.stringify(JSON.parse(raw)), JSON.stringify(at(JSON.parse(text), path)));
    }),
    { numRuns: 500 },
  );
});

test("putting a value back where it was changes nothing", () => {
  fc.assert(
    fc.property(frameAndPath, newJson, ([text, path], json) => {
      const there = replaceAt(text, path, json) ?? "";
      assert.is(replaceAt(there, path, textAt(text, path) ?? ""), text);
    }),
  );
});

test("a member is set: its value is replaced, or it comes first and the rest of the text stays", () => {
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("offline", "id", "__proto__", "\\", '"', "a\\"));
  fc.assert(
    fc.property(frameText, key, newJson, (text, name, json) => {
      const payload = (JSON.parse(text) as Json[])[3] as { [key: string]: Json };
      const set = setMember(text, [3], name, json) ?? "";
      const after = (JSON.parse(set) as Json[])[3] as { [key: string]: Json };
      if (Object.hasOwn(payload, name)) {
        assert.is(set, replaceAt(text, [3, name], json));
      } else {
        const inserted = Object.entries({ ...Object.fromEntries([[name, JSON.parse(json)]]) });
        const expected = new Map([...inserted, ...Object.entries(payload)].map(([k, v]) => [k, JSON.stringify(v)]));
        assert.equal(new Map(Object.entries(after).map(([k, v]) => [k, JSON.stringify(v)])), expected);
        const member = `${JSON.stringify(name)}:${json}`;
        const head = text.slice(0, set.indexOf(member));
        const comma = Object.keys(payload).length === 0 ? "" : ",";
        assert.is(set, `${head}${member}${comma}${text.slice(head.length)}`);
      }
    }),
    { numRuns: 500 },
  );
});

test("elements of an array are edited one by one, and what is between them stays", () => {
  const isArray = ([text, path]: [string, JsonPath]) => Array.isArray(at(JSON.parse(text), path));
  fc.assert(
    fc.property(frameAndPath.filter(isArray), newJson, ([text, path], json) => {
      const elements = at(JSON.parse(text), path) as Json[];
      const seen: Json[] = [];
      const same = editElements(text, path, (element, index) => {
        assert.is(index, seen.length);
        seen.push(JSON.parse(element));
        return element;
      });
      assert.is(same, text);
      assert.equal(JSON.stringify(seen), JSON.stringify(elements));
      const one = editElements(text, path, (element, index) => (index === 1 ? json : element));
      assert.is(one, replaceAt(text, [...path, 1], json) ?? text);
    }),
    { numRuns: 500 },
  );
  for (const path of [[0], [3], [3, "s"], [4]] as JsonPath[]) {
    assert.is(
      editElements('[2,"1","A",{"s":"[1]"}]', path, () => "0"),
      undefined,
    );
  }
});

test("a key written with escapes is found, and stays as it was written", () => {
  const text = '[2,"7","MeterValues",{"transactionI\\u0064" : 1.0 ,"\\u0074ransactionId2":2}]';
  assert.is(replaceAt(text, [3, "transactionId"], "42"), text.replace("1.0", "42"));
  assert.is(setMember(text, [3], "transactionId", "42"), text.replace("1.0", "42"));
  assert.is(textAt(text, [3, "transactionId2"]), "2");
});

test("a key that contains a backslash is not taken for an escape", () => {
  // The text of the first key is a newline's escape; the second is a backslash and an n.
  const text = '[{"\\n":1,"\\\\n":2,"a\\"":3}]';
  assert.is(textAt(text, [0, "\\n"]), "2");
  assert.is(textAt(text, [0, "\n"]), "1");
  assert.is(textAt(text, [0, 'a"']), "3");
  assert.is(textAt(text, [0, "a\\"]), undefined);
});

test("an object's first member is inserted with a comma where others follow, without one where none does", () => {
  assert.is(
    setMember('[2,"1","T",{"eventType":"Ended"}]', [3], "offline", "true"),
    '[2,"1","T",{"offline":true,"eventType":"Ended"}]',
  );
  assert.is(setMember('[3,"1",{}]', [2], "offline", "true"), '[3,"1",{"offline":true}]');
  assert.is(setMember('[3,"1",{ }]', [2], "offline", "true"), '[3,"1",{"offline":true }]');
  assert.is(setMember('[3,"1",{\n"a":1}]', [2], "offline", "true"), '[3,"1",{"offline":true,\n"a":1}]');
});

test("a place that does not exist is undefined", () => {
  const text = '[2,"1","A",{"a":{"b":[1,[]]},"s":"[{\\"a\\":1}]","n":null}]';
  const nowhere: JsonPath[] = [
    [4],
    [-1],
    [0.5],
    [Number.NaN],
    ["0"],
    [3, 0],
    [3, "b"],
    [3, "a", "b", 2],
    [3, "a", "b", 1, 0],
  ];
  for (const path of [...nowhere, [3, "s", "a"], [3, "n", "a"], [0, 0], [3, ""]]) {
    assert.is(textAt(text, path), undefined, JSON.stringify(path));
    assert.is(replaceAt(text, path, "1"), undefined, JSON.stringify(path));
  }
  for (const path of [[1], [3, "a", "b"], [3, "n"], [3, "s"], []] as JsonPath[]) {
    assert.is(setMember(text, path, "k", "1"), undefined, JSON.stringify(path));
  }
});

test("signed meter values and number spellings around an edit stay byte for byte", () => {
  const signed =
    '{"transactionId":-5,"meterValue":[{"value":"OCMF|{\\"FV\\":\\"1.0\\"}|{\\"SD\\":\\"30\\\\/\\"}"}],"x":1.0e+2}';
  const text = ` [2 , "id\\u002d1" ,"MeterValues", ${signed} ] `;
  assert.is(replaceAt(text, [3, "transactionId"], "881"), text.replace("-5", "881"));
});

test("text that is no JSON gets an answer, not an exception or an endless loop", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[]{}":,\\ 1a') }), (text) => {
      for (const path of [[], [0], [0, "a"], ["a"], [1, 1]] as JsonPath[]) {
        textAt(text, path);
        replaceAt(text, path, "1");
        setMember(text, path, "a", "1");
        editElements(text, path, () => "1");
      }
    }),
    { numRuns: 1000 },
  );
});

test("an edit costs no more than the length of the text, whatever it holds", () => {
  const cases = [
    `[2,"1","A",{"a":"${'\\"'.repeat(500_000)}","t":1}]`,
    `[2,"1","A",{"a":"${"\\\\".repeat(500_000)}","t":1}]`,
    `[2,"1","A",{"a":${"[".repeat(200_000)}${"]".repeat(200_000)},"t":1}]`,
    `[2,"1","A",{${Array.from({ length: 60_000 }, (_, i) => `"k${i}xxxxxxx":${i}`).join(",")},"t":1}]`,
  ];
  for (const text of cases) {
    const startedAt = performance.now();
    assert.is(replaceAt(text, [3, "t"], "22")?.length, text.length + 1);
    assert.ok(performance.now() - startedAt < 500, `${performance.now() - startedAt} ms`);
  }
});

test.run();
