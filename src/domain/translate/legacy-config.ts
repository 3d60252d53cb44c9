/**
 * Vendor keys of 1.6 as variables of the custom component `LegacyConfig`. A 2.x name is an identifierString: letters, digits and
 * `* - _ = : + | @ .`; anything else is written `_xx`, the hexadecimal code of each UTF-8 byte. Two keys that come out alike are told
 * apart by a number of theirs, and the map is kept: a name that was published keeps its meaning.
 *
 * | key | variable |
 * | --- | --- |
 * | `Ack.MaxRetries` | `Ack.MaxRetries` |
 * | `Free Vend (kWh)` | `Free_20Vend_20_28kWh_29` |
 *
 * @see translation.md §4.4; 2.0.1 Part 2 §2.1 identifierString
 */
import { entryOf, folded } from "./device-state.ts";

export const LEGACY_COMPONENT = "LegacyConfig";

const MAX_CHARACTERS = 50;
const ILLEGAL = /[^A-Za-z0-9*\-_=:+|@.]/gu;

const hexBytes = (character: string): string =>
  [...new TextEncoder().encode(character)].map((byte) => `_${byte.toString(16).padStart(2, "0")}`).join("");

/** The variable's name of a key that meets no other. */
export function encodeName(key: string): string {
  const encoded = key.replace(ILLEGAL, hexBytes);
  return encoded.length <= MAX_CHARACTERS ? encoded : withMark(encoded, digest(key));
}

/** `name` with `mark` at its end, in the length that 2.x allows. */
const withMark = (name: string, mark: string): string => `${name.slice(0, MAX_CHARACTERS - mark.length - 1)}_${mark}`;

/** FNV-1a, 32 bits: names, not secrets. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

export type LegacyNames = { readonly [folded: string]: string };

/** Names kept of one station. Beyond it those of keys that are gone are forgotten: a station may not fill the store with new ones. */
export const MAX_NAMES = 1_000;

/** The map with a name for each of `keys`; those that have one keep it. */
export function nameKeys(names: LegacyNames, keys: readonly string[]): LegacyNames {
  const named = new Set(Object.values(names).map(folded));
  const fresh = keys.filter((key) => !named.has(folded(key)));
  if (fresh.length === 0) return names;
  const present = new Set(keys.map(folded));
  const isFull = named.size + fresh.length > MAX_NAMES;
  const all = new Map(Object.entries(names).filter(([, key]) => !isFull || present.has(folded(key))));
  for (const key of fresh) {
    const plain = encodeName(key);
    all.set(folded(all.has(folded(plain)) ? withMark(plain, digest(key)) : plain), key);
  }
  return Object.fromEntries(all);
}

/** The key behind a variable's name. A name nobody published is taken for the key itself: stations hide keys. */
export const legacyKey = (names: LegacyNames, variable: string): string => entryOf(names, folded(variable)) ?? variable;

/** Key, folded → the name it was published under, as spelled. */
export function legacyVariables(names: LegacyNames): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(names).map(([name, key]) => {
      const plain = encodeName(key);
      return [folded(key), folded(plain) === name ? plain : withMark(plain, digest(key))];
    }),
  );
}
