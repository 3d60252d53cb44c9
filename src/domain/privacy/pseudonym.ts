/**
 * The names under which the health lane knows stations.
 *
 *     K       = HKDF-SHA256(root, salt = tenant, info = "oh/v1/asset/" + epoch)
 *     assetId = base32(HMAC-SHA256(K, "asset" 00 stationId 00 evseId)), the first 16 characters, lower case
 *
 * Keyed, because identities can be enumerated; per tenant, so that two tenants cannot join their data; per epoch (the
 * calendar year), so that a name does not last for ever. Whoever holds the root can make the re-link table, nobody else.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { type AssetId, assetId, type StationId } from "../ids.ts";

/** RFC 4648 §6, in lower case: an upper-case pseudonym can look like an IBAN or a contract id. */
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const LENGTH = 16;
const KEY_BYTES = 32;
/** Fewer could be found by trying. */
export const MIN_ROOT_BYTES = 32;

export interface PseudonymScope {
  /** Secret of {@link MIN_ROOT_BYTES} or more, which does not leave the operator's domain. */
  readonly root: Uint8Array;
  readonly tenant: string;
  /** Calendar year, UTC. */
  readonly epoch: number;
}

/** Names the EVSEs of stations; 0 is the station as a whole. Same scope, same names. */
export function createPseudonyms({
  root,
  tenant,
  epoch,
}: PseudonymScope): (station: StationId, evseId: number) => AssetId {
  const key = Buffer.from(hkdfSync("sha256", root, tenant, `oh/v1/asset/${epoch}`, KEY_BYTES));
  return (station, evseId) => {
    const digest = createHmac("sha256", key).update(`asset\0${station}\0${evseId}`).digest();
    return assetId(base32(digest, LENGTH));
  };
}

/** The first `length` characters of the base32 text of `bytes`. */
function base32(bytes: Uint8Array, length: number): string {
  let text = "";
  for (let bit = 0; text.length < length; bit += 5) {
    const byte = bit >> 3;
    const window = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
    text += ALPHABET.charAt((window >> (11 - (bit & 7))) & 31);
  }
  return text;
}
