/**
 * Compiles the OCPP message schemas into validators ahead of time, one ES module per protocol version:
 *
 *     node_modules/ocpp-rpc/lib/schemas/*.json ─▶ normalise, share ─▶ ajv standalone code ─▶ compact
 *       ─▶ src/domain/ocpp/generated/ocpp{16,201,21}.js
 *
 * Of `ocpp-rpc` only the schema files are used. Nothing is written when the inputs are those of the last run; the same
 * inputs always give the same bytes. `node scripts/build-validators.mjs` runs it, `buildValidators()` is for scripts.
 *
 * @see docs/DECISIONS.md; OCPP 1.6 JSON schemas (2019-12), security extension edition 3, OCPP 2.0.1, OCPP 2.1
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const SCRIPT = fileURLToPath(import.meta.url);
const OUT_DIR = fileURLToPath(new URL("../src/domain/ocpp/generated/", import.meta.url));
const STAMP = `${OUT_DIR}stamp`;

/** Schema file of `ocpp-rpc` and generated module, by version. */
const VERSIONS = [
  { schemas: "ocpp1_6.json", module: "ocpp16.js" },
  { schemas: "ocpp2_0_1.json", module: "ocpp201.js" },
  { schemas: "ocpp2_1.json", module: "ocpp21.js" },
];

/** The two ways `ocpp-rpc` names its schemas, `urn:Authorize.req` and `urn:AuthorizeRequest`, and 2.1's one SEND. */
const KIND_BY_SUFFIX = { ".req": "request", Request: "request", ".conf": "response", Response: "response" };

function messageOf($id) {
  const [, action, suffix] = /^urn:(\w+?)(\.req|\.conf|Request|Response)?$/.exec($id) ?? [];
  if (action === undefined) throw new Error(`schema id not understood: ${$id}`);
  return { action, kind: suffix === undefined ? "send" : KIND_BY_SUFFIX[suffix] };
}

/** Keywords that say nothing about validity. */
const SILENT = new Set(["$schema", "$id", "definitions", "description", "title", "comment", "javaType", "default"]);
/** Keywords that normalise() copies; any other one stops the build rather than be ignored. */
const COPIED = new Set([
  "type",
  "enum",
  "required",
  "additionalProperties",
  "maxLength",
  "minimum",
  "maximum",
  "multipleOf",
  "format",
  "minItems",
  "maxItems",
]);

/** True for keywords that the dialect puts where they have no effect: closed strings, tuples without a tuple. */
function isIdle(keyword, schema) {
  if (keyword === "additionalProperties") return schema.type !== undefined && schema.type !== "object";
  return keyword === "additionalItems" && !Array.isArray(schema.items);
}

const mapValues = (object, fn) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, fn(value)]));

/** Copies a schema without what does not matter; `inner` copies the schemas inside it. */
function copySchema(schema, inner) {
  const copy = {};
  for (const keyword of Object.keys(schema).sort()) {
    if (SILENT.has(keyword) || isIdle(keyword, schema)) continue;
    if (keyword === "properties") copy.properties = mapValues(schema.properties, inner);
    else if (keyword === "items") copy.items = inner(schema.items);
    else if (COPIED.has(keyword)) copy[keyword] = schema[keyword];
    else throw new Error(`schema keyword not supported: ${keyword}`);
  }
  return copy;
}

/**
 * Copies a schema file without its `definitions`: every object type that a `$ref` names is put into `shared` once,
 * however many of the files repeat it, and becomes a function of its own; other types are copied to where they are used,
 * since an enum costs less than a call.
 *
 * @param shared by the type's text, the name it is known to ajv by and its schema; grows
 */
function normalise(file, shared) {
  const resolve = (schema) => {
    if (schema.$ref === undefined) return copySchema(schema, resolve);
    const target = resolve(file.definitions[schema.$ref.slice("#/definitions/".length)]);
    if (target.type !== "object") return target;
    const text = JSON.stringify(target);
    if (!shared.has(text)) shared.set(text, { key: `shared${shared.size}`, schema: target });
    return { $ref: shared.get(text).key };
  };
  return resolve(file);
}

/** An ajv whose code stands alone: formats and string length come from validator-runtime.ts. */
function createAjv() {
  const { Ajv } = require("ajv");
  const { Name, _, or, not } = require("ajv/dist/compile/codegen");
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    messages: false,
    multipleOfPrecision: 6,
    code: { source: true, esm: true, lines: true, optimize: 2, formats: _`formats` },
  });
  ajv.addFormat("date-time", () => true);
  ajv.addFormat("uri", () => true);

  // ajv counts the characters of every string; a string of at most n UTF-16 units cannot have more than n characters.
  ajv.removeKeyword("maxLength");
  ajv.addKeyword({
    keyword: "maxLength",
    type: "string",
    schemaType: "number",
    code: (cxt) =>
      cxt.fail(_`${cxt.data}.length > ${cxt.schema} && ${new Name("unicodeLength")}(${cxt.data}) > ${cxt.schema}`),
  });

  // ajv looks up more than eight names in the schema, which would have to be in the module for that.
  ajv.removeKeyword("additionalProperties");
  ajv.addKeyword({
    keyword: "additionalProperties",
    type: "object",
    schemaType: "boolean",
    before: "properties",
    code: (cxt) => {
      if (cxt.schema) return;
      const known = Object.keys(cxt.parentSchema.properties ?? {});
      cxt.gen.forIn("key", cxt.data, (key) => {
        if (known.length === 0) cxt.error();
        else cxt.gen.if(not(or(...known.map((name) => _`${key} === ${name}`))), () => cxt.error());
      });
    },
  });
  return ajv;
}

