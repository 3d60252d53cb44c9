/**
 * Bad messages: good ones with exactly one fault, and the knowledge which one it is.
 *
 *     fc.property(badMessage(schema), ({ payload, fault }) => …)   // fault: { keyword: "enum", pointer: "/status" }
 */
import fc from "fast-check";
import { goodMessage, type JsonObject, type MessageOptions } from "./schema-arbitrary.ts";
import { type JsonSchema, resolveRef } from "./schemas.ts";

export interface Fault {
  /** The JSON Schema keyword that the payload violates; it violates no other. */
  readonly keyword: string;
  /** Where: for `required` the missing field, for `additionalProperties` the object with one too many. */
  readonly pointer: string;
}

export interface BadMessage {
  readonly payload: JsonObject;
  readonly fault: Fault;
}

/** One way to spoil a payload: `values` are what may stand at `path`; undefined takes the field away. */
interface Spoiler extends Fault {
  readonly path: Path;
  readonly values: readonly unknown[];
}

const toPointer = (path: Path): string => path.map((step) => `/${step}`).join("");

/** Payloads that `schema` rejects, each for one reason. */
export function badMessage(schema: JsonSchema, options: MessageOptions = {}): fc.Arbitrary<BadMessage> {
  return fc.tuple(goodMessage(schema, options), fc.nat(), fc.nat()).map(([payload, which, how]) => {
    const spoilers = spoilersOf(schema, payload);
    const spoiler = spoilers[which % spoilers.length];
    if (spoiler === undefined) throw new Error("this schema accepts every object");
    return spoil(payload, spoiler, how);
  });
}

/** Every fault that one change can put into `payload`, one message each. */
export function everyFault(schema: JsonSchema, payload: JsonObject): readonly BadMessage[] {
  return spoilersOf(schema, payload).flatMap((spoiler) => spoiler.values.map((_, how) => spoil(payload, spoiler, how)));
}

function spoil(payload: JsonObject, { path, values, keyword, pointer }: Spoiler, how: number): BadMessage {
  const spoilt = withValue(payload, path, values[how % values.length]) as JsonObject;
  return { payload: spoilt, fault: { keyword, pointer } };
}

/** `value` with `inner` at `path`, undefined for nothing. Copies what lies on the path and shares the rest. */
function withValue(value: unknown, [step, ...rest]: Path, inner: unknown): unknown {
  if (step === undefined) return inner;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? withValue(item, rest, inner) : item));
  const { [step]: field, ...others } = value as JsonObject;
  const changed = withValue(field, rest, inner);
  return changed === undefined ? others : { ...others, [step]: changed };
}

type Path = readonly (string | number)[];

function spoilersOf(root: JsonSchema, payload: JsonObject): readonly Spoiler[] {
  const visit = (unresolved: JsonSchema, value: unknown, path: Path): Spoiler[] => {
    const schema = resolveRef(unresolved, root);
    return [...ownSpoilers(schema, value, path), ...innerValues(schema, value, path).flatMap((args) => visit(...args))];
  };
  return visit(root, payload, []);
}

/** What can be wrong with `value` itself. */
function ownSpoilers(schema: JsonSchema, value: unknown, path: Path): Spoiler[] {
  const fromObject = isObject(value) ? objectSpoilers(schema, value, path) : [];
  // The payload itself is always an object: framing sees to that.
  if (path.length === 0) return fromObject;
  const replacements: [string, readonly unknown[]][] = [
    ["type", wrongTypes(schema)],
    ...(Array.isArray(value) ? arraySpoilers(schema, value) : scalarSpoilers(schema, value)),
  ];
  const pointer = toPointer(path);
  return [
    ...replacements
      .filter(([, values]) => values.length > 0)
      .map(([keyword, values]): Spoiler => ({ keyword, pointer, path, values })),
    ...fromObject,
  ];
}

