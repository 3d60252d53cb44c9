/**
 * StartTransaction of a 1.6 station: both ids are given, TransactionEvent(Started) is told, and the station is answered with what the
 * CSMS says of the token.
 *
 *     station ─ StartTransaction ─▶ tx16, UUID ─▶ TransactionEvent(Started, 0) ─▶ CSMS
 *     station ◀─ tx16, idTagInfo ────────────────────────────── idTokenInfo ◀─
 *
 * The same start under another message id gets the same tx16 and the same words, and the CSMS no second event. A start on a connector
 * that has an open transaction ends that one: its stop was lost.
 *
 * @see OCPP 1.6 edition 2 §4.8; OCPP 2.0.1 Part 2 E01, E05, F02.FR.01, F02.FR.21, C01.FR.21
 */
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, Asked, CallRule, Transaction, TranslationState } from "./contract.ts";
import { REGISTER } from "./meter-values-sample.ts";
import { VENDOR_ID } from "./meter-values-signed.ts";
import { STARTING_STATE } from "./status-tables.ts";
import { toIdToken, trimmedTag } from "./tokens.ts";
import { isElsewhereOnly, toIdTagInfo } from "./tokens-words.ts";
import { heard } from "./tx-answers.ts";
import { deauthorise } from "./tx-deauthorise.ts";
import { tellEvent } from "./tx-events.ts";
import { byTx16, giveTx16, startKeyOf } from "./tx-ids.ts";
import type { TxOptions } from "./tx-options.ts";
import { evsePlace } from "./tx-places.ts";
import { takeRemoteStart } from "./tx-remote-starts.ts";
import {
  announce,
  answer,
  type Draft,
  draftOf,
  finished,
  isTooEarly,
  lost,
  objectOf,
  refuse,
  repaired,
  textOf,
} from "./tx-state.ts";
import { noteStart, startNote } from "./tx-table.ts";
import { type StationTime, stationTime, wasOffline } from "./tx-time.ts";

/** More than any station has connectors; the topology says how many this one has, but it may be wrong. */
const MAX_OPEN = 64;
/** Calls that wait for the same start; the oldest was given up by the station long ago. */
const MAX_WAITING = 8;

/** A register reading as the only sample of its instant. */
export const registerValue = (timestamp: string, wh: number, context: string): Payload => ({
  timestamp,
  sampledValue: [{ value: wh, context, measurand: REGISTER, location: "Outlet", unitOfMeasure: { unit: "Wh" } }],
});

export const startRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const connector16 = Number(asked.payload["connectorId"]);
    const startKey = startKeyOf(
      connector16,
      textOf(asked.payload["idTag"]) ?? "",
      asked.payload["timestamp"],
      Number(asked.payload["meterStart"]),
    );
    const known = state.tx.transactions.find((transaction) => transaction.startKey === startKey);
    if (known !== undefined) answerAgain(draft, known, asked.ref);
    else if (isTooEarly(state, asked)) refuse(draft, asked.ref, "SecurityError", "not accepted yet");
    else if (connector16 < 1 || openCount(state) >= MAX_OPEN) {
      refuse(draft, asked.ref, "PropertyConstraintViolation", "connectorId");
    } else start(draft, connector16, startKey, asked);
    return finished(draft);
  };

const openCount = ({ tx }: TranslationState): number =>
  tx.transactions.filter(({ endedAt }) => endedAt === undefined).length;

function answerAgain(draft: Draft, { tx16 }: Transaction, ref: string): void {
  const note = startNote(draft, tx16);
  if (note.idTagInfo !== undefined) answer(draft, ref, { transactionId: tx16, idTagInfo: note.idTagInfo });
  else if (note.waiting?.includes(ref) !== true) {
    noteStart(draft, tx16, { ...note, waiting: [...(note.waiting ?? []), ref].slice(-MAX_WAITING) });
  }
}

