/**
 * Tokens on their way down: 1.6 has 20 characters and no type, 2.0.1 has 36 and 2.1 has 255.
 *
 * What fits is sent as it is. What does not is known to the station by an alias: 20 characters of the base32 of a hash of type and
 * token, so the same token always has the same alias, whatever the case it is written in (both versions ignore case). An alias does
 * for remote starts and reservations; a card presents its own number, so not for local lists.
 */
import { createHash } from "node:crypto";
import type { Payload } from "../ocpp/frame.ts";
import { textAt } from "./command-fields.ts";
import { commandsOf, type SentToken, withCommands } from "./command-state.ts";
import type { TranslationState } from "./contract.ts";

/** CiString20Type. */
const LONGEST_ID_TAG = 20;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Tokens that are remembered beside the local list; the oldest is forgotten. */
const CAPACITY = 64;

/** A token as the station is told it. */
export function sentToken(token: Payload): SentToken {
  const idToken = textAt(token, "idToken") ?? "";
  const type = textAt(token, "type") ?? "";
  return { idTag: idToken.length <= LONGEST_ID_TAG ? idToken : aliasOf(idToken, type), idToken, type };
}

export const needsAlias = ({ idToken }: SentToken): boolean => idToken.length > LONGEST_ID_TAG;

/** Five bits a character: 20 characters hold 100 bits of the hash. */
function aliasOf(idToken: string, type: string): string {
  const hash = createHash("sha256").update(`${type}\0${idToken.toLowerCase()}`).digest();
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const characters = Array.from({ length: LONGEST_ID_TAG }, (_, i) => Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2));
  return characters.map((index) => ALPHABET[index]).join("");
}

/** Keeps the token, for the station will say no more than its idTag. */
export function rememberToken(state: TranslationState, token: SentToken): TranslationState {
  const others = commandsOf(state).tokens.filter(({ idTag }) => !isSameTag(idTag, token.idTag));
  return withCommands(state, { tokens: [...others, token].slice(-CAPACITY) });
}

/** What an idTag of the station is, when it was sent down by a command. */
export function tokenSentDown(state: TranslationState, idTag: string): SentToken | undefined {
  const { tokens, localList } = commandsOf(state);
  return (
    tokens.findLast((token) => isSameTag(token.idTag, idTag)) ??
    localList.entries.find((entry) => isSameTag(entry.idTag, idTag))
  );
}

const isSameTag = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
