/**
 * Who wants to charge: 1.6 says an `idTag` of at most 20 characters, 2.x an `idToken` with a type.
 *
 * Up, the first that fits decides the type:
 *
 * | idTag                                                   | type            |
 * | ------------------------------------------------------- | --------------- |
 * | an alias, or one that came down with a type             | that one's      |
 * | of `noAuthorizationTokens`                              | NoAuthorization, with an empty idToken (C02.FR.01) |
 * | 8, 14 or 20 hexadecimal digits                          | ISO14443        |
 * | 16 hexadecimal digits                                   | ISO15693        |
 * | a contract id (DE-ABC-C12345678-9, with or without `-`) | eMAID           |
 * | anything else                                           | `defaultTokenType`, but never Central (C03, C05) |
 *
 * Down, a token of up to 20 characters is its own idTag; a longer one gets an alias, always the same for the same token.
 */
import type { Payload } from "../ocpp/frame.ts";
import type { TranslationSettings } from "./contract.ts";
import { aliasOf, isSameTag, LONGEST_ID_TAG } from "./id-tag.ts";
import { changeMore, type Draft, type KnownToken, moreOf, textOf } from "./tx-state.ts";

/** Tokens that are remembered; of those that are no alias the oldest is forgotten first. */
const MAX_KNOWN = 64;

const ISO14443 = /^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$/i;
const ISO15693 = /^[0-9A-F]{16}$/i;
const EMAID = /^[A-Z]{2}-?[A-Z0-9]{3}-?[A-Z0-9]{9}(?:-?[A-Z0-9])?$/i;

/** What a card reader adds to a number: blanks and NULs behind it. */
export const trimmedTag = (idTag: string): string => {
  let end = idTag.length;
  while (end > 0 && idTag.charCodeAt(end - 1) <= 32) end -= 1;
  return idTag.slice(0, end);
};

/** The type an idTag has when nothing is remembered of it. */
export function typeOfTag(idTag: string, settings: TranslationSettings): string {
  if (settings.noAuthorizationTokens.some((literal) => isSameTag(literal, idTag))) return "NoAuthorization";
  if (ISO14443.test(idTag)) return "ISO14443";
  if (ISO15693.test(idTag)) return "ISO15693";
  if (EMAID.test(idTag)) return "eMAID";
  return settings.defaultTokenType === "Central" ? "ISO14443" : settings.defaultTokenType;
}

export const knownToken = (draft: Draft, idTag: string): KnownToken | undefined =>
  moreOf(draft.state).tokens.find((token) => isSameTag(token.idTag, idTag));

/** `idToken` of 2.x for what the station read. */
export function toIdToken(draft: Draft, idTag: string): { readonly idToken: string; readonly type: string } {
  const known = knownToken(draft, idTag) ?? draft.options.tokenSentDown?.(draft.state, idTag);
  if (known !== undefined) return { idToken: known.idToken, type: known.type };
  const type = typeOfTag(idTag, draft.env.settings);
  return { idToken: type === "NoAuthorization" ? "" : idTag, type };
}

/** `idTag` of 1.6 for a token of the CSMS; what the idTag alone does not say is remembered. */
export function toIdTag(draft: Draft, token: Payload): string {
  const idToken = textOf(token["idToken"]) ?? "";
  const type = textOf(token["type"]) ?? "";
  if (type === "NoAuthorization" && idToken === "") return draft.env.settings.noAuthorizationTokens[0] ?? "";
  const alias = idToken.length > LONGEST_ID_TAG;
  const idTag = alias ? aliasOf(type, idToken) : idToken;
  const before = knownToken(draft, idTag);
  // Stations are known to change the case of a token; the CSMS may well look for its own spelling.
  const hasCase = idToken.toLowerCase() !== idToken.toUpperCase();
  const isPlain = !alias && !hasCase && before === undefined && typeOfTag(idTag, draft.env.settings) === type;
  if (!isPlain && (before?.idToken !== idToken || before.type !== type)) {
    remember(draft, { ...before, idTag, idToken, type, ...(alias ? { alias } : {}) });
  }
  return idTag;
}

/** Keeps a token, newest last, in place of what was known of its idTag. */
export function remember(draft: Draft, token: KnownToken): void {
  const tokens = [...moreOf(draft.state).tokens.filter(({ idTag }) => !isSameTag(idTag, token.idTag)), token];
  if (tokens.length > MAX_KNOWN) {
    const oldest = tokens.findIndex(({ alias }) => alias !== true);
    tokens.splice(Math.max(0, oldest), 1);
  }
  changeMore(draft, { tokens });
}
