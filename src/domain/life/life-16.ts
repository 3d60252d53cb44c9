/**
 * OCPP 1.6 messages that change the life of a station.
 *
 * | message                     | counts when         | event                  |
 * | --------------------------- | ------------------- | ---------------------- |
 * | BootNotification            | answered            | boot.answered          |
 * | StatusNotification          | sent                | connector.status       |
 * | StartTransaction            | answered            | transaction.started    |
 * | StopTransaction             | answered            | transaction.ended      |
 * | SetChargingProfile          | answered Accepted   | profile.installed      |
 * | RemoteStartTransaction with a profile | answered Accepted | profile.installed, until its transaction begins for none |
 * | ClearChargingProfile        | answered Accepted   | profile.cleared        |
 * | ChangeConfiguration of HeartbeatInterval | answered Accepted | heartbeat.changed |
 *
 * A refused idTag still opens a transaction: the CSMS gave it an id, and the station will stop it (§4.8).
 */
import type { InstalledProfile } from "../charging/installed-profiles.ts";
import { compact, number, object, registration, text } from "./fields.ts";
import type { LifeEvent } from "./life-event.ts";

type Fields = { readonly [field: string]: unknown };

export function lifeOfCall16(action: string, payload: Fields): LifeEvent | undefined {
  if (action !== "StatusNotification") return undefined;
  const connectorId = number(payload["connectorId"]);
  const status = text(payload["status"]);
  if (connectorId === undefined || status === undefined) return undefined;
  return {
    type: "connector.status",
    evseId: connectorId,
    connectorId: connectorId === 0 ? 0 : 1,
    status,
    errorCode: text(payload["errorCode"]) ?? "",
  };
}

export function lifeOfAnswer16(action: string, payload: Fields, answer: Fields): LifeEvent | undefined {
  switch (action) {
    case "BootNotification":
      return registration(answer);
    case "StartTransaction":
      return started(payload, answer);
    case "StopTransaction": {
      const id = number(payload["transactionId"]);
      return id === undefined ? undefined : { type: "transaction.ended", transactionId: String(id) };
    }
    case "SetChargingProfile":
      return answer["status"] === "Accepted" ? installed(payload, "csChargingProfiles") : undefined;
    case "RemoteStartTransaction":
      return answer["status"] === "Accepted" ? installed(payload, "chargingProfile", {}) : undefined;
    case "ClearChargingProfile":
      return answer["status"] === "Accepted" ? cleared(payload) : undefined;
    case "ChangeConfiguration":
      return answer["status"] === "Accepted" ? heartbeat(payload) : undefined;
    default:
      return undefined;
  }
}

function started(payload: Fields, answer: Fields): LifeEvent | undefined {
  const id = number(answer["transactionId"]);
  if (id === undefined) return undefined;
  return { type: "transaction.started", transactionId: String(id), evseId: number(payload["connectorId"]) ?? 0 };
}

function installed(payload: Fields, member: string, start?: InstalledProfile["start"]): LifeEvent | undefined {
  const profile = object(payload[member]);
  const id = number(profile?.["chargingProfileId"]);
  if (profile === undefined || id === undefined) return undefined;
  const transactionId = number(profile["transactionId"]);
  return {
    type: "profile.installed",
    profile: compact<InstalledProfile>({
      id,
      evseId: number(payload["connectorId"]) ?? 0,
      stackLevel: number(profile["stackLevel"]) ?? 0,
      purpose: text(profile["chargingProfilePurpose"]) ?? "",
      transactionId: transactionId === undefined ? undefined : String(transactionId),
      profile,
      start,
    }),
  };
}

function cleared(payload: Fields): LifeEvent {
  return {
    type: "profile.cleared",
    criteria: compact({
      id: number(payload["id"]),
      evseId: number(payload["connectorId"]),
      stackLevel: number(payload["stackLevel"]),
      purpose: text(payload["chargingProfilePurpose"]),
    }),
  };
}

function heartbeat(payload: Fields): LifeEvent | undefined {
  if (payload["key"] !== "HeartbeatInterval") return undefined;
  const intervalSec = Number(payload["value"]);
  return Number.isFinite(intervalSec) ? { type: "heartbeat.changed", intervalSec } : undefined;
}
