/**
 * StatusNotification of a 1.6 station says three things at once, 2.x says each by itself:
 *
 *     status ─▶ (a) availability   StatusNotification, when the 2.x word changes (2.1: NotifyEvent AvailabilityState)
 *            ─▶ (b) progress       TransactionEvent(Updated), when a transaction is open there
 *     error  ─▶ (c) faults         NotifyEvent Problem, and cleared when it is gone
 *
 * Connector 0 is the whole station, which has no StatusNotification in 2.x: NotifyEvent ChargingStation.AvailabilityState.
 *
 * @see OCPP 1.6 edition 2 §4.9; OCPP 2.0.1 Part 2 B01.FR.05, B04, G01, E02
 */
import type { Payload } from "../ocpp/frame.ts";
import {
  type AnswerRule,
  type Asked,
  type CallRule,
  type Connector16,
  nothingWanted,
  openTransactionAt,
  type TranslationState,
  type WakeRule,
} from "./contract.ts";
import { availabilityData, notify, problemComponent, problemData } from "./status-events.ts";
import { tellProgress } from "./status-progress.ts";
import { CONNECTOR_STATUS, isShared } from "./status-tables.ts";
import { heard } from "./tx-answers.ts";
import type { TxOptions } from "./tx-options.ts";
import { evsePlace } from "./tx-places.ts";
import { answer, ask, change, type Draft, draftOf, finished, isTooEarly, refuse, textOf } from "./tx-state.ts";
import { isoText, type StationTime, stationTime, wasOffline } from "./tx-time.ts";

/** Stations with far fewer connectors exist only; one that counts up for ever must not fill the state. */
const MAX_CONNECTORS = 128;
export const statusRule =
  (options: TxOptions): CallRule<TranslationState> =>
  (state, asked, env) => {
    const draft = draftOf(state, env, options);
    const connector16 = Number(asked.payload["connectorId"]);
    const isTriggered = obey(draft, connector16);
    if (connector16 < 0 || Object.keys(state.tx.connectors).length > MAX_CONNECTORS) {
      refuse(draft, asked.ref, "PropertyConstraintViolation", "connectorId");
      return finished(draft);
    }
    if (isTooEarly(state, asked) && !isTriggered) {
      remember(draft, connector16, asked, stationTime(draft, asked.payload["timestamp"], asked.at));
      refuse(draft, asked.ref, "SecurityError", "not accepted yet");
      return finished(draft);
    }
    tell(draft, connector16, asked, isTriggered);
    answer(draft, asked.ref, {});
    return finished(draft);
  };

function obey(draft: Draft, connector16: number): boolean {
  const { triggers } = draft.options;
  const trigger = triggers?.find(draft.state, connector16, draft.env.now, ["StatusNotification"]);
  if (triggers === undefined || trigger === undefined) return false;
  draft.state = triggers.consume(draft.state, trigger, connector16);
  return true;
}

const at = ({ state }: Draft, connector16: number): Connector16 | undefined => state.tx.connectors[connector16];

function put(draft: Draft, connector16: number, connector: Connector16): void {
  change(draft, { connectors: { ...draft.state.tx.connectors, [connector16]: connector } });
}

function remember(draft: Draft, connector16: number, { payload }: Asked, time: StationTime): Connector16 | undefined {
  const before = at(draft, connector16);
  const status = textOf(payload["status"]) ?? "Available";
  const errorCode = textOf(payload["errorCode"]) ?? "NoError";
  put(draft, connector16, { ...before, status, errorCode, at: time.at });
  return before;
}

function tell(draft: Draft, connector16: number, asked: Asked, isTriggered: boolean): void {
  const time = stationTime(draft, asked.payload["timestamp"], asked.at);
  const before = remember(draft, connector16, asked, time);
  tellAvailability(draft, connector16, time.text, isTriggered);
  tellProgress(draft, connector16, {
    status: textOf(asked.payload["status"]) ?? "",
    before: before?.status,
    info: textOf(asked.payload["info"]),
    at: time.at,
    timestamp: time.text,
    isOffline: wasOffline(asked, time, draft.env),
  });
  tellProblems(draft, connector16, before?.errorCode ?? "NoError", asked.payload, time);
}

