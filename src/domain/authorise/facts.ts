/**
 * What an answered exchange teaches about tokens, so that the gateway can answer while the CSMS is away.
 *
 * | version | exchange                              | counts when | fact |
 * | ------- | ------------------------------------- | ----------- | ---- |
 * | 1.6     | Authorize, StartTransaction           | answered | token: idTag, idTagInfo |
 * | 1.6     | StopTransaction                       | answered, both name one | token |
 * | 2.x     | Authorize, TransactionEvent           | answered, both name one | token: idToken, idTokenInfo |
 * | all     | SendLocalList                         | answered Accepted | list |
 * | all     | GetLocalListVersion                   | answered | list-version: what the station really has |
 * | all     | ClearCache                            | answered Accepted | cache-cleared |
 *
 * Not every answer is about the token. What is left out, so that an earlier answer keeps counting:
 *
 * - `ConcurrentTx`: about the moment; the token itself is good (1.6 §3.5.2 counts it as valid).
 * - `NotAtThisLocation`, `NotAllowedTypeEVSE`, and an acceptance for some EVSEs only: about the place. The cache is shared by all
 *   stations of a CSMS, and EVSE numbers mean something else at the next.
 * - whatever came with a contract certificate that was not accepted: about the certificate (C07).
 * - `NoAuthorization` tokens (C02.FR.03: not cached) and empty ones.
 *
 * `NoCredit` and `NotAtThisTime` are facts that wear off, see decide.ts.
 *
 * @see OCPP 1.6 edition 2 §3.5.1, §3.5.2; OCPP 2.0.1 Part 2 C02, C07, C10, C11, D01, D02
 */
import { type EpochMs, epochMs } from "../ids.ts";
import { list, number, object } from "../life/fields.ts";
import type { OcppVersion } from "../ocpp/version.ts";
import { parseTimestamp } from "../telemetry/parse-timestamp.ts";
import { LONGEST_TOKEN, TOKEN_STATUSES, type TokenInfo, type TokenRef, type TokenStatus } from "./token.ts";

type Fields = { readonly [field: string]: unknown };

/** One line of a SendLocalList. */
export interface ListEntry {
  readonly token: TokenRef;
  /** Undefined: the token is taken off the list. */
  readonly info: TokenInfo | undefined;
}

export type AuthorisationFact =
  | { readonly kind: "token"; readonly token: TokenRef; readonly info: TokenInfo }
  | {
      readonly kind: "list";
      readonly listVersion: number;
      readonly mode: "Full" | "Differential";
      readonly entries: readonly ListEntry[];
    }
  | { readonly kind: "list-version"; readonly listVersion: number }
  | { readonly kind: "cache-cleared" };

const NOTHING: readonly AuthorisationFact[] = [];

/** What was said about the moment or the place, not about the token. */
const NOT_ABOUT_THE_TOKEN: readonly TokenStatus[] = ["ConcurrentTx", "NotAtThisLocation", "NotAllowedTypeEVSE"];

/**
 * Pure; never throws whatever the payloads hold. Most exchanges teach nothing and cost one look at their action.
 *
 * @param request payload of the CALL, whoever sent it
 * @param response payload of its CALLRESULT
 */
export function authorisationFacts(
  version: OcppVersion,
  action: string,
  request: Fields,
  response: Fields,
): readonly AuthorisationFact[] {
  switch (action) {
    case "Authorize":
    case "StartTransaction":
    case "StopTransaction":
    case "TransactionEvent":
      return ofToken(version, request, response);
    case "SendLocalList":
      return response["status"] === "Accepted" ? ofList(version, request) : NOTHING;
    case "GetLocalListVersion":
      return ofListVersion(response);
    case "ClearCache":
      return response["status"] === "Accepted" ? [{ kind: "cache-cleared" }] : NOTHING;
    default:
      return NOTHING;
  }
}

/** Which of the fields an action has is told by the version: 1.6 `idTag` and `idTagInfo`, 2.x `idToken` and `idTokenInfo`. */
function ofToken(version: OcppVersion, request: Fields, response: Fields): readonly AuthorisationFact[] {
  const token = nameable(presentedToken(version, request));
  const info = infoIn(version, response);
  if (token === undefined || info === undefined) return NOTHING;
  const isAboutPlaceOrMoment = NOT_ABOUT_THE_TOKEN.includes(info.status) || info.evseIds !== undefined;
  const { certificateStatus = "Accepted" } = response;
  return isAboutPlaceOrMoment || certificateStatus !== "Accepted" ? NOTHING : [{ kind: "token", token, info }];
}

