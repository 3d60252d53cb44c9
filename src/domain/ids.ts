/**
 * Names and instants with a brand, so that a station id cannot be passed where a message id is wanted.
 * Brands cost nothing at run time.
 */

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Identity of a charging station: the percent-decoded last segment of its connection URL. Case-sensitive. */
export type StationId = Brand<string, "StationId">;

/** RPC message id as it stands in the frame, at most 36 characters from a peer that keeps to OCPP-J §4.1.4. */
export type MessageId = Brand<string, "MessageId">;

/** Milliseconds since 1970-01-01T00:00:00Z, as the gateway's clock tells them. */
export type EpochMs = Brand<number, "EpochMs">;

/** Keyed pseudonym of a station or one of its EVSEs, the only name the health lane knows it by. */
export type AssetId = Brand<string, "AssetId">;

/** Name of one private key in the key store: a slot (whose it is) and a generation. Says nothing about the key itself. */
export type KeyId = Brand<string, "KeyId">;

export const stationId = (raw: string): StationId => raw as StationId;
export const messageId = (raw: string): MessageId => raw as MessageId;
export const epochMs = (raw: number): EpochMs => raw as EpochMs;
export const assetId = (raw: string): AssetId => raw as AssetId;
export const keyId = (raw: string): KeyId => raw as KeyId;
