/**
 * What is wrong with a configuration, in words for the person who wrote it. No message ever quotes a value: it could be
 * a password in the wrong place.
 */
import type { TokenFaultCode } from "../domain/pki/token-fault.ts";
import { type Place, places, type SchemaError } from "./generated/config-validator.js";
import { nearest } from "./nearest.ts";

export interface ConfigIssue {
  readonly severity: "error" | "warning";
  /** JSON Pointer into the document; for an unknown key, to that key. */
  readonly pointer: string;
  readonly message: string;
  /** `key`: the name itself is what is wrong, not its value. */
  readonly at: "key" | "value";
  readonly code: "ERR_CONFIG_INVALID" | "ERR_CONFIG_UNREADABLE" | "ERR_SECRET_UNREADABLE" | TokenFaultCode;
}

/** Collects issues while a document is turned into a configuration. */
export class IssueList {
  readonly issues: ConfigIssue[] = [];

  error(pointer: string, message: string, code: ConfigIssue["code"] = "ERR_CONFIG_INVALID"): void {
    this.issues.push({ severity: "error", pointer, message, at: "value", code });
  }

  warn(pointer: string, message: string): void {
    this.issues.push({ severity: "warning", pointer, message, at: "value", code: "ERR_CONFIG_INVALID" });
  }

  add(issues: readonly ConfigIssue[]): void {
    this.issues.push(...issues);
  }

  get failed(): boolean {
    return this.issues.some(({ severity }) => severity === "error");
  }
}

/**
 * Turns ajv's errors into issues; the branches of `if` are reported by what they found, not by name.
 *
 * @param pointer where `document` stands in the whole one
 */
export function schemaIssues(errors: readonly SchemaError[], document: unknown, pointer = ""): ConfigIssue[] {
  return errors.filter(({ keyword }) => keyword !== "if").map((error) => schemaIssue(error, document, pointer));
}

function schemaIssue(error: SchemaError, document: unknown, above: string): ConfigIssue {
  const { keyword } = error;
  const instancePath = above + error.instancePath;
  const place = places[instancePath.replace(/\/\d+(?=\/|$)/g, "/*")] ?? {};
  const issue = { severity: "error", code: "ERR_CONFIG_INVALID" } as const;
  if (keyword === "additionalProperties" && place.secret !== true) {
    const name = String(error.params["additionalProperty"]);
    const pointer = `${instancePath}/${escapePointer(name)}`;
    return { ...issue, pointer, at: "key", message: unknownKey(name, place) };
  }
  return { ...issue, pointer: instancePath, at: "value", message: complaint(error, place, document) };
}

function unknownKey(name: string, { keys = [] }: Place): string {
  const guess = nearest(name, keys);
  return guess === undefined ? `unknown key; known are ${keys.join(", ")}` : `unknown key; did you mean "${guess}"?`;
}

function complaint({ keyword, params, message, instancePath }: SchemaError, place: Place, document: unknown): string {
  switch (keyword) {
    case "required":
      return `needs "${String(params["missingProperty"])}"`;
    case "type":
      return typeComplaint(params["type"], at(document, instancePath), place);
    case "enum":
      return `must be one of ${listed(params["allowedValues"])}`;
    case "const":
      return params["allowedValue"] === false
        ? "must be false or a mapping"
        : `must be ${String(params["allowedValue"])}`;
    case "pattern":
      return place.hint ?? "has a form that is not allowed";
    case "additionalProperties":
    case "minProperties":
    case "maxProperties":
      return `must be a text or exactly one of ${(place.keys ?? []).map((key) => `{${key}: …}`).join(", ")}`;
    default:
      return message ?? "is not valid";
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function typeComplaint(type: unknown, value: unknown, place: Place): string {
  const wanted = (Array.isArray(type) ? type : [type]).map((name) => TYPE_NAMES[String(name)] ?? String(name));
  const hint = wanted.includes("a text") && typeof value === "number" ? " (put it in quotes)" : "";
  const empty = value === null ? "is empty; " : "";
  const shape = place.secret === true ? " with where it comes from" : "";
  return `${empty}must be ${wanted.join(" or ")}${wanted.includes("a mapping") ? shape : ""}${hint}`;
}

const listed = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(", ") : String(values));

/** The value at a JSON Pointer, or undefined. */
function at(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointerSteps(pointer)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** `/a~1b/0` → `["a/b", "0"]` (RFC 6901). */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const escapePointer = (name: string): string => name.replaceAll("~", "~0").replaceAll("/", "~1");
