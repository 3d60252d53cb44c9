/**
 * What the CSMS says of a token, in the words of 1.6.
 *
 * | 2.x                                   | 1.6          |                                                                |
 * | ------------------------------------- | ------------ | -------------------------------------------------------------- |
 * | Accepted, Blocked, Expired, Invalid, ConcurrentTx | the same |                                                      |
 * | Unknown                               | Invalid      | which 1.6 defines as unknown                                   |
 * | NoCredit, NotAtThisTime               | Blocked      | for a minute: a cache must not keep what passes                |
 * | NotAtThisLocation, NotAllowedTypeEVSE | Invalid      |                                                                |
 *
 * `evseId`, the only EVSEs a token is good for, has no word in 1.6: the gateway minds it at the start (C01.FR.21).
 */
import { STATUS_16 } from "../authorise/status16.ts";
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import { rowOf } from "./command-fields.ts";
import { knownToken, remember, toIdTag, toIdToken } from "./tokens.ts";
import { type Draft, lost, objectOf, textOf } from "./tx-state.ts";
import { isoText } from "./tx-time.ts";

/** They pass by themselves, so a station must ask again soon. */
const PASSING: ReadonlySet<string> = new Set(["NoCredit", "NotAtThisTime"]);
const PASSING_LASTS_MS = 60_000;
/** For people and for displays; 1.6 has no field. */
const INFORMATIVE = ["chargingPriority", "language1", "language2", "personalMessage", "tariff"] as const;

/**
 * `idTagInfo` for the `idTokenInfo` of `idTag`. `evseId`: where it is going to charge; undefined where that is not known yet.
 * What matters later (EVSEs, master group) is remembered.
 */
export function toIdTagInfo(draft: Draft, idTag: string, info: Payload, evseId: number | undefined): Payload {
  const word = textOf(info["status"]) ?? "Invalid";
  for (const field of INFORMATIVE) if (info[field] !== undefined) lost(draft, `idTokenInfo.${field}`);
  const group = objectOf(info["groupIdToken"]);
  const evseIds = Array.isArray(info["evseId"]) ? (info["evseId"] as readonly number[]) : undefined;
  noteToken(draft, idTag, evseIds, isMasterGroup(draft, group));
  const isElsewhere = evseId !== undefined && evseIds !== undefined && !evseIds.includes(evseId);
  const status = word === "Accepted" && isElsewhere ? "Invalid" : (rowOf(STATUS_16, word) ?? "Invalid");
  if (rowOf(STATUS_16, word) !== word) lost(draft, `idTokenInfo.status=${word}`);
  const expiry = PASSING.has(word)
    ? isoText(epochMs(draft.env.now + PASSING_LASTS_MS))
    : textOf(info["cacheExpiryDateTime"]);
  return {
    status,
    ...(expiry === undefined ? {} : { expiryDate: expiry }),
    ...(group === undefined ? {} : { parentIdTag: toIdTag(draft, group) }),
  };
}

/** Whether an earlier word on the token, or the local list, keeps it from this EVSE. */
export function isElsewhereOnly(draft: Draft, idTag: string, evseId: number): boolean {
  const evseIds = knownToken(draft, idTag)?.evseIds ?? draft.options.tokenSentDown?.(draft.state, idTag)?.evseIds;
  return evseIds?.includes(evseId) === false;
}

const isMasterGroup = ({ env }: Draft, group: Payload | undefined): boolean => {
  const name = textOf(group?.["idToken"]);
  return name !== undefined && env.settings.masterGroups.includes(name);
};

/** Only tokens with something to remember are kept. */
function noteToken(draft: Draft, idTag: string, evseIds: readonly number[] | undefined, isMaster: boolean): void {
  const before = knownToken(draft, idTag);
  const isSame =
    JSON.stringify(before?.evseIds) === JSON.stringify(evseIds) && (before?.isMaster === true) === isMaster;
  if (isSame) return;
  const { idToken, type, ...rest } = before ?? { idTag, ...toIdToken(draft, idTag) };
  const { evseIds: _old, isMaster: _was, ...names } = rest as Partial<NonNullable<typeof before>> & { idTag: string };
  remember(draft, {
    ...names,
    idToken,
    type,
    ...(evseIds === undefined ? {} : { evseIds }),
    ...(isMaster ? { isMaster } : {}),
  });
}
