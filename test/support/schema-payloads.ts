/**
 * Payloads made from the official schemas: every field present, every text leaf of the caller's choosing. The schemas are
 * the data of the npm package `ocpp-rpc`.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";

interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly items?: Schema;
  readonly definitions?: { readonly [name: string]: Schema };
}

/** Chooses leaves. `path` ends with the field's name. */
export interface Leaves {
  text(path: string, enumeration: readonly string[] | undefined): string;
  number(path: string, isInteger: boolean): number;
  boolean(): boolean;
  /** Elements of an array. */
  count(): number;
}

export interface RequestSchema {
  readonly action: string;
  /** A payload with every field of the schema. */
  fill(leaves: Leaves): object;
}

const FILES: { readonly [V in OcppVersion]: string } = {
  "ocpp1.6": "ocpp1_6.json",
  "ocpp2.0.1": "ocpp2_0_1.json",
  "ocpp2.1": "ocpp2_1.json",
};

/** Every request (and SEND) schema of `version`. */
export function requestSchemas(version: OcppVersion): readonly RequestSchema[] {
  const home = dirname(createRequire(import.meta.url).resolve("ocpp-rpc"));
  const schemas: readonly Schema[] = JSON.parse(readFileSync(join(home, "lib", "schemas", FILES[version]), "utf8"));
  return schemas.flatMap((schema) => {
    const name = schema.$id?.replace("urn:", "") ?? "";
    if (/(\.conf|Response)$/.test(name)) return [];
    const action = name.replace(/(\.req|Request)$/, "");
    return [{ action, fill: (leaves: Leaves) => fill(schema, { root: schema, leaves, path: "", depth: 0 }) as object }];
  });
}

interface Walk {
  readonly root: Schema;
  readonly leaves: Leaves;
  readonly path: string;
  readonly depth: number;
}

/** Schemas refer to themselves nowhere deeper than this. */
const MAX_DEPTH = 12;

function fill(schema: Schema, walk: Walk): unknown {
  if (schema.$ref !== undefined) return fill(resolve(schema.$ref, walk.root), walk);
  const { leaves, path } = walk;
  switch (schema.type) {
    case "object":
      return fillObject(schema, walk);
    case "array":
      return Array.from({ length: walk.depth > MAX_DEPTH ? 0 : leaves.count() }, () => fill(schema.items ?? {}, walk));
    case "integer":
    case "number":
      return leaves.number(path, schema.type === "integer");
    case "boolean":
      return leaves.boolean();
    default:
      return leaves.text(path, schema.enum);
  }
}

function fillObject({ properties = {} }: Schema, walk: Walk): object {
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    fill(schema, { ...walk, path: `${walk.path}/${name}`, depth: walk.depth + 1 }),
  ]);
  return Object.fromEntries(fields);
}

function resolve(ref: string, root: Schema): Schema {
  const found = root.definitions?.[ref.replace("#/definitions/", "")];
  if (found === undefined) throw new Error(`no ${ref}`);
  return found;
}
