/** The messages of a station's life in OCPP 1.6 and 2.0.1, valid against the official schemas. */
import type { ModelProfile } from "./life-model.ts";

interface Command {
  readonly action: string;
  readonly payload: object;
  readonly reply: (status: string) => object;
}

export interface Dialect {
  readonly version: "ocpp1.6" | "ocpp2.0.1";
  readonly actions: {
    readonly [kind in "boot" | "heartbeat" | "status" | "start" | "stop"]: string;
  };
  readonly always: { readonly [kind in keyof Dialect["actions"]]: object };
  /** `key` and `value` are how the gateway should remember it. */
  status(
    evseId: number,
    random: () => number,
  ): { readonly payload: object; readonly key: string; readonly value: string };
  start(no: number, evseId: number): { readonly id: string; readonly payload: object; readonly answer: object };
  stop(id: string, random: () => number): { readonly payload: object; readonly answer: object };
  setProfile(profile: ModelProfile): Command;
  clearProfile(criteria: { readonly id?: number; readonly purpose?: string; readonly stackLevel?: number }): Command;
  setInterval(intervalSec: number): Command;
}

const now = () => new Date().toISOString();
const pick = <T>(items: readonly T[], random: () => number) => items[Math.floor(random() * items.length)] as T;
let eventNo = 0;

const dialect16: Dialect = {
  version: "ocpp1.6",
  actions: {
    boot: "BootNotification",
    heartbeat: "Heartbeat",
    status: "StatusNotification",
    start: "StartTransaction",
    stop: "StopTransaction",
  },
  always: {
    boot: { chargePointModel: "M", chargePointVendor: "V" },
    heartbeat: {},
    status: {},
    start: { idTag: "04E5A1" },
    stop: {},
  },
  status(connectorId, random) {
    const status = pick(["Available", "Preparing", "Charging", "Finishing", "Faulted"], random);
    const errorCode = status === "Faulted" ? "GroundFailure" : "NoError";
    return {
      payload: { connectorId, status, errorCode, timestamp: now() },
      key: `${connectorId}/1`,
      value: `${status} ${errorCode}`,
    };
  },
  start: (no, connectorId) => ({
    id: String(no),
    payload: { connectorId, meterStart: no, timestamp: now() },
    answer: { transactionId: no, idTagInfo: { status: "Accepted" } },
  }),
  stop: (id) => ({ payload: { transactionId: Number(id), meterStop: 9, timestamp: now() }, answer: {} }),
  setProfile: ({ id, evseId, stackLevel, purpose, transactionId }) => ({
    action: "SetChargingProfile",
    payload: {
      connectorId: evseId,
      csChargingProfiles: {
        chargingProfileId: id,
        stackLevel,
        chargingProfilePurpose: purpose,
        chargingProfileKind: "Absolute",
        ...(transactionId !== undefined && { transactionId: Number(transactionId) }),
        chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
      },
    },
    reply: (status) => ({ status }),
  }),
  clearProfile: ({ id, purpose, stackLevel }) => ({
    action: "ClearChargingProfile",
    payload: {
      ...(id !== undefined && { id }),
      ...(purpose !== undefined && { chargingProfilePurpose: purpose }),
      ...(stackLevel !== undefined && { stackLevel }),
    },
    reply: (status) => ({ status: status === "Rejected" ? "Unknown" : status }),
  }),
  setInterval: (intervalSec) => ({
    action: "ChangeConfiguration",
    payload: { key: "HeartbeatInterval", value: String(intervalSec) },
    reply: (status) => ({ status }),
  }),
};

const transactionEvent = (eventType: string, transactionId: string, evse: object) => {
  eventNo += 1;
  return {
    eventType,
    timestamp: now(),
    triggerReason: eventType === "Ended" ? "StopAuthorized" : "Authorized",
    seqNo: eventNo,
    transactionInfo: { transactionId },
    ...evse,
  };
};

const dialect201: Dialect = {
  version: "ocpp2.0.1",
  actions: {
    boot: "BootNotification",
    heartbeat: "Heartbeat",
    status: "StatusNotification",
    start: "TransactionEvent",
    stop: "TransactionEvent",
  },
  always: {
    boot: { reason: "PowerUp", chargingStation: { model: "M", vendorName: "V" } },
    heartbeat: {},
    status: {},
    start: { idToken: { idToken: "04E5A1", type: "ISO14443" } },
    stop: {},
  },
  status(evseId, random) {
    const connectorStatus = pick(["Available", "Occupied", "Reserved", "Unavailable", "Faulted"], random);
    return {
      payload: { evseId, connectorId: 1, connectorStatus, timestamp: now() },
      key: `${evseId}/1`,
      value: `${connectorStatus} `,
    };
  },
  start: (no, evseId) => {
    const id = `tx-${no}`;
    return { id, payload: transactionEvent("Started", id, { evse: { id: evseId, connectorId: 1 } }), answer: {} };
  },
  stop: (id) => ({ payload: transactionEvent("Ended", id, {}), answer: {} }),
  setProfile: ({ id, evseId, stackLevel, purpose, transactionId }) => ({
    action: "SetChargingProfile",
    payload: {
      evseId,
      chargingProfile: {
        id,
        stackLevel,
        chargingProfilePurpose: purpose,
        chargingProfileKind: "Absolute",
        ...(transactionId !== undefined && { transactionId }),
        chargingSchedule: [{ id: 1, chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] }],
      },
    },
    reply: (status) => ({ status }),
  }),
  clearProfile: ({ id, purpose, stackLevel }) => ({
    action: "ClearChargingProfile",
    payload:
      id === undefined
        ? { chargingProfileCriteria: { chargingProfilePurpose: purpose, stackLevel } }
        : { chargingProfileId: id },
    reply: (status) => ({ status: status === "Rejected" ? "Unknown" : status }),
  }),
  setInterval: (intervalSec) => ({
    action: "SetVariables",
    payload: {
      setVariableData: [
        {
          attributeValue: String(intervalSec),
          component: { name: "OCPPCommCtrlr" },
          variable: { name: "HeartbeatInterval" },
        },
      ],
    },
    reply: (attributeStatus) => ({
      setVariableResult: [
        { attributeStatus, component: { name: "OCPPCommCtrlr" }, variable: { name: "HeartbeatInterval" } },
      ],
    }),
  }),
};

export const DIALECTS: Readonly<Record<Dialect["version"], Dialect>> = {
  "ocpp1.6": dialect16,
  "ocpp2.0.1": dialect201,
};
