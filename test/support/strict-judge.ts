/**
 * The judge of what the translation emits: ajv as it comes over message schemas from another source than those our validators are
 * compiled from (schema-sources.ts). There is no second source of 2.1, so its messages are judged by the interpreter.
 */
import { createRequire } from "node:module";
import type { Ajv as AjvClass } from "ajv";
import type { FormatsPlugin } from "ajv-formats";
import { rpcErrorKind } from "../../src/domain/ocpp/error-codes.ts";
import type { MessageKind } from "../../src/domain/ocpp/validate.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { findViolations } from "./schema-interpreter.ts";
import { schemaSources, sourceSchema } from "./schema-sources.ts";
import { type JsonSchema, messageSchemas } from "./schemas.ts";

const require = createRequire(import.meta.url);
const { Ajv } = require("ajv") as { readonly Ajv: typeof AjvClass };
const addFormats = require("ajv-formats") as FormatsPlugin;

/** Whether `schema` allows a payload, by ajv as it comes. */
export function ajvVerdict(schema: JsonSchema): (payload: unknown) => boolean {
  const ajv = new Ajv({ strict: false, validateSchema: false, multipleOfPrecision: 6 });
  addFormats(ajv);
  // Draft 4's `id`, and meta-schemas that ajv does not bring along, say nothing about validity.
  return ajv.compile({ ...schema, $schema: undefined, $id: undefined, id: undefined });
}

/** The packages, whatever else is at hand: the same judge everywhere. */
const SOURCES = schemaSources().filter(({ name }) => name !== "official");

const verdicts = new Map<string, (payload: unknown) => boolean>();

function verdictOf(version: OcppVersion, action: string, kind: MessageKind): (payload: unknown) => boolean {
  const key = `${version} ${action} ${kind}`;
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const verdict = newVerdict(version, action, kind);
  verdicts.set(key, verdict);
  return verdict;
}

function newVerdict(version: OcppVersion, action: string, kind: MessageKind): (payload: unknown) => boolean {
  const message = messageSchemas(version).find((one) => one.action === action && one.kind === kind);
  // An action that the version does not have.
  if (message === undefined) return () => false;
  const [ajv] = SOURCES.flatMap((source) => {
    const schema = sourceSchema(source, message);
    return schema === undefined ? [] : [ajvVerdict(schema)];
  });
  return ajv ?? ((payload) => findViolations(message.schema, payload).length === 0);
}

export interface Emitted {
  readonly version: OcppVersion;
  readonly action: string;
  readonly kind: MessageKind;
  readonly payload: unknown;
}

/** Throws when a message that was emitted is not one its version allows. */
export function judge({ version, action, kind, payload }: Emitted): void {
  if (verdictOf(version, action, kind)(payload)) return;
  throw new Error(`no good ${kind} of ${version}: ${action} ${JSON.stringify(payload)}`);
}

/** Throws when the code of a CALLERROR is none of those that OCPP-J knows. */
export function judgeError(action: string, code: unknown): void {
  if (typeof code !== "string" || rpcErrorKind(code) === undefined) throw new Error(`${action}: ${code} is no code`);
}
