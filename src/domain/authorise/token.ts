/**
 * What a driver presents, and what the CSMS says about it, in one form for all versions.
 *
 * | here        | 1.6                  | 2.x                                   |
 * | ----------- | -------------------- | ------------------------------------- |
 * | `TokenRef`  | `idTag`              | `idToken`: `idToken` and `type`       |
 * | `TokenInfo` | `idTagInfo`          | `idTokenInfo`                         |
 * | `expiresAt` | `expiryDate`         | `cacheExpiryDateTime`                 |
 * | `group`     | `parentIdTag`        | `groupIdToken`                        |
 * | `evseIds`   | –                    | `evseId`                              |
 *
 * Language, personal message and charging priority are not kept: nothing that is decided here depends on them.
 *
 * @see OCPP 1.6 edition 2 §7 IdTagInfo, IdToken; OCPP 2.0.1 Part 2 IdTokenType, IdTokenInfoType
 */
import type { EpochMs } from "../ids.ts";

/** The statuses of 2.x; 1.6 knows the first five. `Unknown` is what 1.6 calls `Invalid`. */
export const TOKEN_STATUSES = [
  "Accepted",
  "Blocked",
  "ConcurrentTx",
  "Expired",
  "Invalid",
  "NoCredit",
  "NotAllowedTypeEVSE",
  "NotAtThisLocation",
  "NotAtThisTime",
  "Unknown",
] as const;

export type TokenStatus = (typeof TOKEN_STATUSES)[number];

export interface TokenRef {
  /** As it was presented. Compared without regard to case. */
  readonly idToken: string;
  /** `ISO14443`, `eMAID`, …; undefined in 1.6, whose tokens have no type. */
  readonly type: string | undefined;
}

export interface TokenInfo {
  readonly status: TokenStatus;
  /** The instant from which the status no longer counts. */
  readonly expiresAt?: EpochMs;
  /** Who shares its transactions: a member of a group may stop what another member started. */
  readonly group?: TokenRef;
  /** The only EVSEs the token may use, where there is such a restriction. Never empty. */
  readonly evseIds?: readonly number[];
}

/** Longest token of any version (2.1). What is longer is not remembered. */
export const LONGEST_TOKEN = 255;

/**
 * Equal for two tokens that are the same to OCPP: case does not count, the type does (the same digits from a card and from a
 * keypad are two tokens).
 *
 * @see OCPP 1.6 §2.2 CiString (printable ASCII); OCPP 2.0.1 Part 2 IdTokenType: "case insensitive"
 */
export const tokenKey = ({ idToken, type }: TokenRef): string => `${type ?? ""}\0${idToken.toLowerCase()}`;

/** True for the statuses that let a driver charge. */
export const isAccepted = ({ status }: TokenInfo): boolean => status === "Accepted";