function start(draft: Draft, connector16: number, startKey: string, asked: Asked): void {
  const { payload } = asked;
  const time = stationTime(draft, payload["timestamp"], asked.at);
  endForgotten(draft, connector16, time, asked.offline);
  const raw = textOf(payload["idTag"]) ?? "";
  const idTag = trimmedTag(raw);
  if (idTag !== raw) repaired(draft, "blanks behind an idTag");
  const place = evsePlace(draft.env, connector16);
  const remote = takeRemoteStart(draft, idTag, connector16, asked.at);
  const meterStart = Number(payload["meterStart"]);
  const tx16 = giveTx16(draft);
  const chargingState = STARTING_STATE[draft.state.tx.connectors[connector16]?.status ?? ""] ?? "EVConnected";
  const offline = wasOffline(asked, time, draft.env);
  noteStart(draft, tx16, { waiting: [asked.ref] });
  const told = tellEvent(
    draft,
    {
      tx16,
      id: draft.env.uuid(),
      connector16,
      evseId: place.evseId,
      seqNo: 0,
      idTag,
      meterStart,
      startedAt: time.at,
      chargingState,
      lastRegister: meterStart,
      startKey,
      ...(chargingState === "Charging" ? { powerPathClosedAt: time.at } : {}),
      ...(remote === undefined ? {} : { remoteStartId: remote.remoteStartId }),
    },
    {
      eventType: "Started",
      timestamp: time.text,
      triggerReason: remote === undefined ? "Authorized" : "RemoteStart",
      offline,
      info: { chargingState, ...(remote === undefined ? {} : { remoteStartId: remote.remoteStartId }) },
      meterValue: [registerValue(time.text, meterStart, "Transaction.Begin")],
      fields: {
        idToken: toIdToken(draft, idTag),
        evse: { id: place.evseId, connectorId: place.connectorId },
        ...(payload["reservationId"] === undefined ? {} : { reservationId: payload["reservationId"] }),
      },
      job: { kind: "tx.started", tx16, offline: asked.offline },
    },
  );
  announce(draft, told, "started");
}

/** Ends what is still open on the connector and began no later: one connector has one transaction, so its stop was lost. */
function endForgotten(draft: Draft, connector16: number, time: StationTime, offline: boolean): void {
  for (const open of draft.state.tx.transactions) {
    const isForgotten = open.connector16 === connector16 && open.endedAt === undefined && open.startedAt <= time.at;
    if (!isForgotten) continue;
    lost(draft, "StopTransaction");
    const told = tellEvent(
      draft,
      { ...open, endedAt: draft.env.now },
      {
        eventType: "Ended",
        timestamp: time.text,
        triggerReason: "AbnormalCondition",
        offline,
        info: { stoppedReason: "Other" },
        meterValue: [registerValue(time.text, open.lastRegister, "Transaction.End")],
        fields: { customData: { vendorId: VENDOR_ID, synthesizedEnd: true } },
      },
    );
    announce(draft, told, "ended");
  }
}

/** The CSMS has answered the Started: everybody who waits for the start is told, and what it refused too late is stopped. */
export const startedAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    heard(draft, outcome);
    const transaction = byTx16(draft.state, Number(job["tx16"]));
    if (transaction === undefined) return finished(draft);
    const payload = outcome.kind === "result" ? outcome.payload : undefined;
    const idTagInfo = wordsFor(draft, transaction, payload);
    const { waiting = [] } = startNote(draft, transaction.tx16);
    const chargingPriority = payload?.["chargingPriority"];
    noteStart(draft, transaction.tx16, {
      idTagInfo,
      ...(typeof chargingPriority === "number" ? { chargingPriority } : {}),
    });
    for (const ref of waiting) answer(draft, ref, { transactionId: transaction.tx16, idTagInfo });
    if (payload?.["totalCost"] !== undefined) lost(draft, "TransactionEventResponse.totalCost");
    if (payload?.["updatedPersonalMessage"] !== undefined)
      lost(draft, "TransactionEventResponse.updatedPersonalMessage");
    const isRefused = idTagInfo["status"] !== "Accepted";
    if (isRefused && payload !== undefined) deauthorise(draft, transaction, job["offline"] === true);
    return finished(draft);
  };

/** A transaction the CSMS says nothing about is accepted; one it never answered for is what the operator says of such. */
function wordsFor(draft: Draft, { idTag, evseId, remoteStartId }: Transaction, payload: Payload | undefined): Payload {
  if (payload === undefined) {
    return { status: remoteStartId === undefined ? (draft.options.undecidedToken ?? "Invalid") : "Accepted" };
  }
  const info = objectOf(payload["idTokenInfo"]);
  if (info !== undefined) return toIdTagInfo(draft, idTag, info, evseId);
  return { status: isElsewhereOnly(draft, idTag, evseId) ? "Invalid" : "Accepted" };
}
