/**
 * Commands of the CSMS about transactions: RequestStartTransaction, RequestStopTransaction, GetTransactionStatus.
 *
 * What cannot work is refused here, with the reason; the rest is up to the station. A remote start is remembered until its
 * StartTransaction comes, for 1.6 does not name it (F02.FR.01); `transactionId` is never in the response, as there is none before.
 *
 * | RequestStartTransaction                     | reasonCode        |
 * | ------------------------------------------- | ----------------- |
 * | the CSMS has not accepted the station       | CSNotAccepted     |
 * | the station has no connection               | InternalError     |
 * | no such EVSE                                | UnknownEvse       |
 * | a transaction is open there                 | TxInProgress      |
 * | every connector there is unavailable, faulted, or reserved for another token | Unspecified |
 * | its profile cannot be had in 1.6            | that of the profile's rules |
 *
 * @see OCPP 2.0.1 Part 2 F01, F02, F03, E14, B02.FR.05, B03.FR.08, K05.FR.04
 */
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import {
  type AnswerRule,
  type Asked,
  type CallRule,
  connectors16Of,
  type Outcome,
  openTransactionAt,
  openTransactions,
  type TranslationState,
  transactionById,
} from "./contract.ts";
import { isSameTag } from "./id-tag.ts";
import { sentToken } from "./token-alias.ts";
import { toIdTag } from "./tokens.ts";
import { byTx16 } from "./tx-ids.ts";
import { DEFAULT_REMOTE_START_LASTS_MS, type Place, type TxOptions } from "./tx-options.ts";
import { dropRemoteStart, putRemoteStart, remoteStartOf } from "./tx-remote-starts.ts";
import { answer, ask, type Draft, draftOf, finished, lost, objectOf, refuse, textOf } from "./tx-state.ts";
import { keep } from "./tx-table.ts";

const LONGEST_INFO = 512;

function reject(draft: Draft, ref: string, reasonCode: string, additionalInfo?: string): void {
  const statusInfo = { reasonCode, ...(additionalInfo === undefined ? {} : { additionalInfo }) };
  answer(draft, ref, { status: "Rejected", statusInfo });
}

/** Refuses what may not be asked of a station that is not accepted or not there; true when it has. */
function isRefused(draft: Draft, { ref }: Asked): boolean {
  const { registration } = draft.state.tx;
  if (registration === "Rejected") refuse(draft, ref, "SecurityError", "the station was not accepted");
  else if (registration !== "Accepted") reject(draft, ref, "CSNotAccepted");
  else if (!draft.env.isStationOnline) reject(draft, ref, "InternalError", "station offline");
  else return false;
  return true;
}

// --- start ------------------------------------------------------------------------------------------------------------

export const requestStartRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const repeated = remoteStartOf(draft, Number(asked.payload["remoteStartId"]));
    if (isRefused(draft, asked)) return finished(draft);
    if (repeated?.isAccepted === true) answer(draft, asked.ref, { status: "Accepted" });
    else requestStart(draft, asked);
    return finished(draft);
  };

/** Where to charge, or why not. `undefined`: the station chooses. */
type Choice = { readonly place: Place | undefined } | { readonly reject: string; readonly info?: string };

function requestStart(draft: Draft, asked: Asked): void {
  const { payload, ref } = asked;
  const tags = [payload["idToken"], payload["groupIdToken"]].flatMap((token) => {
    const said = objectOf(token);
    return said === undefined ? [] : [sentToken(said).idTag];
  });
  const choice = choose(draft, payload["evseId"] as number | undefined, tags);
  if ("reject" in choice) {
    reject(draft, ref, choice.reject, choice.info);
    return;
  }
  const remoteStartId = Number(payload["remoteStartId"]);
  const profile = profileFor(draft, objectOf(payload["chargingProfile"]), { place: choice.place, remoteStartId });
  if ("reject" in profile) {
    reject(draft, ref, profile.reject);
    return;
  }
  const token = objectOf(payload["idToken"]) ?? {};
  const idTag = toIdTag(draft, token);
  const group = objectOf(payload["groupIdToken"]);
  if (group !== undefined) toIdTag(draft, group);
  const connector16 = choice.place?.connector16;
  putRemoteStart(draft, {
    remoteStartId,
    idTag,
    type: textOf(token["type"]) ?? "",
    until: epochMs(draft.env.now + (draft.options.remoteStartLastsMs ?? DEFAULT_REMOTE_START_LASTS_MS)),
    ...(connector16 === undefined ? {} : { connector16 }),
  });
  const request: Payload = {
    idTag,
    ...(connector16 === undefined ? {} : { connectorId: connector16 }),
    ...(profile.profile16 === undefined ? {} : { chargingProfile: profile.profile16 }),
  };
  ask(draft, "station", "RemoteStartTransaction", request, { kind: "tx.remoteStart", ref, remoteStartId });
}

