/**
 * A second opinion: checks a value against a JSON schema by walking the schema, sharing no code and no idea with the
 * compiled validators. Slow, and only as large as the OCPP schemas need.
 */
import { type JsonSchema, resolveRef } from "./schemas.ts";

export interface Finding {
  readonly keyword: string;
  readonly pointer: string;
}

/** Everything in `value` that `schema` does not allow. */
export function findViolations(schema: JsonSchema, value: unknown, root = schema, pointer = ""): readonly Finding[] {
  const own = resolveRef(schema, root);
  if (own.type !== undefined && !hasType(own.type, value)) return [{ keyword: "type", pointer }];
  const found = brokenKeywords(own, value).map((keyword): Finding => ({ keyword, pointer }));
  if (Array.isArray(value)) {
    const { items = {} } = own;
    return [...found, ...value.flatMap((item, i) => findViolations(items, item, root, `${pointer}/${i}`))];
  }
  return isRecord(value) ? [...found, ...fieldViolations(own, value, root, pointer)] : found;
}

type Check<T> = (value: T, schema: JsonSchema) => boolean;

/** True when the keyword, where the schema has it, allows the value. */
const STRING_CHECKS: Readonly<Record<string, Check<string>>> = {
  enum: (text, schema) => schema.enum?.includes(text) ?? true,
  maxLength: (text, { maxLength }) => maxLength === undefined || [...text].length <= maxLength,
  format: (text, { format }) => format === undefined || hasFormat(format, text),
};
const NUMBER_CHECKS: Readonly<Record<string, Check<number>>> = {
  minimum: (n, { minimum }) => minimum === undefined || n >= minimum,
  maximum: (n, { maximum }) => maximum === undefined || n <= maximum,
  multipleOf: (n, { multipleOf }) => multipleOf === undefined || isMultiple(n, multipleOf),
};
const ARRAY_CHECKS: Readonly<Record<string, Check<readonly unknown[]>>> = {
  minItems: (items, { minItems }) => items.length >= (minItems ?? 0),
  maxItems: (items, { maxItems }) => items.length <= (maxItems ?? items.length),
};

function brokenKeywords(schema: JsonSchema, value: unknown): string[] {
  const broken = <T>(checks: Readonly<Record<string, Check<T>>>, checked: T) =>
    Object.keys(checks).filter((keyword) => checks[keyword]?.(checked, schema) === false);
  if (typeof value === "string") return broken(STRING_CHECKS, value);
  if (typeof value === "number") return broken(NUMBER_CHECKS, value);
  return Array.isArray(value) ? broken(ARRAY_CHECKS, value) : [];
}

function fieldViolations(
  own: JsonSchema,
  value: Record<string, unknown>,
  root: JsonSchema,
  pointer: string,
): Finding[] {
  const known = new Map(Object.entries(own.properties ?? {}));
  const missing = (own.required ?? [])
    .filter((name) => !Object.hasOwn(value, name))
    .map((name): Finding => ({ keyword: "required", pointer: `${pointer}/${name}` }));
  const surplus = Object.keys(value).some((name) => !known.has(name)) && own.additionalProperties === false;
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const schema = known.get(name);
    return schema === undefined ? [] : findViolations(schema, field, root, `${pointer}/${name}`);
  });
  return [...missing, ...(surplus ? [{ keyword: "additionalProperties", pointer }] : []), ...inner];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function hasType(type: NonNullable<JsonSchema["type"]>, value: unknown): boolean {
  if (type === "object") return isRecord(value);
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

/** In decimals, as a person would see it: 8.1 is a multiple of 0.1, whatever the binary fractions say. */
const isMultiple = (value: number, of: number): boolean => {
  const decimals = (/\.(\d+)$/.exec(String(of))?.[1] ?? "").length;
  return Number(value.toFixed(decimals)).toPrecision(12) === value.toPrecision(12);
};

const hasFormat = (format: string, text: string): boolean =>
  format === "date-time" ? isRfc3339(text) : /^[a-z][a-z0-9+.-]*:([!#$&-;=?-[\]_a-z~]|%[0-9a-f]{2})*$/i.test(text);

const RFC_3339 =
  /^(\d{4}-\d\d-\d\d)t([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Lets `Date` decide whether the day exists, and what UTC minute a leap second falls on. */
function isRfc3339(text: string): boolean {
  const [, day, hour, minute, second, zone] = RFC_3339.exec(text) ?? [];
  if (day === undefined || zone === undefined) return false;
  const noon = new Date(`${day}T12:00:00Z`);
  if (Number.isNaN(noon.getTime()) || noon.toISOString().slice(0, 10) !== day) return false;
  if (second !== "60") return true;
  const utc = new Date(`${day}T${hour}:${minute}:00${zone.toUpperCase()}`);
  return utc.getUTCHours() === 23 && utc.getUTCMinutes() === 59;
}
