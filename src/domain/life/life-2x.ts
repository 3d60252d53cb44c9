/**
 * OCPP 2.0.1 and 2.1 messages that change the life of a station.
 *
 * | message                | counts when                  | event                |
 * | ---------------------- | ---------------------------- | -------------------- |
 * | BootNotification       | answered                     | boot.answered        |
 * | StatusNotification     | sent                         | connector.status     |
 * | TransactionEvent       | answered; Started, Updated   | transaction.started  |
 * | TransactionEvent       | answered; Ended              | transaction.ended    |
 * | SetChargingProfile     | answered Accepted            | profile.installed    |
 * | RequestStartTransaction with a profile | answered Accepted | profile.installed, until its transaction begins for none |
 * | ClearChargingProfile   | answered Accepted            | profile.cleared      |
 * | SetVariables of OCPPCommCtrlr.HeartbeatInterval | answered Accepted | heartbeat.changed |
 *
 * An Updated event of a transaction the gateway has not seen begin (it started before the gateway did) counts as its begin;
 * the machine ignores the others.
 */
import type { InstalledProfile } from "../charging/installed-profiles.ts";
import { compact, list, number, object, registration, text } from "./fields.ts";
import type { LifeEvent } from "./life-event.ts";

type Fields = { readonly [field: string]: unknown };

export function lifeOfCall2x(action: string, payload: Fields): LifeEvent | undefined {
  if (action !== "StatusNotification") return undefined;
  const evseId = number(payload["evseId"]);
  const connectorId = number(payload["connectorId"]);
  const status = text(payload["connectorStatus"]);
  if (evseId === undefined || connectorId === undefined || status === undefined) return undefined;
  return { type: "connector.status", evseId, connectorId, status, errorCode: "" };
}

export function lifeOfAnswer2x(action: string, payload: Fields, answer: Fields): LifeEvent | undefined {
  switch (action) {
    case "BootNotification":
      return registration(answer);
    case "TransactionEvent":
      return transaction(payload);
    case "SetChargingProfile":
      return answer["status"] === "Accepted" ? installed(payload) : undefined;
    case "RequestStartTransaction":
      return answer["status"] === "Accepted" ? startProfile(payload, answer) : undefined;
    case "ClearChargingProfile":
      return answer["status"] === "Accepted" ? cleared(payload) : undefined;
    case "SetVariables":
      return heartbeat(payload, answer);
    default:
      return undefined;
  }
}

function transaction(payload: Fields): LifeEvent | undefined {
  const transactionId = text(object(payload["transactionInfo"])?.["transactionId"]);
  if (transactionId === undefined) return undefined;
  if (payload["eventType"] === "Ended") return { type: "transaction.ended", transactionId };
  return compact<Extract<LifeEvent, { type: "transaction.started" }>>({
    type: "transaction.started",
    transactionId,
    evseId: number(object(payload["evse"])?.["id"]) ?? 0,
    remoteStartId: number(object(payload["transactionInfo"])?.["remoteStartId"]),
  });
}

function startProfile(payload: Fields, answer: Fields): LifeEvent | undefined {
  const transactionId = text(answer["transactionId"]);
  const start = compact<NonNullable<InstalledProfile["start"]>>({ remoteStartId: number(payload["remoteStartId"]) });
  // A car that was plugged in already has its transaction (F02.FR.01): the answer names it.
  return transactionId === undefined ? installed(payload, { start }) : installed(payload, { transactionId });
}

function installed(
  payload: Fields,
  more: Pick<InstalledProfile, "start" | "transactionId"> = {},
): LifeEvent | undefined {
  const profile = object(payload["chargingProfile"]);
  const id = number(profile?.["id"]);
  if (profile === undefined || id === undefined) return undefined;
  return {
    type: "profile.installed",
    profile: compact<InstalledProfile>({
      id,
      evseId: number(payload["evseId"]) ?? 0,
      stackLevel: number(profile["stackLevel"]) ?? 0,
      purpose: text(profile["chargingProfilePurpose"]) ?? "",
      transactionId: more.transactionId ?? text(profile["transactionId"]),
      profile,
      start: more.start,
    }),
  };
}

function cleared(payload: Fields): LifeEvent {
  const criteria = object(payload["chargingProfileCriteria"]);
  return {
    type: "profile.cleared",
    criteria: compact({
      id: number(payload["chargingProfileId"]),
      evseId: number(criteria?.["evseId"]),
      stackLevel: number(criteria?.["stackLevel"]),
      purpose: text(criteria?.["chargingProfilePurpose"]),
    }),
  };
}

/** The answer lists its results in the order of the request (B05.FR.03). */
function heartbeat(payload: Fields, answer: Fields): LifeEvent | undefined {
  const results = list(answer["setVariableResult"]);
  const asked = list(payload["setVariableData"]);
  for (const [i, item] of asked.entries()) {
    const data = object(item);
    const isInterval =
      object(data?.["component"])?.["name"] === "OCPPCommCtrlr" &&
      object(data?.["variable"])?.["name"] === "HeartbeatInterval";
    const intervalSec = Number(data?.["attributeValue"]);
    if (isInterval && object(results[i])?.["attributeStatus"] === "Accepted" && Number.isFinite(intervalSec)) {
      return { type: "heartbeat.changed", intervalSec };
    }
  }
  return undefined;
}