/** The values inside `value` that have a schema. */
function innerValues(schema: JsonSchema, value: unknown, path: Path): [JsonSchema, unknown, Path][] {
  if (Array.isArray(value)) return value.map((item, i) => [schema.items ?? {}, item, [...path, i]]);
  if (!isObject(value)) return [];
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => Object.hasOwn(value, name))
    .map(([name, inner]) => [inner, value[name], [...path, name]]);
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function objectSpoilers(schema: JsonSchema, value: object, path: Path): Spoiler[] {
  const missing = (schema.required ?? []).map((name): Spoiler => {
    const field = [...path, name];
    return { keyword: "required", pointer: toPointer(field), path: field, values: [undefined] };
  });
  if (schema.additionalProperties !== false) return missing;
  const pointer = toPointer(path);
  const surplus = ["extra", "Status", "toString", "constructor", "hasOwnProperty", "", "customdata"]
    .filter((name) => !Object.hasOwn(schema.properties ?? {}, name) && !Object.hasOwn(value, name))
    .map(
      (name): Spoiler => ({ keyword: "additionalProperties", pointer, path: [...path, name], values: [1, null, {}] }),
    );
  return [...missing, ...surplus.slice(0, 3)];
}

const WRONG_TYPES: Readonly<Record<NonNullable<JsonSchema["type"]>, readonly unknown[]>> = {
  object: [[], "{}", 7, null, true],
  array: [{}, "[]", 7, null, { length: 1 }],
  string: [7, 0, null, true, ["a"], {}],
  integer: [1.5, "1", null, false, [], 1e-9],
  number: ["1.0", "", null, true, [1], {}],
  boolean: ["true", 0, 1, null, []],
};

const wrongTypes = ({ type }: JsonSchema): readonly unknown[] => (type === undefined ? [] : WRONG_TYPES[type]);

function arraySpoilers(
  { minItems = 0, maxItems }: JsonSchema,
  value: readonly unknown[],
): [string, readonly unknown[]][] {
  const [first] = value;
  const tooMany = maxItems === undefined || first === undefined ? [] : [Array(maxItems + 1).fill(first)];
  return [
    ["minItems", minItems > 0 ? [[]] : []],
    ["maxItems", tooMany],
  ];
}

/** Strings that look like timestamps and are none. */
export const BAD_DATE_TIMES: readonly string[] = [
  "",
  "now",
  "2026-05-01",
  "2026-05-01T10:00:00",
  "2026-05-01T10:00Z",
  "2026-13-01T10:00:00Z",
  "2026-00-10T10:00:00Z",
  "2026-04-31T10:00:00Z",
  "2026-02-29T10:00:00Z",
  "1900-02-29T10:00:00Z",
  "2026-05-00T10:00:00Z",
  "2026-05-01T24:00:00Z",
  "2026-05-01T10:60:00Z",
  "2026-05-01T10:00:61Z",
  "2026-05-01T10:00:60Z",
  "2026-05-01T10:00:00.Z",
  "2026-05-01T10:00:00+24:00",
  "2026-05-01T10:00:00+01:60",
  "2026-05-01T10:00:00Zulu",
  "2026-05-01T10:00:00Z ",
  " 2026-05-01T10:00:00Z",
  "2026-5-1T10:00:00Z",
  "2026/05/01T10:00:00Z",
  "20260501T100000Z",
  "2026-05-01T10.00.00Z",
  "１２３４-05-01T10:00:00Z",
  "+02026-05-01T10:00:00Z",
];

const BAD_URIS = [
  "",
  "not a uri",
  "/relative/path",
  "//host/path",
  "http://host/with space",
  "http://host/%zz",
  "1x://h",
];

function stringSpoilers({ enum: values, maxLength, format }: JsonSchema): [string, readonly unknown[]][] {
  if (values !== undefined) return [["enum", [`${values[0]}X`, "", "toString", `${values[0]?.toLowerCase()} `]]];
  if (format === "date-time") return [["format", BAD_DATE_TIMES]];
  if (format === "uri") return [["format", BAD_URIS]];
  return maxLength === undefined ? [] : [["maxLength", ["x".repeat(maxLength + 1), "🔌".repeat(maxLength + 1)]]];
}

function numberSpoilers(
  { type, minimum, maximum, multipleOf }: JsonSchema,
  value: number,
): [string, readonly unknown[]][] {
  const step = type === "integer" ? 1 : 0.001;
  return [
    ["minimum", minimum === undefined ? [] : [minimum - step, minimum - 1e6]],
    ["maximum", maximum === undefined ? [] : [maximum + step, maximum + 1e6]],
    ["multipleOf", multipleOf === undefined ? [] : [value + multipleOf / 2, value + multipleOf / 100]],
  ];
}

function scalarSpoilers(schema: JsonSchema, value: unknown): [string, readonly unknown[]][] {
  if (schema.type === "string") return stringSpoilers(schema);
  return typeof value === "number" ? numberSpoilers(schema, value) : [];
}
