/**
 * Random good messages from a JSON schema, for properties, fuzzing, canaries and the simulator:
 *
 *     fc.property(goodMessage(messageSchema("ocpp1.6", "MeterValues")), (payload) => …)
 *
 * Every value survives JSON unchanged. `schema-faults.ts` makes bad messages of good ones.
 */
import fc from "fast-check";
import { type JsonSchema, resolveRef } from "./schemas.ts";

export type JsonObject = { readonly [field: string]: unknown };

/** A string field, as the `string` option sees it. */
export interface StringField {
  /** Names from the payload down, without array indices: `meterValue.sampledValue.value`. */
  readonly path: string;
  readonly maxLength: number | undefined;
}

export interface MessageOptions {
  /**
   * Which optional fields there are: `some` (default; fewer the deeper), `all`, or `none`. `all` is what a test wants that
   * must see every field at least once.
   */
  readonly fields?: "some" | "all" | "none";
  /** Items of an array beyond `minItems`, at most. Default 2. */
  readonly extraItems?: number;
  /** Own arbitrary for free strings (no enum, no format); undefined: the default one for that field. */
  readonly string?: (field: StringField) => fc.Arbitrary<string> | undefined;
  /** Whether objects that may have fields of their own (`customData`) get some. Default true. */
  readonly extraFields?: boolean;
}

interface Place {
  readonly root: JsonSchema;
  readonly options: MessageOptions;
  readonly path: string;
  readonly depth: number;
}

/** Payloads that `schema` accepts. */
export function goodMessage(schema: JsonSchema, options: MessageOptions = {}): fc.Arbitrary<JsonObject> {
  return anyValue(schema, { root: schema, options, path: "", depth: 0 }) as fc.Arbitrary<JsonObject>;
}

/** RFC 3339 timestamps of every shape: lower case, offsets, long fractions, leap days. */
export function dateTimes(): fc.Arbitrary<string> {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = fc.date({
    min: new Date("1970-01-01T00:00:00Z"),
    max: new Date("2099-12-31T00:00:00Z"),
    noInvalidDate: true,
  });
  const time = fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)).map((parts) => parts.map(two).join(":"));
  const fraction = fc.oneof(
    { weight: 2, arbitrary: fc.constant("") },
    { weight: 2, arbitrary: fc.nat(999).map((n) => `.${String(n).padStart(3, "0")}`) },
    { weight: 1, arbitrary: fc.stringMatching(/^\.\d{1,9}$/) },
  );
  const offset = fc
    .tuple(fc.constantFrom("+", "-"), fc.nat(23), fc.nat(59))
    .map(([sign, hour, minute]) => `${sign}${two(hour)}:${two(minute)}`);
  const zone = fc.oneof({ weight: 4, arbitrary: fc.constant("Z") }, fc.constant("z"), offset);
  const usual = fc
    .tuple(day, fc.constantFrom("T", "T", "T", "t"), time, fraction, zone)
    .map(([date, t, ...rest]) => date.toISOString().slice(0, 10) + t + rest.join(""));
  return fc.oneof(
    { weight: 20, arbitrary: usual },
    fc.constantFrom(
      "2024-02-29T23:59:59Z",
      "2000-02-29T00:00:00.000Z",
      "2016-12-31T23:59:60Z",
      "2017-01-01T00:59:60+01:00",
    ),
  );
}

const uris = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      "ftp://user:secret@files.example/logs/",
      "http://[2001:db8::1]:8080/a?b=c#d",
      "urn:x:y",
      "https://h",
    ),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
  );

function anyValue(schema: JsonSchema, place: Place): fc.Arbitrary<unknown> {
  const { type, ...rest } = resolveRef(schema, place.root);
  switch (type) {
    case "object":
      return objectOf(rest, place);
    case "array":
      return arrayOf(rest, place);
    case "string":
      return stringOf(rest, place);
    case "integer":
      return fc.oneof(boundedInteger(rest, 1000), boundedInteger(rest, 2 ** 31 - 1));
    case "number":
      return numberOf(rest);
    case "boolean":
      return fc.boolean();
    default:
      return json();
  }
}

