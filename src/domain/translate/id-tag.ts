/**
 * An idTag of 1.6 has 20 characters and no type. A token of the CSMS that is longer is known to the station by an alias: base32 of a hash
 * of type and token, so the same token always has the same one, whatever the case it is written in.
 */
import { createHash } from "node:crypto";

/** CiString20Type. */
export const LONGEST_ID_TAG = 20;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BITS = 5;

/** Case does not count, in either version. */
export const isSameTag = (one: string, other: string): boolean =>
  one === other || one.toLowerCase() === other.toLowerCase();

/** Five bits a character: 20 characters hold 100 bits of the hash. */
export function aliasOf(type: string, idToken: string): string {
  const hash = createHash("sha256").update(`${type}\0${idToken.toLowerCase()}`).digest();
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of hash) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= BITS && text.length < LONGEST_ID_TAG) {
      bits -= BITS;
      text += BASE32.charAt((value >> bits) & 31);
    }
  }
  return text;
}
