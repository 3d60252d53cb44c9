/**
 * Errors between the dialects.
 *
 * A CALLERROR that is relayed is spelled anew for the version it goes to:
 *
 * | 1.6                                            | 2.0.1, 2.1                            |
 * | ---------------------------------------------- | ------------------------------------- |
 * | `FormationViolation`                           | `FormatViolation`                     |
 * | `OccurenceConstraintViolation` (the typo is official) | `OccurrenceConstraintViolation` |
 * | `GenericError`                                 | `RpcFrameworkError`, `MessageTypeNotSupported` (downwards) |
 * | any other                                      | the same                              |
 * | one that no version defines                    | `GenericError`, in both directions    |
 *
 * Where the action's answer has a status, a station's CALLERROR becomes the status that refuses, with a reason code: 2.0.1 keeps
 * CALLERROR for what was wrong with the message (Part 4 §4.2.3), and what was wrong in 1.6 is nothing the CSMS can mend.
 *
 * @see OCPP-J 1.6 §4.2.3; OCPP 2.0.1 Part 4 §4.3; OCPP 2.0.1 appendices, reason codes
 */
import { type RpcErrorKind, rpcErrorCode, rpcErrorKind } from "../ocpp/error-codes.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import type { Outcome } from "./contract.ts";

/** The reason codes of 2.0.1 that we use; at most 20 characters. */
export type ReasonCode =
  | "DuplicateRequestId"
  | "FixedCable"
  | "FwUpdateInProgress"
  | "InternalError"
  | "InvalidURL"
  | "InvalidValue"
  | "MissingParam"
  | "NotEnabled"
  | "NotFound"
  | "TooLargeElement"
  | "TooManyElements"
  | "TxNotFound"
  | "UnknownConnectorId"
  | "UnknownConnectorType"
  | "UnknownEvse"
  | "Unspecified"
  | "UnsupportedParam"
  | "UnsupportedRequest"
  | "ValuePositiveOnly";

export interface Reason {
  readonly reasonCode: ReasonCode;
  /** For people, at most 512 characters; never a token, never what a station wrote in free text. */
  readonly additionalInfo?: string;
}

/** `code`, as `version` spells it. */
export const codeFor = (version: OcppVersion, code: string): string =>
  rpcErrorCode(rpcErrorKind(code) ?? "GenericError", version);

/** Why a station's CALLERROR refuses, in the words of 2.0.1. */
const REASONS: Readonly<Record<RpcErrorKind, ReasonCode>> = {
  NotImplemented: "UnsupportedRequest",
  NotSupported: "UnsupportedRequest",
  InternalError: "InternalError",
  ProtocolError: "InternalError",
  SecurityError: "Unspecified",
  FormatViolation: "InternalError",
  PropertyConstraintViolation: "InvalidValue",
  OccurrenceConstraintViolation: "InvalidValue",
  TypeConstraintViolation: "InternalError",
  GenericError: "Unspecified",
  RpcFrameworkError: "InternalError",
  MessageTypeNotSupported: "InternalError",
};

/** Whether the station says that it has no such function, whatever is asked of it. */
export const isWithoutFunction = (outcome: Outcome): boolean =>
  outcome.kind === "error" && ["NotImplemented", "NotSupported"].includes(rpcErrorKind(outcome.code) ?? "");

/** Why a call to the station came to nothing; a result that makes no sense is InternalError as well. */
export function reasonOf(outcome: Outcome): Reason {
  if (outcome.kind === "none") return { reasonCode: "InternalError", additionalInfo: "the station does not answer" };
  if (outcome.kind === "result")
    return { reasonCode: "InternalError", additionalInfo: "the station's answer makes no sense" };
  const kind = rpcErrorKind(outcome.code);
  if (kind === undefined) return { reasonCode: "Unspecified", additionalInfo: "the station answered an unknown error" };
  return { reasonCode: REASONS[kind], additionalInfo: `the station answered ${rpcErrorCode(kind, "ocpp1.6")}` };
}
