/**
 * Tokens on their way down: 1.6 has 20 characters and no type, 2.0.1 has 36 and 2.1 has 255.
 *
 * What fits is sent as it is, what does not by its alias (id-tag.ts). An alias does for remote starts and reservations; a card presents
 * its own number, so not for local lists.
 */
import type { Payload } from "../ocpp/frame.ts";
import { textAt } from "./command-fields.ts";
import { commandsOf, type ListEntry, type SentToken, withCommands } from "./command-state.ts";
import type { TranslationState } from "./contract.ts";
import { aliasOf, isSameTag, LONGEST_ID_TAG } from "./id-tag.ts";

/** Tokens that are remembered beside the local list; the oldest is forgotten. */
const CAPACITY = 64;

/** A token as the station is told it. */
export function sentToken(token: Payload): SentToken {
  const idToken = textAt(token, "idToken") ?? "";
  const type = textAt(token, "type") ?? "";
  return { idTag: idToken.length <= LONGEST_ID_TAG ? idToken : aliasOf(type, idToken), idToken, type };
}

export const needsAlias = ({ idToken }: SentToken): boolean => idToken.length > LONGEST_ID_TAG;

/** Keeps the token, for the station will say no more than its idTag. */
export function rememberToken(state: TranslationState, token: SentToken): TranslationState {
  const others = commandsOf(state).tokens.filter(({ idTag }) => !isSameTag(idTag, token.idTag));
  return withCommands(state, { tokens: [...others, token].slice(-CAPACITY) });
}

/** What an idTag of the station is, when it was sent down by a command. */
export function tokenSentDown(
  state: TranslationState,
  idTag: string,
): (SentToken & Pick<ListEntry, "evseIds">) | undefined {
  const { tokens, localList } = commandsOf(state);
  const listed = localList.entries.find((entry) => isSameTag(entry.idTag, idTag));
  const token = tokens.findLast((one) => isSameTag(one.idTag, idTag));
  // A reservation says nothing of where a token is good.
  return token === undefined || listed?.evseIds === undefined
    ? (token ?? listed)
    : { ...token, evseIds: listed.evseIds };
}
