/**
 * Where messages name cards: for the tripwire, which looks for the very tokens that are in use.
 *
 * | message                                                         | fields                                                 |
 * | --------------------------------------------------------------- | ------------------------------------------------------ |
 * | whose catalogue entry says `token`: starts, stops, reservations | `idTag`, `parentIdTag`; `idToken`, `groupIdToken` and their `additionalInfo` |
 * | their answers                                                   | `idTagInfo.parentIdTag`, `idTokenInfo.groupIdToken`    |
 * | SendLocalList                                                   | both of these, of each entry                           |
 *
 * @see OCPP 1.6 edition 2 §7.28 IdToken; OCPP 2.0.1 Part 2 IdTokenType
 */
import type { Frame, Payload } from "../ocpp/frame.ts";
import { items, type Wire, wire } from "../telemetry/wire.ts";

type See = (token: string) => void;

/** Longest token of 2.1 (§2.1); a longer text is none. */
const MAX_TOKEN = 255;

/** Hands over each token that `frame` names; for actions whose catalogue entry says `token`. Never throws. */
export function tokensIn(frame: Frame, see: See): void {
  if (frame.type !== 2 && frame.type !== 3) return;
  const payload: Payload = frame.payload;
  ofHolder(payload, see);
  for (const entry of items(payload["localAuthorizationList"])) ofHolder(entry, see);
}

function ofHolder(holder: unknown, see: See): void {
  const fields = wire<"idTag" | "parentIdTag" | "idToken" | "groupIdToken" | "idTagInfo" | "idTokenInfo">(holder);
  if (fields === undefined) return;
  ofText(fields.idTag, see);
  ofText(fields.parentIdTag, see);
  ofToken(fields.idToken, see);
  ofToken(fields.groupIdToken, see);
  ofText(wire<"parentIdTag">(fields.idTagInfo)?.parentIdTag, see);
  ofToken(wire<"groupIdToken">(fields.idTokenInfo)?.groupIdToken, see);
}

function ofToken(token: unknown, see: See): void {
  const fields: Wire<"idToken" | "additionalInfo"> | undefined = wire(token);
  if (fields === undefined) return;
  ofText(fields.idToken, see);
  for (const info of items(fields.additionalInfo)) ofText(wire<"additionalIdToken">(info)?.additionalIdToken, see);
}

function ofText(text: unknown, see: See): void {
  if (typeof text === "string" && text.length <= MAX_TOKEN) see(text);
}
