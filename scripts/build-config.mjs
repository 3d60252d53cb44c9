/**
 * Compiles `schemas/config.schema.json` and `schemas/quirks.schema.json` ahead of time into `src/config/generated/`, so that reading a configuration does
 * not load ajv's compiler (about 60 ms). Run by scripts/build.mjs; does nothing when its inputs have not changed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const schemaFile = join(root, "schemas", "config.schema.json");
const quirksFile = join(root, "schemas", "quirks.schema.json");
const target = join(root, "src", "config", "generated");
/** What only editors and the documentation read; dropped before compiling. */
const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "examples",
  "x-secret",
  "x-reload",
  "x-unit",
  "x-since",
  "x-hint",
]);

/** Writes the validator unless it is up to date. @returns {Promise<boolean>} whether anything was written */
export async function buildConfig() {
  const text = readFileSync(schemaFile, "utf8");
  const quirksText = readFileSync(quirksFile, "utf8");
  const stamp = createHash("sha256")
    .update(text)
    .update(quirksText)
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest("hex");
  const marker = `// inputs: ${stamp}\n`;
  const output = join(target, "config-validator.js");
  if (existsSync(output) && readFileSync(output, "utf8").startsWith(marker)) return false;

  const schema = JSON.parse(text);
  const quirks = JSON.parse(quirksText);
  const code = await compile(schema, quirks);
  mkdirSync(target, { recursive: true });
  const tables = `export const places = ${JSON.stringify(placesOf(schema, quirks))};\n`;
  writeFileSync(output, `${marker}${code}\n${tables}`);
  writeFileSync(join(target, "config-validator.d.ts"), DECLARATIONS);
  return true;
}

async function compile(schema, { $schema: _, ...quirks }) {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const { default: standalone } = await import("ajv/dist/standalone/index.js");
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    // Lengths in UTF-16 units: spares the generated code a run-time helper.
    unicode: false,
    logger: false,
    code: { source: true, esm: true },
  });
  const generate = standalone.default ?? standalone;
  ajv.addSchema(withoutAnnotations(schema), "config").addSchema(withoutAnnotations(quirks));
  const code = generate(ajv, {
    validate: "config",
    validateQuirk: `${quirks.$id}#/definitions/quirk`,
    validateTolerances: `${quirks.$id}#/definitions/tolerances`,
  });
  if (/\brequire\(/.test(code)) throw new Error("the compiled schema needs a run-time helper; change the schema");
  return code;
}

/** Drops annotations, but not properties that happen to be called like one. */
function withoutAnnotations(node, isNameTable = false) {
  if (Array.isArray(node)) return node.map((item) => withoutAnnotations(item));
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([key]) => isNameTable || !ANNOTATIONS.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      withoutAnnotations(value, !isNameTable && ["properties", "$defs", "definitions"].includes(key)),
    ]),
  );
}

/**
 * What the messages need to know about each place of a document: the property names it may have, whether it holds a
 * secret, and what to say instead of quoting a pattern. Keys are JSON Pointers with `*` for list positions. Quirks have a
 * schema of their own, which stands wherever a station may be told how to translate.
 */
function placesOf(schema, quirks) {
  const places = {};
  const note = (path, node) => {
    const place = { ...places[path] };
    if (node.properties) place.keys = Object.keys(node.properties);
    if (node["x-secret"]) place.secret = true;
    if (node["x-hint"]) place.hint = node["x-hint"];
    places[path] = place;
  };
  const visit = (node, path) => {
    if (node === null || typeof node !== "object") return;
    if (node.$ref) visit(referred(node.$ref), path);
    note(path, node);
    if (node.properties?.tolerances && node.properties.quirks && !node.properties.vendor) {
      visit(quirks.definitions.quirk, `${path}/quirks/*`);
      visit(quirks.definitions.tolerances, `${path}/tolerances`);
      return visitOwn(node, path, new Set(["quirks", "tolerances"]));
    }
    visitOwn(node, path, new Set());
  };
  const referred = (ref) => {
    const name = ref.split("/").at(-1);
    return ref.startsWith("#/$defs/") ? schema.$defs[name] : quirks.definitions[name];
  };
  const visitOwn = (node, path, left) => {
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      if (!left.has(name)) visit(property, `${path}/${name}`);
    }
    for (const branch of node.if ? [node.then, node.else] : []) visit(branch ?? null, path);
    visit(node.items ?? null, `${path}/*`);
  };
  visit(schema, "");
  return Object.fromEntries(Object.entries(places).filter(([, place]) => Object.keys(place).length > 0));
}

const DECLARATIONS = `export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}
export interface Validate {
  (document: unknown): boolean;
  errors?: SchemaError[] | null;
}
export declare const validate: Validate;
/** One row of \`schemas/quirks.schema.json\`, and its tolerances alone. */
export declare const validateQuirk: Validate;
export declare const validateTolerances: Validate;
export interface Place {
  readonly keys?: readonly string[];
  readonly secret?: boolean;
  readonly hint?: string;
}
export declare const places: Readonly<Record<string, Place>>;
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConfig();
