/**
 * What a station is answered when the gateway takes a transaction message over: the payload of the CALLRESULT.
 *
 * | message                            | payload                                                     |
 * | ---------------------------------- | ----------------------------------------------------------- |
 * | 1.6 StartTransaction               | `transactionId` (provisional), `idTagInfo` by local policy  |
 * | 2.x TransactionEvent with a token  | `idTokenInfo` by local policy                               |
 * | everything else                    | `{}`                                                        |
 *
 * @see OCPP 1.6 §4.8; OCPP 2.0.1 E04, C15
 */
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";

export interface LocalReceiptOptions {
  /** Decision about the token of this message, asked for only where there is one. */
  readonly authorise: () => Payload;
  /** A provisional id, asked for only where one is needed. */
  readonly transactionId: () => number;
}

export function localReceipt(
  version: OcppVersion,
  action: string,
  payload: Payload,
  { authorise, transactionId }: LocalReceiptOptions,
): Payload {
  if (version === "ocpp1.6") {
    return action === "StartTransaction" ? { transactionId: transactionId(), idTagInfo: authorise() } : {};
  }
  // The end of a transaction asks for nobody's permission; a refusal there would only confuse.
  const asks = action === "TransactionEvent" && payload["idToken"] !== undefined && payload["eventType"] !== "Ended";
  return asks ? { idTokenInfo: authorise() } : {};
}

/** True when the CSMS's answer to a start, or to a token shown later, says that this driver must not charge. */
export function isRefused(version: OcppVersion, answer: Payload): boolean {
  const info = answer[version === "ocpp1.6" ? "idTagInfo" : "idTokenInfo"] as { readonly status?: unknown } | undefined;
  return typeof info?.status === "string" && info.status !== "Accepted";
}
