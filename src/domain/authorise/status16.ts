import type { TokenStatus } from "./token.ts";

/**
 * AuthorizationStatus of 1.6 for that of 2.x. What is temporary in 2.x has no word of its own: it is Blocked, until somebody asks again.
 *
 * @see OCPP 1.6 §7.2; OCPP 2.0.1 Part 2 §3.5 (AuthorizationStatusEnumType)
 */
export const STATUS_16: Readonly<Record<TokenStatus, string>> = {
  Accepted: "Accepted",
  Blocked: "Blocked",
  ConcurrentTx: "ConcurrentTx",
  Expired: "Expired",
  Invalid: "Invalid",
  NoCredit: "Blocked",
  NotAllowedTypeEVSE: "Invalid",
  NotAtThisLocation: "Invalid",
  NotAtThisTime: "Blocked",
  Unknown: "Invalid",
};