function ofList(version: OcppVersion, request: Fields): readonly AuthorisationFact[] {
  // 1.6 has `listVersion` too; 2.x calls it `versionNumber`.
  const listVersion = number(request["versionNumber"] ?? request["listVersion"]);
  const mode = request["updateType"];
  if (listVersion === undefined || (mode !== "Full" && mode !== "Differential")) return NOTHING;
  const entries = list(request["localAuthorizationList"]).flatMap((item) => entryOf(version, object(item)));
  return [{ kind: "list", listVersion, mode, entries }];
}

/**
 * A line whose info is there but says nothing known refuses: on the list or not makes a difference, so it is not passed over.
 */
function entryOf(version: OcppVersion, item: Fields | undefined): readonly ListEntry[] {
  const token = item === undefined ? undefined : nameable(presentedToken(version, item));
  if (item === undefined || token === undefined) return [];
  const hasInfo = item[version === "ocpp1.6" ? "idTagInfo" : "idTokenInfo"] !== undefined;
  return [{ token, info: hasInfo ? listed(version, infoIn(version, item) ?? { status: "Invalid" }) : undefined }];
}

/** On a list of 1.6, `ConcurrentTx` marks a token as valid (§3.5.2). */
function listed(version: OcppVersion, info: TokenInfo): TokenInfo {
  return version === "ocpp1.6" && info.status === "ConcurrentTx" ? { ...info, status: "Accepted" } : info;
}

/** 1.6 §5.10: 0 for an empty list, -1 for none; 2.x D02.FR.03: 0 for none. */
function ofListVersion(response: Fields): readonly AuthorisationFact[] {
  const listVersion = number(response["versionNumber"] ?? response["listVersion"]);
  return listVersion === undefined ? NOTHING : [{ kind: "list-version", listVersion }];
}

/**
 * The token a request presents; undefined where it has none or it is unreadable. A start button's is among them (type
 * `NoAuthorization`, empty): there is something to decide about it, but nothing to learn.
 */
export function presentedToken(version: OcppVersion, request: Fields): TokenRef | undefined {
  return version === "ocpp1.6" ? idTag(request["idTag"]) : idToken(request["idToken"]);
}

/** Only a token that is somebody's is remembered (C02.FR.03). */
function nameable(token: TokenRef | undefined): TokenRef | undefined {
  return token === undefined || token.idToken === "" || token.type === "NoAuthorization" ? undefined : token;
}

function infoIn(version: OcppVersion, fields: Fields): TokenInfo | undefined {
  return version === "ocpp1.6" ? idTagInfo(object(fields["idTagInfo"])) : idTokenInfo(object(fields["idTokenInfo"]));
}

function idTag(value: unknown): TokenRef | undefined {
  return typeof value === "string" && value.length <= LONGEST_TOKEN ? { idToken: value, type: undefined } : undefined;
}

function idToken(value: unknown): TokenRef | undefined {
  const fields = object(value);
  const type = fields?.["type"];
  const named = idTag(fields?.["idToken"]);
  if (named === undefined || typeof type !== "string" || type.length > LONGEST_TOKEN) return undefined;
  return { idToken: named.idToken, type };
}

function idTagInfo(fields: Fields | undefined): TokenInfo | undefined {
  const status = statusOf(fields);
  if (fields === undefined || status === undefined) return undefined;
  return infoOf(status, instant(fields["expiryDate"]), nameable(idTag(fields["parentIdTag"])), NO_EVSE);
}

function idTokenInfo(fields: Fields | undefined): TokenInfo | undefined {
  const status = statusOf(fields);
  if (fields === undefined || status === undefined) return undefined;
  const evseIds = list(fields["evseId"]).filter((id): id is number => typeof id === "number");
  return infoOf(status, instant(fields["cacheExpiryDateTime"]), nameable(idToken(fields["groupIdToken"])), evseIds);
}

const NO_EVSE: readonly number[] = [];

/** Field by field: most words have a status alone, and they come with every transaction. */
function infoOf(
  status: TokenStatus,
  expiresAt: EpochMs | undefined,
  group: TokenRef | undefined,
  evseIds: readonly number[],
): TokenInfo {
  const info: { -readonly [K in keyof TokenInfo]: TokenInfo[K] } = { status };
  if (expiresAt !== undefined) info.expiresAt = expiresAt;
  if (group !== undefined) info.group = group;
  if (evseIds.length > 0) info.evseIds = evseIds;
  return info;
}

function statusOf(fields: Fields | undefined): TokenStatus | undefined {
  return TOKEN_STATUSES.find((status) => status === fields?.["status"]);
}

/** An expiry that cannot be read counts as passed: a driver who is asked once more is better than one accepted for ever. */
function instant(value: unknown): EpochMs | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = typeof value === "string" ? parseTimestamp(value) : Number.NaN;
  return epochMs(Number.isNaN(ms) ? 0 : ms);
}
