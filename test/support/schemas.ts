/** The message schemas of the `ocpp-rpc` package, the ones our validators are compiled from, as typed data. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { MessageKind } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";

/** The part of JSON Schema that the OCPP schemas use. Every other keyword in them says nothing about validity. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly definitions?: { readonly [name: string]: JsonSchema };
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

export interface MessageSchema {
  readonly version: OcppVersion;
  readonly action: string;
  readonly kind: MessageKind;
  readonly schema: JsonSchema;
}

const require = createRequire(import.meta.url);

const FILES: Readonly<Record<OcppVersion, string>> = {
  "ocpp1.6": "ocpp1_6.json",
  "ocpp2.0.1": "ocpp2_0_1.json",
  "ocpp2.1": "ocpp2_1.json",
};

const KINDS: Readonly<Record<string, MessageKind>> = {
  ".req": "request",
  Request: "request",
  ".conf": "response",
  Response: "response",
};

function toMessage(version: OcppVersion, schema: JsonSchema): MessageSchema {
  const [, action = "", suffix] = /^urn:(.*?)(\.req|\.conf|Request|Response)?$/.exec(schema.$id ?? "") ?? [];
  return { version, action, kind: KINDS[suffix ?? ""] ?? "send", schema };
}

const cache = new Map<OcppVersion, readonly MessageSchema[]>();

/** Every message of `version`, requests, responses and SENDs, in the package's order. */
export function messageSchemas(version: OcppVersion): readonly MessageSchema[] {
  const known = cache.get(version);
  if (known !== undefined) return known;
  const text = readFileSync(require.resolve(`ocpp-rpc/lib/schemas/${FILES[version]}`), "utf8");
  const messages = (JSON.parse(text) as JsonSchema[]).map((schema) => toMessage(version, schema));
  cache.set(version, messages);
  return messages;
}

/** The schema of one message. Throws when there is none: tests name actions that exist. */
export function messageSchema(version: OcppVersion, action: string, kind: MessageKind = "request"): JsonSchema {
  const found = messageSchemas(version).find((message) => message.action === action && message.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} schema for ${action} in ${version}`);
  return found.schema;
}

/** Follows `$ref` to the definition it names in `root`. */
export function resolveRef(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const target = root.definitions?.[schema.$ref.replace("#/definitions/", "")];
  if (target === undefined) throw new Error(`dangling reference ${schema.$ref}`);
  return resolveRef(target, root);
}
