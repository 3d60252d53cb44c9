/**
 * What the gateway decided about a token, in the words of the station's version.
 *
 * | decided                                            | 1.6            | 2.x      |
 * | -------------------------------------------------- | -------------- | -------- |
 * | Accepted, Blocked, ConcurrentTx, Expired, Invalid  | the same       | the same |
 * | Unknown                                            | Invalid        | the same |
 * | NoCredit, NotAtThisTime                            | Blocked        | the same |
 * | NotAllowedTypeEVSE, NotAtThisLocation              | Invalid        | the same |
 *
 * 1.6 has no word for a refusal that wears off: it is `Blocked`, which a station asks about again (§3.5.1, last semantic).
 * A group whose name does not fit the version (a long token of 2.1 shown to 2.0.1) is left out.
 *
 * @see OCPP 1.6 edition 2 §7 AuthorizationStatus, IdTagInfo; OCPP 2.0.1 Part 2 AuthorizationStatusEnumType, IdTokenInfoType
 */
import { compact } from "../life/fields.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { STATUS_16 } from "./status16.ts";
import type { TokenInfo, TokenRef } from "./token.ts";

/** Longest idToken of a version. */
const LONGEST: Readonly<Record<OcppVersion, number>> = { "ocpp1.6": 20, "ocpp2.0.1": 36, "ocpp2.1": 255 };
/** IdTokenEnumType of 2.0.1; 2.1 allows any type of up to 20 characters. */
const TYPES_201: readonly string[] = [
  "Central",
  "eMAID",
  "ISO14443",
  "ISO15693",
  "KeyCode",
  "Local",
  "MacAddress",
  "NoAuthorization",
];
const LONGEST_TYPE = 20;
/** 9999-12-31T23:59:59.999Z */
const LAST_MS = 253_402_300_799_999;

/**
 * The member that Authorize, StartTransaction, StopTransaction (1.6: `idTagInfo`), Authorize and TransactionEvent
 * (2.x: `idTokenInfo`) answer with, to be spread into the payload.
 */
export function tokenAnswer(version: OcppVersion, info: TokenInfo): Payload {
  return version === "ocpp1.6" ? { idTagInfo: idTagInfo(info) } : { idTokenInfo: idTokenInfo(version, info) };
}

/** IdTagInfo of 1.6. */
export function idTagInfo({ status, expiresAt, group }: TokenInfo): Payload {
  return compact({
    status: STATUS_16[status],
    expiryDate: timestamp(expiresAt),
    parentIdTag: group !== undefined && group.idToken.length <= LONGEST["ocpp1.6"] ? group.idToken : undefined,
  });
}

/** IdTokenInfoType of 2.0.1 and 2.1. */
export function idTokenInfo(
  version: "ocpp2.0.1" | "ocpp2.1",
  { status, expiresAt, group, evseIds }: TokenInfo,
): Payload {
  return compact({
    status,
    cacheExpiryDateTime: timestamp(expiresAt),
    groupIdToken:
      group !== undefined && fits(version, group) ? { idToken: group.idToken, type: group.type } : undefined,
    evseId: evseIds,
  });
}

function fits(version: "ocpp2.0.1" | "ocpp2.1", { idToken, type }: TokenRef): boolean {
  if (type === undefined || idToken.length > LONGEST[version]) return false;
  return version === "ocpp2.1" ? type.length <= LONGEST_TYPE : TYPES_201.includes(type);
}

/** RFC 3339 has years of four digits; an offset at either end of them would make a fifth or a sign. */
function timestamp(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(Math.min(Math.max(at, 0), LAST_MS)).toISOString();
}
