/**
 * The leaves of the official message schemas, and payloads made leaf by leaf: each knows its path, so that a test can say what
 * stands there and nowhere else.
 *
 * Paths look like `/meterValue/[]/sampledValue/[]/value`; `[]` stands for the elements of an array.
 */
import { type JsonSchema, type MessageSchema, resolveRef } from "../support/schemas.ts";

export type LeafKind = "text" | "enum" | "time" | "number" | "boolean";

export interface Leaf {
  readonly path: string;
  readonly kind: LeafKind;
  readonly words: readonly string[];
}

/** What stands at a leaf. `element`: 0, or 1 in the second element of an array. */
export type Filler = (leaf: Leaf, element: number) => unknown;

export interface FillOptions {
  readonly value: Filler;
  /** Elements of each array. */
  readonly elements?: 1 | 2;
  /** Only what the schema requires, and what leads to this leaf. Undefined: every field there is. */
  readonly onlyTo?: string;
  /** Fields that no schema knows, put into every object: vendors do. */
  readonly strangers?: () => object;
}

/** No schema is as deep. */
const MAX_DEPTH = 20;

/** Every leaf of a message, in the schema's order. A leaf without a type (`DataTransfer.data`) is text. */
export function leavesOf({ schema }: MessageSchema): readonly Leaf[] {
  const found: Leaf[] = [];
  collect(schema, schema, "", found);
  return found;
}

function collect(node: JsonSchema, root: JsonSchema, path: string, found: Leaf[]): void {
  const schema = resolveRef(node, root);
  if (path.split("/").length > MAX_DEPTH) throw new Error(`${path} is too deep`);
  if (schema.type === "array") collect(schema.items ?? {}, root, `${path}/[]`, found);
  else if (schema.type === "object") {
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      collect(inner, root, `${path}/${name}`, found);
    }
  } else found.push(leafAt(schema, path));
}

const leafAt = (schema: JsonSchema, path: string): Leaf => ({ path, kind: kindOf(schema), words: schema.enum ?? [] });

function kindOf({ type, enum: words, format }: JsonSchema): LeafKind {
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  if (words !== undefined) return "enum";
  return format === "date-time" ? "time" : "text";
}

/** A payload of the message. */
export function fillMessage({ schema }: MessageSchema, options: FillOptions): object {
  return fill(schema, { root: schema, options, path: "", element: 0 }) as object;
}

interface Walk {
  readonly root: JsonSchema;
  readonly options: FillOptions;
  readonly path: string;
  readonly element: number;
}

function fill(node: JsonSchema, walk: Walk): unknown {
  const schema = resolveRef(node, walk.root);
  const { path, options } = walk;
  if (schema.type === "object") return fillObject(schema, walk);
  if (schema.type !== "array") return options.value(leafAt(schema, path), walk.element);
  return Array.from({ length: options.elements ?? 1 }, (_, element) =>
    fill(schema.items ?? {}, { ...walk, path: `${path}/[]`, element: Math.max(element, walk.element) }),
  );
}

function fillObject(schema: JsonSchema, walk: Walk): object {
  const { options, path } = walk;
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => isWanted(`${path}/${name}`, schema.required?.includes(name) === true, options.onlyTo))
    .map(([name, inner]) => [name, fill(inner, { ...walk, path: `${path}/${name}` })] as const);
  return { ...options.strangers?.(), ...Object.fromEntries(fields) };
}

function isWanted(path: string, isRequired: boolean, onlyTo: string | undefined): boolean {
  return onlyTo === undefined || isRequired || onlyTo === path || onlyTo.startsWith(`${path}/`);
}
