/**
 * StopTransaction of a 1.6 station: TransactionEvent(Ended).
 *
 * | transactionId             | becomes                                                                        |
 * | ------------------------- | ------------------------------------------------------------------------------ |
 * | of an open transaction    | its Ended                                                                      |
 * | of one that has ended     | nothing, it is the same message again; after an end the gateway made up, MeterValues with the register |
 * | −1 (errata 3.18)          | Ended of the one open transaction that fits, else as unknown                   |
 * | unknown                   | a recovered transaction, unless the gateway gave that id: then it has ended    |
 *
 * The station is always answered with a CALLRESULT, or it would throw billing data away.
 *
 * @see OCPP 1.6 edition 2 §4.10; OCPP 2.0.1 Part 2 E06, E07
 */
import { epochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { AnswerRule, Asked, CallRule, Transaction, TranslationState, WakeRule } from "./contract.ts";
import { meterValueOf, type Reading, readMeterValues } from "./meter-values-read.ts";
import { wattHours } from "./meter-values-sample.ts";
import { VENDOR_ID } from "./meter-values-signed.ts";
import { knownToken, toIdToken, trimmedTag } from "./tokens.ts";
import { toIdTagInfo } from "./tokens-words.ts";
import { heard } from "./tx-answers.ts";
import { answerWhenTold, tellEvent } from "./tx-events.ts";
import { byTx16, isTx16, stopKeyOf, wasGiven } from "./tx-ids.ts";
import type { TxOptions } from "./tx-options.ts";
import { recover } from "./tx-recovered.ts";
import { registerValue } from "./tx-start.ts";
import {
  announce,
  answer,
  changeMore,
  type Draft,
  draftOf,
  finished,
  lost,
  moreOf,
  objectOf,
  textOf,
} from "./tx-state.ts";
import { BOOT_AFTER, SHARED_REASONS, stopWords, tellsToken } from "./tx-stop-reasons.ts";
import { keep } from "./tx-table.ts";
import { type StationTime, stationTime, wasOffline } from "./tx-time.ts";

/** A station must not wait longer for what the CSMS says of the token that stopped; it has stopped anyway. */
const WAIT_FOR_TOKEN_MS = 5_000;
/** A hint is of a command a moment ago, by the gateway's clock or by the station's. */
const HINT_LASTS_MS = 60_000;
const MAX_WAITING = 16;

/** A StopTransaction, read. */
export interface Stop {
  readonly asked: Asked;
  readonly tx16: number;
  readonly stopKey: string;
  readonly time: StationTime;
  readonly meterStop: number;
  readonly idTag: string | undefined;
  readonly reason: string | undefined;
}

export const stopRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const { payload } = asked;
    const tx16 = Number(payload["transactionId"]);
    const meterStop = Number(payload["meterStop"]);
    const stopKey = stopKeyOf(tx16, payload["timestamp"], meterStop);
    const isRepeated = state.tx.transactions.some((transaction) => transaction.stopKey === stopKey);
    if (isRepeated) {
      answer(draft, asked.ref, {});
      return finished(draft);
    }
    const idTag = textOf(payload["idTag"]);
    const stop: Stop = {
      asked,
      tx16,
      stopKey,
      time: stationTime(draft, payload["timestamp"], asked.at),
      meterStop,
      idTag: idTag === undefined ? undefined : trimmedTag(idTag),
      reason: textOf(payload["reason"]),
    };
    const bootReason = BOOT_AFTER[stop.reason ?? ""];
    if (bootReason !== undefined) changeMore(draft, { bootHint: { reason: bootReason, at: env.now } });
    settle(draft, stop);
    return finished(draft);
  };

function settle(draft: Draft, stop: Stop): void {
  const known = isTx16(stop.tx16) ? byTx16(draft.state, stop.tx16) : theOneThatFits(draft.state, stop);
  const readings = readMeterValues(
    draft,
    stop.asked.payload["transactionData"],
    stop.asked.at,
    known?.lastRegister ?? stop.meterStop,
  ).readings;
  if (known !== undefined && known.endedAt === undefined) end(draft, known, stop, readings);
  else if (known !== undefined) {
    tellLate(draft, known, stop, readings);
    answer(draft, stop.asked.ref, {});
  } else if (wasGiven(draft.state, stop.tx16)) {
    lost(draft, "StopTransaction.repeated");
    answer(draft, stop.asked.ref, {});
  } else {
    const open = recover(draft, stop, readings);
    end(draft, open, stop, readings, { recovered: true });
  }
}