/**
 * Shortens ajv's code, which passes a path into every call, builds an error object at every check, and keeps a list of
 * errors that never has more than one. Here a failure is noted where it happens and its path is put together on the way
 * out, so that a good message costs no string and no object.
 */
const REWRITES = [
  [/^const schema\d+ = .*;\n/gm, ""],
  [
    /^validate\d+\.errors = \[\{instancePath(?::instancePath\+(.*))?,schemaPath:"[^"]*",keyword:"required",params:\{missingProperty: (\w+)\}\}\];\nreturn false;/gm,
    (_, path, missing) => `return fail(${path === undefined ? "" : `${path}+`}"/"+${missing},"required");`,
  ],
  [
    /^validate\d+\.errors = \[\{instancePath(?::instancePath\+(.*))?,schemaPath:"[^"]*",keyword:"(\w+)",params:\{.*\}\}\];\nreturn false;/gm,
    (_, path, keyword) => `return fail(${path ?? '""'},"${keyword}");`,
  ],
  [
    /if\(!\((validate\d+)\((.*), \{instancePath:instancePath\+(.*),parentData:.*,rootData\}\)\)\)\{\nvErrors = vErrors === null \? \1\.errors : vErrors\.concat\(\1\.errors\);\nerrors = vErrors\.length;\n\}/g,
    "if(!$1($2)){return failWithin($3);}",
  ],
  [/\(data, \{instancePath="", parentData, parentDataProperty, rootData=data\}=\{\}\)/g, "(data)"],
  [/^let vErrors = null;\n/gm, ""],
  [/^validate\d+\.errors = vErrors;\nreturn errors === 0;/gm, "return true;"],
];

/** What REWRITES has to have removed; code that still has one of these is not the code it was written for. */
const FOREIGN =
  /instancePath|schemaPath|parentData|vErrors|params:|\.errors\b|\brequire\b|\bschema\d+\b|errors ?(\+\+|=[^=])/;

function compact(code) {
  let text = code.replace(/^"use strict";\n?/, "");
  for (const [pattern, replacement] of REWRITES) text = text.replace(pattern, replacement);
  const residue = FOREIGN.exec(text.replaceAll("let errors = 0;", ""));
  if (residue !== null) throw new Error(`ajv's code has changed, near: ${text.substr(residue.index - 80, 200)}`);
  return text;
}

const table = (entries) => `{__proto__:null,${entries.map(([action, name]) => `\n${action}:${name}`).join(",")}}`;

/** The module text for the schemas of one version. Pure: the same schemas give the same text. */
export function compileModule(schemas) {
  const shared = new Map();
  const messages = schemas.map((schema) => ({
    ...messageOf(schema.$id),
    text: JSON.stringify(normalise(schema, shared)),
  }));
  const ajv = createAjv();
  for (const { key, schema } of shared.values()) ajv.addSchema(schema, key);

  // Messages with equal schemas (there are many empty responses) have one validator.
  const names = new Map();
  for (const { text } of messages) {
    if (names.has(text)) continue;
    names.set(text, `message${names.size}`);
    ajv.addSchema(JSON.parse(text), names.get(text));
  }
  const standaloneCode = require("ajv/dist/standalone").default;
  const code = compact(standaloneCode(ajv, Object.fromEntries([...names.values()].map((name) => [name, name]))));
  const tables = ["request", "response", "send"].map((kind) => {
    const ofKind = messages.filter((message) => message.kind === kind);
    return `export const ${kind} = ${table(ofKind.map(({ action, text }) => [action, names.get(text)]))};\n`;
  });
  return [
    "// Generated by scripts/build-validators.mjs from the official OCPP JSON schemas. Do not edit.\n",
    'import { fail, failWithin, formats, unicodeLength } from "../validator-runtime.js";\n',
    code.replace(/^export const (message\d+)/gm, "const $1"),
    "\n",
    ...tables,
  ].join("");
}

const schemaFile = (name) => require.resolve(`ocpp-rpc/lib/schemas/${name}`);

function inputsDigest() {
  const hash = createHash("sha256").update(require("ajv/package.json").version).update(readFileSync(SCRIPT));
  for (const { schemas } of VERSIONS) hash.update(readFileSync(schemaFile(schemas)));
  return hash.digest("hex");
}

const isCurrent = (digest) =>
  existsSync(STAMP) &&
  readFileSync(STAMP, "utf8") === digest &&
  VERSIONS.every(({ module }) => existsSync(OUT_DIR + module));

/** Writes `text` so that a reader sees the old file or the new one, never half of it. */
function writeWhole(path, text) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}

/** Brings the generated validators up to date. Returns whether there was anything to do. */
export function buildValidators() {
  const digest = inputsDigest();
  if (isCurrent(digest)) return false;
  mkdirSync(OUT_DIR, { recursive: true });
  for (const { schemas, module } of VERSIONS) {
    writeWhole(OUT_DIR + module, compileModule(JSON.parse(readFileSync(schemaFile(schemas), "utf8"))));
  }
  writeWhole(STAMP, digest);
  return true;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) buildValidators();