function choose(draft: Draft, evseId: number | undefined, tags: readonly string[]): Choice {
  const { topology } = draft.env;
  const all = topology.evses.flatMap(({ evseId: id, connectors }) =>
    connectors.map(({ connector16 }) => ({ evseId: id, connector16 })),
  );
  const connectors = evseId === undefined ? all : all.filter((place) => place.evseId === evseId);
  if (evseId !== undefined && connectors16Of(topology, evseId).length === 0) return { reject: "UnknownEvse" };
  const free = connectors.filter(({ evseId: id }) => !isBusy(draft, id));
  if (free.length === 0) return connectors.length === 0 ? { place: undefined } : { reject: "TxInProgress" };
  const statusAt = (place: Place) => draft.state.tx.connectors[place.connector16]?.status;
  const working = free.filter((place) => !["Unavailable", "Faulted"].includes(statusAt(place) ?? ""));
  const usable = working.filter((place) => isFor(draft, place, tags));
  if (working.length > 0 && usable.length === 0) return { reject: "Unspecified", info: "reserved for another token" };
  if (usable.length === 0) return { reject: "Unspecified", info: `connector is ${statusAt(free[0] as Place)}` };
  const ready = usable.find((place) => ["Available", "Preparing"].includes(statusAt(place) ?? ""));
  // Whatever state a lone connector is in, it is the one that is meant.
  const lone = connectors.length === 1 || evseId !== undefined ? usable[0] : undefined;
  return { place: ready ?? lone };
}

/** Not reserved, or for one of these. */
function isFor({ state, env, options }: Draft, { connector16 }: Place, tags: readonly string[]): boolean {
  const reserved = options.reservedTags?.(state, connector16, env.now);
  return reserved === undefined || tags.some((tag) => reserved.some((known) => isSameTag(known, tag)));
}

const isBusy = ({ env, state }: Draft, evseId: number): boolean =>
  connectors16Of(env.topology, evseId).some((connector16) => openTransactionAt(state, connector16) !== undefined);

function profileFor(
  draft: Draft,
  profile: Payload | undefined,
  { place, remoteStartId }: { readonly place: Place | undefined; readonly remoteStartId: number },
): { readonly profile16?: Payload } | { readonly reject: string } {
  if (profile === undefined) return {};
  const { featureProfiles } = draft.state.capabilities;
  if (featureProfiles.length > 0 && !featureProfiles.includes("SmartCharging")) {
    lost(draft, "RequestStartTransaction.chargingProfile");
    return {};
  }
  const isForStart = profile["chargingProfilePurpose"] === "TxProfile" && profile["transactionId"] === undefined;
  if (!isForStart || draft.options.remoteStartProfile === undefined) return { reject: "InvalidProfile" };
  const answered = draft.options.remoteStartProfile(draft.state, profile, place, draft.env, remoteStartId);
  if ("reject" in answered) return answered;
  draft.state = answered.state ?? draft.state;
  return answered;
}

export const remoteStartAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    const remoteStartId = Number(job["remoteStartId"]);
    const isAccepted = answerCommand(draft, String(job["ref"]), outcome);
    const remote = remoteStartOf(draft, remoteStartId);
    if (!isAccepted) dropRemoteStart(draft, remoteStartId);
    // Not there any more: its StartTransaction has come before the answer.
    else if (remote !== undefined) putRemoteStart(draft, { ...remote, isAccepted: true });
    return finished(draft);
  };

/** Accepted and Rejected are the same words; true when Accepted. */
function answerCommand(draft: Draft, ref: string, outcome: Outcome): boolean {
  if (outcome.kind === "result") {
    const isAccepted = outcome.payload["status"] === "Accepted";
    answer(draft, ref, { status: isAccepted ? "Accepted" : "Rejected" });
    return isAccepted;
  }
  const isUnknown = outcome.kind === "error" && ["NotSupported", "NotImplemented"].includes(outcome.code);
  const info = outcome.kind === "error" ? outcome.description.slice(0, LONGEST_INFO) : "no answer from the station";
  reject(draft, ref, isUnknown ? "UnsupportedRequest" : "InternalError", info === "" ? undefined : info);
  return false;
}

// --- stop -------------------------------------------------------------------------------------------------------------

export const requestStopRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    if (isRefused(draft, asked)) return finished(draft);
    const transaction = transactionById(state, textOf(asked.payload["transactionId"]) ?? "");
    if (transaction === undefined || transaction.endedAt !== undefined) reject(draft, asked.ref, "TxNotFound");
    else {
      const { tx16 } = transaction;
      const job = { kind: "tx.remoteStop", ref: asked.ref, tx16 };
      ask(draft, "station", "RemoteStopTransaction", { transactionId: tx16 }, job);
    }
    return finished(draft);
  };

export const remoteStopAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    const isAccepted = answerCommand(draft, String(job["ref"]), outcome);
    const transaction = byTx16(state, Number(job["tx16"]));
    if (isAccepted && transaction !== undefined && transaction.endedAt === undefined) {
      keep(draft, { ...transaction, stopHint: { reason: "RemoteStop", at: env.now } });
    }
    return finished(draft);
  };

// --- status -----------------------------------------------------------------------------------------------------------

/** Answered by the gateway alone. A station that is away while it charges has messages of its own in its queue (E14). */
export const transactionStatusRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, { ref, payload }, env) => {
    const draft = draftOf(state, env, options);
    const id = textOf(payload["transactionId"]);
    const isQueued = (id16?: string) => env.hasQueuedEvents?.(id16) ?? false;
    if (id === undefined) {
      const isHeldByStation = !env.isStationOnline && openTransactions(state).length > 0;
      answer(draft, ref, { messagesInQueue: isQueued() || isHeldByStation });
      return finished(draft);
    }
    const transaction = transactionById(state, id);
    const ongoingIndicator = transaction !== undefined && transaction.endedAt === undefined;
    const messagesInQueue = transaction !== undefined && (isQueued(id) || (ongoingIndicator && !env.isStationOnline));
    answer(draft, ref, { ongoingIndicator, messagesInQueue });
    return finished(draft);
  };