/** Which transaction a station means that never learned its id; never a guess. */
function theOneThatFits({ tx }: TranslationState, { idTag, meterStop, time }: Stop): Transaction | undefined {
  const fitting = tx.transactions.filter(
    (open) =>
      open.endedAt === undefined &&
      (idTag === undefined || idTag.toLowerCase() === open.idTag.toLowerCase()) &&
      meterStop >= open.meterStart &&
      time.at >= open.startedAt,
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function end(draft: Draft, open: Transaction, stop: Stop, readings: readonly Reading[], mark?: Payload): void {
  const { asked, time, idTag, reason, meterStop } = stop;
  const connector = draft.state.tx.connectors[open.connector16];
  if (reason !== undefined && SHARED_REASONS.has(reason)) lost(draft, `StopTransaction.reason=${reason}`);
  const { stoppedReason, triggerReason } = stopWords({
    reason,
    hint: freshHint(open, stop),
    isFaulted: connector?.status === "Faulted",
    errorCode: connector?.errorCode ?? "NoError",
    isMaster: idTag !== undefined && knownToken(draft, idTag)?.isMaster === true,
  });
  const chargingState = connector === undefined || connector.status !== "Available" ? "EVConnected" : "Idle";
  const isTokenTold = idTag !== undefined && tellsToken(reason);
  const isWaited = isTokenTold && !asked.offline;
  const { stopHint: _used, ...ended } = { ...open, endedAt: draft.env.now, stopKey: stop.stopKey, chargingState };
  const told = tellEvent(
    draft,
    { ...ended, lastRegister: meterStop },
    {
      eventType: "Ended",
      timestamp: time.text,
      triggerReason,
      offline: mark !== undefined || wasOffline(asked, time, draft.env),
      info: { chargingState, stoppedReason },
      meterValue: withFinalRegister(readings, time.text, meterStop),
      fields: {
        ...(isTokenTold ? { idToken: toIdToken(draft, idTag) } : {}),
        ...(mark === undefined ? {} : { customData: { vendorId: VENDOR_ID, ...mark } }),
      },
      ...(isWaited ? { job: { kind: "tx.ended", ref: asked.ref, idTag } } : {}),
    },
  );
  if (isWaited) wait(draft, asked.ref);
  else answerWhenTold(draft, asked.ref, {});
  announce(draft, told, "ended");
}

function freshHint({ stopHint }: Transaction, { asked, time }: Stop): string | undefined {
  if (stopHint === undefined) return undefined;
  const isFresh = (at: number) => Math.abs(at - stopHint.at) < HINT_LASTS_MS;
  return isFresh(asked.at) || isFresh(time.at) ? stopHint.reason : undefined;
}

/** The readings the station collected, and `meterStop` where none of them says exactly that. */
function withFinalRegister(readings: readonly Reading[], timestamp: string, meterStop: number): readonly Payload[] {
  const isSaid = readings.some(({ samples }) =>
    samples.some((sample) => sample.isTotal && sample.context === "Transaction.End" && wattHours(sample) === meterStop),
  );
  const meterValue = readings.map(meterValueOf);
  return isSaid ? meterValue : [...meterValue, registerValue(timestamp, meterStop, "Transaction.End")];
}

/** The real stop of a transaction the gateway had ended: no event may follow, but the register must not be lost. */
function tellLate(draft: Draft, ended: Transaction, stop: Stop, readings: readonly Reading[]): void {
  if (ended.stopKey !== undefined) {
    lost(draft, "StopTransaction.repeated");
    return;
  }
  keep(draft, { ...ended, stopKey: stop.stopKey });
  draft.wants.push({
    do: "ask",
    peer: "csms",
    action: "MeterValues",
    payload: {
      evseId: ended.evseId,
      meterValue: withFinalRegister(readings, stop.time.text, stop.meterStop),
      customData: { vendorId: VENDOR_ID, transactionId: ended.id },
    },
  });
}

// --- the station's answer ---------------------------------------------------------------------------------------------

function wait(draft: Draft, ref: string): void {
  changeMore(draft, { stopsWaiting: [...moreOf(draft.state).stopsWaiting.slice(1 - MAX_WAITING), ref] });
  if (draft.options.answersAfter === "delivered") return;
  draft.wants.push({
    do: "wake",
    job: { kind: "tx.stopUnanswered", key: ref },
    at: epochMs(draft.env.now + WAIT_FOR_TOKEN_MS),
  });
}

/** Answers it, unless it was answered before. */
function release(draft: Draft, ref: string, payload: Payload): void {
  const { stopsWaiting } = moreOf(draft.state);
  if (!stopsWaiting.includes(ref)) return;
  changeMore(draft, { stopsWaiting: stopsWaiting.filter((waiting) => waiting !== ref) });
  answer(draft, ref, payload);
}

export const endedAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    heard(draft, outcome);
    const info = outcome.kind === "result" ? objectOf(outcome.payload["idTokenInfo"]) : undefined;
    const ref = String(job["ref"]);
    const idTagInfo = info === undefined ? undefined : toIdTagInfo(draft, String(job["idTag"]), info, undefined);
    release(draft, ref, idTagInfo === undefined ? {} : { idTagInfo });
    if (outcome.kind === "result" && outcome.payload["totalCost"] !== undefined) {
      lost(draft, "TransactionEventResponse.totalCost");
    }
    draft.wants.push({ do: "wake", job: { kind: "tx.stopUnanswered", key: ref }, at: undefined });
    return finished(draft);
  };

export const stopUnanswered =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, { key }, env) => {
    const draft = draftOf(state, env, options);
    release(draft, String(key), {});
    return finished(draft);
  };

/** `answersAfter: "delivered"`: the CSMS has the last event of the station's message. */
export const deliveredAnswer =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, job, outcome, env) => {
    const draft = draftOf(state, env, options);
    heard(draft, outcome);
    answer(draft, String(job["ref"]), objectOf(job["payload"]) ?? {});
    return finished(draft);
  };
