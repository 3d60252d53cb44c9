/** One good message of a schema with every field in it, its fields by name, and what else each field could have said. */
import { type JsonSchema, resolveRef } from "../../support/schemas.ts";

type Json = { [name: string]: unknown };

/** A field that holds a value, not fields of its own. */
export interface Leaf {
  /** Dotted, without array indices: `meterValue.sampledValue.value`. */
  readonly path: string;
  readonly schema: JsonSchema;
}

/** `customData` belongs to vendors; it has rows of its own (observe.ts). */
const fieldsOf = (schema: JsonSchema): readonly (readonly [string, JsonSchema])[] =>
  Object.entries(schema.properties ?? {}).filter(([name]) => name !== "customData");

export function leavesOf(schema: JsonSchema, root = schema, path = ""): readonly Leaf[] {
  const own = resolveRef(schema, root);
  if (own.type === "array") return leavesOf(own.items ?? {}, root, path);
  if (own.properties !== undefined)
    return fieldsOf(own).flatMap(([name, inner]) => leavesOf(inner, root, path === "" ? name : `${path}.${name}`));
  return path === "" ? [] : [{ path, schema: own }];
}

/** Values by path; a path below another one wins. `undefined`: the field is left out. */
export type Values = { readonly [path: string]: unknown };

export function exampleOf(schema: JsonSchema, values: Values = {}): Json {
  return exampleAt(schema, { root: schema, values, path: "" }) as Json;
}

interface Place {
  readonly root: JsonSchema;
  readonly values: Values;
  readonly path: string;
}

function exampleAt(schema: JsonSchema, place: Place): unknown {
  const { root, values, path } = place;
  if (path in values) return structuredClone(values[path]);
  const own = resolveRef(schema, root);
  switch (own.type) {
    case "object": {
      const fields = fieldsOf(own).map(([name, inner]): [string, unknown] => [
        name,
        exampleAt(inner, { ...place, path: path === "" ? name : `${path}.${name}` }),
      ]);
      return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    }
    case "array":
      return [exampleAt(own.items ?? {}, place)];
    case "integer":
    case "number":
      return Math.max(1, own.minimum ?? 1);
    case "boolean":
      return true;
    default:
      return textOf(own);
  }
}

function textOf({ enum: values, format }: JsonSchema): string {
  if (values !== undefined) return values[0] ?? "";
  if (format === "date-time") return "2026-01-01T10:00:00Z";
  return format === "uri" ? "https://files.example/a" : "text";
}

/** Other values that the field may have. Not all of them are good in every message. */
export function othersOf({ schema }: Leaf, value: unknown): readonly unknown[] {
  const { enum: values, format, type } = schema;
  if (values !== undefined) return values.filter((one) => one !== value);
  if (typeof value === "boolean") return [!value];
  if (typeof value === "number") return type === "integer" ? [value + 1, 0] : [value + 3, value + 0.5];
  if (typeof value !== "string") return [];
  // The name of something that the story has made.
  if (value.startsWith("$")) return [type === "integer" ? 17 : "unknown"];
  if (format === "date-time")
    return [-60, 1].map((minutes) => new Date(Date.parse(value) + minutes * 60_000).toISOString());
  return Number.isFinite(Number(value)) && value !== "" ? [String(Number(value) + 1)] : [`${value}2`];
}

/** Whether the path is there, in the first element of each array that has it. */
export function valueAt(payload: unknown, path: string): unknown {
  return find(payload, path.split("."))?.value;
}

/** A copy with another value at the path; undefined: without it. */
export function withValue(payload: Json, path: string, value: unknown): Json {
  const copy = structuredClone(payload);
  const found = find(copy, path.split("."));
  if (found === undefined) return copy;
  const { holder, name } = found;
  if (value === undefined) delete holder[name];
  else holder[name] = Array.isArray(holder[name]) ? [value] : value;
  return copy;
}

function find(at: unknown, names: readonly string[]): { holder: Json; name: string; value: unknown } | undefined {
  if (Array.isArray(at)) {
    for (const item of at) {
      const found = find(item, names);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [name, ...rest] = names;
  if (typeof at !== "object" || at === null || name === undefined || !(name in at)) return undefined;
  const holder = at as Json;
  if (rest.length > 0) return find(holder[name], rest);
  const value = holder[name];
  return { holder, name, value: Array.isArray(value) ? value[0] : value };
}
