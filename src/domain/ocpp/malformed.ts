/**
 * What a malformed frame is answered, if anything: one table per version.
 *
 * | input                                   | 1.6                                | 2.0.1                          | 2.1 |
 * | --------------------------------------- | ---------------------------------- | ------------------------------ | --- |
 * | not JSON, no array, unreadable id       | nothing                            | "-1" RpcFrameworkError         | as 2.0.1 |
 * | CALL with wrong shape                   | FormationViolation                 | RpcFrameworkError              | as 2.0.1 |
 * | CALL nested too deep or with two equal keys | FormationViolation             | FormatViolation                | as 2.0.1 |
 * | unknown message type                    | nothing                            | MessageTypeNotSupported        | nothing |
 * | faulty CALLRESULT, CALLERROR            | nothing                            | nothing                        | nothing |
 *
 * "Nothing" is still counted; malformed frames in a row close the socket (limits.malformedInARow).
 *
 * @see OCPP 2.0.1 Part 4 §4.2.3, §4.3, §4.4; OCPP-J 1.6 defines no answer to an unreadable frame
 */

import type { FrameFault } from "./decode-frame.ts";
import { encodeCallError } from "./encode-frame.ts";
import type { RpcErrorKind } from "./error-codes.ts";
import type { OcppVersion } from "./version.ts";

/** The text to answer with, or undefined for silence. */
export function answerToMalformed(fault: FrameFault, version: OcppVersion, numericId: boolean): string | undefined {
  const kind = kindOfAnswer(fault, version);
  if (kind === undefined) return undefined;
  return encodeCallError(
    fault.id ?? "-1",
    kind,
    DESCRIPTION[fault.kind],
    version,
    {},
    numericId && fault.id !== undefined,
  );
}

const DESCRIPTION: Readonly<Record<FrameFault["kind"], string>> = {
  "not-json": "The message is not JSON",
  "not-a-frame": "The message is not an OCPP-J array",
  "unreadable-id": "The message id cannot be read",
  "wrong-shape": "The message does not have the shape of its type",
  "unknown-type": "The message type is not defined in this version",
  "too-deep": "The message is nested too deeply",
  "duplicate-key": "An object of the message names the same key twice",
  "too-many-keys": "The message has too many keys",
};

function kindOfAnswer(fault: FrameFault, version: OcppVersion): RpcErrorKind | undefined {
  switch (fault.kind) {
    case "not-json":
    case "not-a-frame":
    case "unreadable-id":
      return version === "ocpp1.6" ? undefined : "RpcFrameworkError";
    case "unknown-type":
      return version === "ocpp2.0.1" ? "MessageTypeNotSupported" : undefined;
    case "wrong-shape":
      if (fault.type !== 2) return undefined;
      return version === "ocpp1.6" ? "FormatViolation" : "RpcFrameworkError";
    case "too-deep":
    case "duplicate-key":
    case "too-many-keys":
      return fault.type === 2 ? "FormatViolation" : undefined;
  }
}
