/** JSON texts as no serialiser writes them: blanks anywhere, escapes that need not be, numbers of every spelling. */
import fc from "fast-check";

/** Random text that parses to an object, at most a few levels deep, no key twice in one object. */
export function oddObject(): fc.Arbitrary<string> {
  const { object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
    value: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, scalar, tie("object"), tie("array")),
    object: fc
      .uniqueArray(fc.tuple(key, tie("value"), blank, blank), { maxLength: 4, selector: ([name]) => JSON.parse(name) })
      .map((fields) => `{${fields.map(([name, value, a, b]) => `${a}${name}${b}:${a}${value}${b}`).join(",")}}`),
    array: fc
      .array(fc.tuple(tie("value"), blank), { maxLength: 3 })
      .map((items) => `[${items.map(([value, gap]) => gap + value + gap).join(",")}]`),
  }));
  return object;
}

/** Blanks as JSON allows them between tokens. */
export const blank: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  fc.constantFrom(" ", "\t", "\n", "\r\n  "),
);

const character = fc.oneof(
  fc.constantFrom("a", "Z", "0", " ", ":", ",", "[", "]", "{", "}", "é", "日", "😀", "\u2028", "\u007f"),
  fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\n", "\\u0000", "\\u00e9", "\\uD83D\\uDE00", "\\ud800", "\\u005F"),
);

const text = fc.array(character, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);
const key = fc.oneof(text, fc.constantFrom('"__proto__"', '"constructor"', '"id"', '"vendorId"', '"0"', '""'));

const scalar = fc.oneof(
  text,
  fc.constantFrom("1.0", "1", "-0", "1e2", "1E+2", "0.10", "12345678901234567890", "1e-400", "true", "false", "null"),
);

/** A message id as it stands in a frame, quotes included. */
export const oddId = (n: number): fc.Arbitrary<string> => text.map((quoted) => `${quoted.slice(0, -1)}#${n}"`);
