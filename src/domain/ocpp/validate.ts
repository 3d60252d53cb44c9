/**
 * Schema validation with validators compiled ahead of time (`scripts/build-validators.mjs`): start-up does not pay for
 * ajv's compilation, and a version nobody speaks is never loaded.
 */
import { GatewayError } from "../error.ts";
import { type RpcErrorKind, violationKind } from "./error-codes.ts";
import type { Payload } from "./frame.ts";
import { failure } from "./validator-runtime.ts";
import type { OcppVersion } from "./version.ts";

export interface Violation {
  /** What kind of CALLERROR it deserves (translation of ajv's keyword, one table in error-codes.ts). */
  readonly kind: RpcErrorKind;
  /**
   * JSON Pointer into the payload. Names fields, never values: every name in it stands in the schema. For `required` it is
   * the missing field, for `additionalProperties` the object that has one too many.
   */
  readonly pointer: string;
  /** ajv keyword that failed: `required`, `enum`, `maxLength`, … */
  readonly keyword: string;
}

export type MessageKind = "request" | "response" | "send";

export interface Validators {
  /**
   * First violation of the official schema, or undefined when the payload is good or the action has no schema
   * (vendor actions pass). Never throws.
   */
  validate(action: string, kind: MessageKind, payload: Payload): Violation | undefined;
}

/** Returns whether the payload is good; if not, `failure` of validator-runtime.ts says why. */
type CompiledValidator = (payload: Payload) => boolean;

/** What a generated module exports: for each kind of message, validators by action. */
type CompiledModule = { readonly [kind in MessageKind]: { readonly [action: string]: CompiledValidator } };

const MODULES: Readonly<Record<OcppVersion, string>> = {
  "ocpp1.6": "./generated/ocpp16.js",
  "ocpp2.0.1": "./generated/ocpp201.js",
  "ocpp2.1": "./generated/ocpp21.js",
};

const loaded = new Map<OcppVersion, Promise<Validators>>();

/**
 * Loads the compiled validators of one version; the second call for the same version costs nothing. Rejects with
 * `ERR_NOT_PROVIDED` where they have not been built.
 */
export function loadValidators(version: OcppVersion): Promise<Validators> {
  const known = loaded.get(version);
  if (known !== undefined) return known;
  const validators = importCompiled(version).then((module) => createValidators(version, module));
  loaded.set(version, validators);
  return validators;
}

/** The path is computed, so that a fresh checkout passes the type check before anything was generated. */
async function importCompiled(version: OcppVersion): Promise<CompiledModule> {
  try {
    return (await import(new URL(MODULES[version], import.meta.url).href)) as CompiledModule;
  } catch (cause) {
    throw new GatewayError("ERR_NOT_PROVIDED", `no validators for ${version}: run "npm run build"`, {}, { cause });
  }
}

function createValidators(version: OcppVersion, { request, response, send }: CompiledModule): Validators {
  const requests = new Map(Object.entries(request));
  const responses = new Map(Object.entries(response));
  const sends = new Map(Object.entries(send));
  return {
    validate(action, kind, payload) {
      const isGood = (kind === "request" ? requests : kind === "response" ? responses : sends).get(action);
      if (isGood === undefined || isGood(payload)) return undefined;
      const { pointer, keyword } = failure;
      return { kind: violationKind(version, keyword, pointer), pointer, keyword };
    },
  };
}