/** Any JSON value; −0 is left out, since JSON has none. */
const json = (): fc.Arbitrary<unknown> =>
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));

const ABSENT = Symbol("absent");

function objectOf(schema: JsonSchema, place: Place): fc.Arbitrary<JsonObject> {
  const fields = Object.entries(schema.properties ?? {});
  const values = fields.map(([name, inner]) => {
    const path = place.path === "" ? name : `${place.path}.${name}`;
    const lazy = () => anyValue(inner, { ...place, path, depth: place.depth + 1 });
    return schema.required?.includes(name) ? lazy() : optional(lazy, place);
  });
  const open = schema.additionalProperties !== false && place.options.extraFields !== false;
  return fc.tuple(open ? extraFields(schema) : fc.constant({}), ...values).map(([extra, ...present]) => {
    const entries = fields.map(([name], i): [string, unknown] => [name, present[i]]);
    return { ...extra, ...Object.fromEntries(entries.filter(([, value]) => value !== ABSENT)) };
  });
}

function optional(lazy: () => fc.Arbitrary<unknown>, { options, depth }: Place): fc.Arbitrary<unknown> {
  if (options.fields === "all") return lazy();
  if (options.fields === "none") return fc.constant(ABSENT);
  return fc.oneof({ weight: depth < 2 ? 1 : 3, arbitrary: fc.constant(ABSENT) }, { weight: 1, arbitrary: lazy() });
}

function extraFields(schema: JsonSchema): fc.Arbitrary<JsonObject> {
  const isFree = (name: string) => name !== "__proto__" && schema.properties?.[name] === undefined;
  const name = fc.string({ maxLength: 8 }).filter(isFree);
  return fc.dictionary(name, json(), { maxKeys: 2, noNullPrototype: true });
}

function arrayOf({ items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY }: JsonSchema, place: Place) {
  const extra = place.depth > 4 ? 0 : (place.options.extraItems ?? 2);
  // An empty array would hide the fields of its items from a test that wants to see all of them.
  const minLength = Math.max(minItems, place.options.fields === "all" ? 1 : 0);
  return fc.array(anyValue(items, place), { minLength, maxLength: Math.min(minLength + extra, maxItems) });
}

function stringOf({ enum: values, format, maxLength }: JsonSchema, { options, path }: Place): fc.Arbitrary<string> {
  if (values !== undefined) return fc.constantFrom(...values);
  if (format === "date-time") return dateTimes();
  if (format === "uri") return uris();
  return options.string?.({ path, maxLength }) ?? freeString(maxLength);
}

/** Short text mostly; now and then as long as it may be, in characters that take two UTF-16 units as well. */
function freeString(maxLength: number | undefined): fc.Arbitrary<string> {
  const short = fc.string({ maxLength: Math.min(maxLength ?? 24, 24) });
  if (maxLength === undefined) return short;
  return fc.oneof(
    { weight: 8, arbitrary: short },
    { weight: 1, arbitrary: fc.constant("x".repeat(maxLength)) },
    { weight: 1, arbitrary: fc.constant("🔌".repeat(maxLength)) },
  );
}

const boundedInteger = ({ minimum, maximum }: JsonSchema, size: number): fc.Arbitrary<number> =>
  fc.integer({
    min: Math.ceil(minimum ?? -size),
    max: Math.floor(Math.min(maximum ?? size, Math.max(size, minimum ?? 0))),
  });

function numberOf(schema: JsonSchema): fc.Arbitrary<number> {
  if (schema.multipleOf !== undefined) {
    const decimals = Math.round(-Math.log10(schema.multipleOf));
    return boundedInteger({}, 999_999).map((n) => Number((n * (schema.multipleOf ?? 1)).toFixed(decimals)));
  }
  const { minimum = -1e9, maximum = 1e9 } = schema;
  const real = fc.double({ min: minimum, max: maximum, noNaN: true }).map((n) => (n === 0 ? 0 : n));
  return fc.oneof(boundedInteger(schema, 1000), real);
}
