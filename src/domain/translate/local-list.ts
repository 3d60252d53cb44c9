/**
 * SendLocalList and GetLocalListVersion, and a copy of the list.
 *
 * | 2.0.1                                  | 1.6                    | note                                                          |
 * | -------------------------------------- | ---------------------- | ------------------------------------------------------------- |
 * | `versionNumber`                        | `listVersion`          | above 0 on both sides                                         |
 * | `updateType`                           | `updateType`           |                                                               |
 * | `idToken`                              | `idTag`                | longer than 20: Failed, TooLargeElement: no card presents an alias |
 * | `idTokenInfo` absent                   | `idTagInfo` absent     | deletes; not in a full list (MissingParam)                    |
 * | `idTokenInfo.status`                   | `idTagInfo.status`     | table below                                                   |
 * | `cacheExpiryDateTime`                  | `expiryDate`           |                                                               |
 * | `groupIdToken`                         | `parentIdTag`          | by alias when longer than 20                                  |
 * | `evseId`                               | –                      | kept in the copy: the gateway minds it                        |
 * | priority, languages, message           | –                      | lost                                                          |
 *
 * More entries than SendLocalListMaxLength are refused: in parts, the versions of the two sides would go apart.
 *
 * @see OCPP 2.0.1 D01, D02; OCPP 1.6 edition 2 §5.15, §5.10
 */
import { STATUS_16 } from "../authorise/status16.ts";
import type { Payload } from "../ocpp/frame.ts";
import { compact, numberAt, objectAt, objectsAt, rowOf, textAt } from "./command-fields.ts";
import {
  also,
  answer,
  askStation,
  type CommandJob,
  commandJob,
  hasProfile,
  jobFor,
  reason,
  refuse,
  relayStatus,
  say,
  statusOf,
} from "./command-kit.ts";
import { commandsOf, type ListEntry, withCommands } from "./command-state.ts";
import type { AnswerRule, Block, CallRule, Env, Step, TranslationState, Want } from "./contract.ts";
import { isWithoutFunction, type Reason } from "./errors.ts";
import { needsAlias, sentToken } from "./token-alias.ts";

interface Sending extends CommandJob {
  readonly version: number;
  readonly isFull: boolean;
  readonly put: readonly ListEntry[];
  readonly removed: readonly string[];
}

/** Entries of the copy; a longer list is refused, however long the station's may be. */
const CAPACITY = 5_000;

const send: CallRule<TranslationState> = (state, asked, env) => {
  const all = objectsAt(asked.payload, "localAuthorizationList");
  const isFull = textAt(asked.payload, "updateType") === "Full";
  const refusal = refusalOf(state, asked.payload, all, env);
  if (refusal !== undefined) return say(state, asked, "Failed", refusal);
  const entries = all.filter((entry) => !isTooLong(entry));
  const version = numberAt(asked.payload, "versionNumber") ?? 0;
  const payload = {
    listVersion: version,
    updateType: isFull ? "Full" : "Differential",
    localAuthorizationList: entries.map(entry16),
  };
  const job: Sending = {
    ...jobFor("localList.sent", asked),
    version,
    isFull,
    put: entries.flatMap(listEntry),
    removed: entries.filter(isRemoval).map((entry) => tokenOf(entry).idTag.toLowerCase()),
  };
  const step = askStation(state, { action: "SendLocalList", payload, job }, sent, env);
  return also(step, ...lostStatuses(entries), ...skippedOf(all.length - entries.length));
};

function refusalOf(
  state: TranslationState,
  payload: Payload,
  entries: readonly Payload[],
  { settings }: Env,
): Reason | undefined {
  if (!hasProfile(state, "LocalAuthListManagement")) return reason("UnsupportedRequest");
  if ((numberAt(payload, "versionNumber") ?? 0) <= 0) return reason("ValuePositiveOnly");
  const most = Math.min(state.capabilities.sendLocalListMaxLength ?? CAPACITY, CAPACITY);
  if (entries.length > most) return reason("TooManyElements");
  if (textAt(payload, "updateType") === "Full" && entries.some(isRemoval)) return reason("MissingParam");
  if (settings.skipUnsupportedTokens !== true && entries.some(isTooLong)) return reason("TooLargeElement");
  return undefined;
}

