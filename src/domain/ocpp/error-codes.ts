/**
 * CALLERROR codes: one internal kind per meaning, one spelling per version.
 *
 * OCPP 1.6 spells two of them its own way (`FormationViolation`, `OccurenceConstraintViolation`); the typo is official.
 * Peers are understood in either spelling.
 *
 * @see OCPP-J 1.6 §4.2.3; OCPP 2.0.1 Part 4 §4.3; OCPP 2.1 Part 4 §4.3
 */
import type { OcppVersion } from "./version.ts";

export type RpcErrorKind =
  | "NotImplemented"
  | "NotSupported"
  | "InternalError"
  | "ProtocolError"
  | "SecurityError"
  | "FormatViolation"
  | "PropertyConstraintViolation"
  | "OccurrenceConstraintViolation"
  | "TypeConstraintViolation"
  | "GenericError"
  | "RpcFrameworkError"
  | "MessageTypeNotSupported";

type CodeByKind = Readonly<Record<RpcErrorKind, string>>;

/** OCPP 2.0.1 and 2.1 spell every kind as it is named here. */
const CODES_2: CodeByKind = {
  NotImplemented: "NotImplemented",
  NotSupported: "NotSupported",
  InternalError: "InternalError",
  ProtocolError: "ProtocolError",
  SecurityError: "SecurityError",
  FormatViolation: "FormatViolation",
  PropertyConstraintViolation: "PropertyConstraintViolation",
  OccurrenceConstraintViolation: "OccurrenceConstraintViolation",
  TypeConstraintViolation: "TypeConstraintViolation",
  GenericError: "GenericError",
  RpcFrameworkError: "RpcFrameworkError",
  MessageTypeNotSupported: "MessageTypeNotSupported",
};

const CODES: Readonly<Record<OcppVersion, CodeByKind>> = {
  "ocpp1.6": {
    ...CODES_2,
    FormatViolation: "FormationViolation",
    OccurrenceConstraintViolation: "OccurenceConstraintViolation",
    // 1.6 has no code for these two.
    RpcFrameworkError: "GenericError",
    MessageTypeNotSupported: "GenericError",
  },
  "ocpp2.0.1": CODES_2,
  "ocpp2.1": CODES_2,
};

/** Every kind once; a kind's place does not change within a process. */
export const RPC_ERROR_KINDS = Object.freeze(Object.keys(CODES_2) as RpcErrorKind[]);

const KIND_BY_CODE: ReadonlyMap<string, RpcErrorKind> = new Map<string, RpcErrorKind>([
  ...RPC_ERROR_KINDS.map((kind): [string, RpcErrorKind] => [kind, kind]),
  ["FormationViolation", "FormatViolation"],
  ["OccurenceConstraintViolation", "OccurrenceConstraintViolation"],
]);

/**
 * The spelling of `kind` that `version` defines. Where 1.6 has no such code (`RpcFrameworkError`,
 * `MessageTypeNotSupported`), its `GenericError`.
 */
export function rpcErrorCode(kind: RpcErrorKind, version: OcppVersion): string {
  return CODES[version][kind];
}

/** What a peer's `code` means, in the spelling of any version; undefined for a code that no version defines. */
export function rpcErrorKind(code: string): RpcErrorKind | undefined {
  return KIND_BY_CODE.get(code);
}

/** Every code that `version` defines, each once. */
export function rpcErrorCodes(version: OcppVersion): readonly string[] {
  return [...new Set(Object.values(CODES[version]))];
}

const KIND_BY_KEYWORD: ReadonlyMap<string, RpcErrorKind> = new Map([
  ["required", "OccurrenceConstraintViolation"],
  ["minItems", "OccurrenceConstraintViolation"],
  ["maxItems", "OccurrenceConstraintViolation"],
  ["additionalItems", "OccurrenceConstraintViolation"],
  ["type", "TypeConstraintViolation"],
  ["enum", "PropertyConstraintViolation"],
  ["maxLength", "PropertyConstraintViolation"],
  ["minLength", "PropertyConstraintViolation"],
  ["minimum", "PropertyConstraintViolation"],
  ["maximum", "PropertyConstraintViolation"],
  ["multipleOf", "PropertyConstraintViolation"],
  ["format", "PropertyConstraintViolation"],
  ["pattern", "PropertyConstraintViolation"],
  ["additionalProperties", "FormatViolation"],
]);

/**
 * What a schema violation is called in a CALLERROR.
 *
 * | keyword                                        | 1.6                           | 2.0.1, 2.1                      |
 * | ---------------------------------------------- | ----------------------------- | ------------------------------- |
 * | `required`                                     | `ProtocolError`               | `OccurrenceConstraintViolation` |
 * | `type`                                         | `TypeConstraintViolation`     | same                            |
 * | `enum`, lengths, bounds, `format`, `pattern`   | `PropertyConstraintViolation` | same                            |
 * | `minItems`, `maxItems`, `additionalItems`      | `OccurenceConstraintViolation` | `OccurrenceConstraintViolation` |
 * | `additionalProperties`                         | `FormationViolation`          | `FormatViolation`               |
 * | the payload is not an object                   | `FormationViolation`          | `FormatViolation`               |
 *
 * 1.6 defines ProtocolError as "payload is incomplete", which is what a missing field is; 2.x has no such sentence.
 *
 * @param keyword JSON Schema keyword that failed; one that is not in the table gives `FormatViolation`
 * @param pointer JSON Pointer of the violation; empty: the payload itself
 * @see OCPP 1.6 errata 3.24, 3.38; OCPP 2.0.1 B06.FR.16, B08.FR.17
 */
export function violationKind(version: OcppVersion, keyword: string, pointer: string): RpcErrorKind {
  if (keyword === "required" && version === "ocpp1.6") return "ProtocolError";
  if (keyword === "type" && pointer === "") return "FormatViolation";
  return KIND_BY_KEYWORD.get(keyword) ?? "FormatViolation";
}
