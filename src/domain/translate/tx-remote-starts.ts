/** Remote starts that wait for their StartTransaction, which in 1.6 does not say that it belongs to one. */
import type { EpochMs } from "../ids.ts";
import { isSameTag } from "./id-tag.ts";
import { changeMore, type Draft, moreOf, type RemoteStart } from "./tx-state.ts";

/** More than a station has connectors to start at; the oldest is forgotten. */
const MAX_REMOTE_STARTS = 16;

export function putRemoteStart(draft: Draft, remote: RemoteStart): void {
  const others = moreOf(draft.state).remoteStarts.filter(
    ({ remoteStartId, until }) => remoteStartId !== remote.remoteStartId && until > draft.env.now,
  );
  changeMore(draft, { remoteStarts: [...others, remote].slice(-MAX_REMOTE_STARTS) });
}

export function dropRemoteStart(draft: Draft, id: number): void {
  const remoteStarts = moreOf(draft.state).remoteStarts.filter(({ remoteStartId }) => remoteStartId !== id);
  changeMore(draft, { remoteStarts });
}

export const remoteStartOf = (draft: Draft, id: number): RemoteStart | undefined =>
  moreOf(draft.state).remoteStarts.find(({ remoteStartId, until }) => remoteStartId === id && until > draft.env.now);

/** The oldest one with this token that has not named another connector; it is used up. */
export function takeRemoteStart(
  draft: Draft,
  idTag: string,
  connector16: number,
  at: EpochMs,
): RemoteStart | undefined {
  const remote = moreOf(draft.state).remoteStarts.find(
    (waiting) =>
      isSameTag(waiting.idTag, idTag) && (waiting.connector16 ?? connector16) === connector16 && waiting.until >= at,
  );
  if (remote !== undefined) dropRemoteStart(draft, remote.remoteStartId);
  return remote;
}

/** A remote start of this token, whatever its connector. */
export const remoteStartWith = (draft: Draft, idTag: string): RemoteStart | undefined =>
  moreOf(draft.state).remoteStarts.find((waiting) => isSameTag(waiting.idTag, idTag) && waiting.until > draft.env.now);