const tokenOf = (entry: Payload) => sentToken(objectAt(entry, "idToken") ?? {});
const isTooLong = (entry: Payload): boolean => needsAlias(tokenOf(entry));
const isRemoval = (entry: Payload): boolean => entry["idTokenInfo"] === undefined;

function entry16(entry: Payload): Payload {
  const info = objectAt(entry, "idTokenInfo");
  const group = info === undefined ? undefined : objectAt(info, "groupIdToken");
  const idTagInfo =
    info &&
    compact({
      status: rowOf(STATUS_16, textAt(info, "status") ?? "") ?? "Invalid",
      expiryDate: info["cacheExpiryDateTime"],
      parentIdTag: group && sentToken(group).idTag,
    });
  return compact({ idTag: tokenOf(entry).idTag, idTagInfo });
}

function listEntry(entry: Payload): ListEntry[] {
  const info = objectAt(entry, "idTokenInfo");
  if (info === undefined) return [];
  const evseIds = info["evseId"];
  const isLimited = Array.isArray(evseIds);
  return [{ ...tokenOf(entry), status: textAt(info, "status") ?? "", ...(isLimited ? { evseIds } : {}) }];
}

/** Words that 1.6 has another, wider one for. */
const lostStatuses = (entries: readonly Payload[]): readonly Want[] =>
  entries.flatMap((entry): Want[] => {
    const status = textAt(objectAt(entry, "idTokenInfo") ?? {}, "status");
    const isSame = status === undefined || rowOf(STATUS_16, status) === status;
    return isSame ? [] : [{ do: "lost", what: `SendLocalList.localAuthorizationList.idTokenInfo.status=${status}` }];
  });

const skippedOf = (count: number): readonly Want[] =>
  Array.from({ length: count }, () => ({ do: "lost", what: "AuthorizationData" }));

const sent: AnswerRule<TranslationState> = (state, job, outcome) => {
  if (statusOf(outcome) === "NotSupported") return say(state, commandJob(job), "Failed", reason("UnsupportedRequest"));
  const next = statusOf(outcome) === "Accepted" ? applied(state, job as Sending) : { state, wants: [] };
  const known = ["Accepted", "Failed", "VersionMismatch"];
  return also(relayStatus(next.state, job, outcome, { known, otherwise: "Failed" }), ...next.wants);
};

/** The list as the station has it now; entries beyond the copy's capacity are the oldest. */
function applied(state: TranslationState, { version, isFull, put, removed }: Sending): Step<TranslationState> {
  const replaced = new Set([...removed, ...put.map(({ idTag }) => idTag.toLowerCase())]);
  const before = isFull ? [] : commandsOf(state).localList.entries;
  const kept = before.filter(({ idTag }) => !replaced.has(idTag.toLowerCase()));
  const entries = [...kept, ...put];
  const next = withCommands(state, { localList: { version, entries: entries.slice(-CAPACITY) } });
  return { state: next, wants: entries.length > CAPACITY ? [{ do: "lost", what: "LocalList.copy" }] : [] };
}

const getVersion: CallRule<TranslationState> = (state, asked, env) => {
  if (!hasProfile(state, "LocalAuthListManagement")) return answer(state, asked, { versionNumber: 0 });
  const job = jobFor("localList.version", asked);
  return askStation(state, { action: "GetLocalListVersion", payload: {}, job }, versionAnswered, env);
};

/** −1 says that there is no list, which 2.0.1 calls version 0 (D02.FR.03). The copy knows while the station is away. */
const versionAnswered: AnswerRule<TranslationState> = (state, job, outcome) => {
  const listVersion = outcome.kind === "result" ? numberAt(outcome.payload, "listVersion") : undefined;
  if (listVersion !== undefined) return answer(state, commandJob(job), { versionNumber: Math.max(0, listVersion) });
  if (isWithoutFunction(outcome)) return answer(state, commandJob(job), { versionNumber: 0 });
  const { version } = commandsOf(state).localList;
  if (version > 0) return answer(state, commandJob(job), { versionNumber: version });
  return refuse(state, commandJob(job), "InternalError", "the station did not say");
};

export const localList: Block = {
  from: { csms: { SendLocalList: send, GetLocalListVersion: getVersion } },
  answers: { "localList.sent": sent, "localList.version": versionAnswered },
};