/** (a), if the CSMS was not told the same before. */
function tellAvailability(draft: Draft, connector16: number, timestamp: string, isForced: boolean): void {
  const connector = at(draft, connector16);
  const word = CONNECTOR_STATUS[connector?.status ?? ""];
  if (connector === undefined || word === undefined || isHiddenSibling(draft, connector16, connector)) return;
  if (word === connector.reported && !isForced) return;
  put(draft, connector16, { ...connector, reported: word });
  const job = { kind: "tx.statusTold", connector16, word };
  if (connector16 === 0 || draft.env.northVersion === "ocpp2.1") {
    notify(draft, [availabilityData(draft, connector16, word, timestamp)], job);
    return;
  }
  const place = evsePlace(draft.env, connector16);
  ask(draft, "csms", "StatusNotification", { timestamp, connectorStatus: word, ...place }, job);
}

/** A connector that is only unavailable because another one of its EVSE is in use: 2.x does not report it (G01.FR.08). */
function isHiddenSibling({ env, state }: Draft, connector16: number, { status }: Connector16): boolean {
  if (status !== "Unavailable") return false;
  const evse = env.topology.evses.find(({ connectors }) => connectors.some((one) => one.connector16 === connector16));
  return (evse?.connectors ?? []).some(({ connector16: other }) => {
    if (other === connector16) return false;
    const word = CONNECTOR_STATUS[state.tx.connectors[other]?.status ?? ""];
    return word === "Occupied" || openTransactionAt(state, other) !== undefined;
  });
}

/** (c): the error that was there is gone when another one, or none, is reported. */
function tellProblems(draft: Draft, connector16: number, before: string, payload: Payload, time: StationTime): void {
  const errorCode = textOf(payload["errorCode"]) ?? "NoError";
  if (errorCode === before) return;
  const when = { at: time.at, timestamp: time.text };
  const eventData: Payload[] = [];
  if (before !== "NoError") {
    const gone = { component: problemComponent(before), techCode: before, cleared: true, ...when } as const;
    eventData.push(problemData(draft, connector16, gone));
  }
  if (errorCode !== "NoError") {
    const techCode = textOf(payload["vendorErrorCode"]) || errorCode;
    // Too high and too low are a problem of the same component: where the code is the vendor's, the error is said beside it.
    const error = isShared(errorCode) && techCode !== errorCode ? errorCode : undefined;
    const techInfo = [error, payload["vendorId"], payload["info"]].flatMap((part) => textOf(part) || []).join(" ");
    const come = { component: problemComponent(errorCode), techCode, techInfo, ...when };
    eventData.push(problemData(draft, connector16, come));
  }
  notify(draft, eventData);
}

/** What did not reach the CSMS was not told: the next status of that connector is told again. */
export const statusTold =
  (options: TxOptions): AnswerRule<TranslationState> =>
  (state, { connector16, word }, outcome, env) => {
    const draft = draftOf(state, env, options);
    heard(draft, outcome);
    const connector = at(draft, Number(connector16));
    if (outcome.kind !== "result" && connector?.reported === word && connector !== undefined) {
      const { reported: _told, ...untold } = connector;
      put(draft, Number(connector16), untold);
    }
    return finished(draft);
  };

/** Forgets what the CSMS was told of connectors, so that the next status of each is told (B01.FR.05). */
export function forgetReported(draft: Draft): void {
  const entries = Object.entries(draft.state.tx.connectors).map(([connector16, connector]) => {
    const { reported: _told, ...untold } = connector;
    return [connector16, untold] as const;
  });
  change(draft, { connectors: Object.fromEntries(entries) });
}

/** Tells the CSMS every status that it does not know. */
function tellUntold(draft: Draft): void {
  for (const connector16 of Object.keys(draft.state.tx.connectors)) {
    tellAvailability(draft, Number(connector16), isoText(draft.env.now), false);
  }
}

export const tellStatuses =
  (options: TxOptions): WakeRule<TranslationState> =>
  (state, _job, env) => {
    if (state.tx.registration !== "Accepted") return nothingWanted(state);
    const draft = draftOf(state, env, options);
    tellUntold(draft);
    return finished(draft);
  };
