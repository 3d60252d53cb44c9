/**
 * What a simulated station says in OCPP 2.0.1, and with the same messages in 2.1.
 *
 * @see OCPP 2.0.1 Part 2 B01, C01, E01–E03, G01, G02, J02, N07
 */
import type { Payload } from "../domain/ocpp/frame.ts";
import type { OcppVersion } from "../domain/ocpp/version.ts";
import { answer201 } from "./commands-201.ts";
import type {
  ConnectorControl,
  ConnectorStatus,
  Dialect,
  FaultCode,
  LiveTransaction,
  MeterOptions,
  StopReason,
} from "./dialect.ts";
import { objectAt } from "./wire.ts";

const STATUS: Readonly<Record<ConnectorStatus, string>> = {
  Available: "Available",
  Preparing: "Occupied",
  Charging: "Occupied",
  SuspendedEV: "Occupied",
  SuspendedEVSE: "Occupied",
  Finishing: "Occupied",
  Reserved: "Reserved",
  Unavailable: "Unavailable",
  Faulted: "Faulted",
};

/** `stoppedReason` and `triggerReason` of an Ended event. */
const STOPPED: Readonly<Record<StopReason, readonly [stopped: string, trigger: string]>> = {
  Local: ["Local", "StopAuthorized"],
  Remote: ["Remote", "RemoteStop"],
  EVDisconnected: ["EVDisconnected", "EVCommunicationLost"],
  DeAuthorized: ["DeAuthorized", "Deauthorized"],
  SoftReset: ["ImmediateReset", "ResetCommand"],
  HardReset: ["ImmediateReset", "ResetCommand"],
  Other: ["Other", "AbnormalCondition"],
};

/** Component that reports `Problem` for a failure 1.6 has a code for. */
const FAULTY_COMPONENT: Readonly<Record<FaultCode, string>> = {
  HighTemperature: "TemperatureSensor",
  GroundFailure: "GroundIsolationProtection",
  OverCurrentFailure: "OverCurrentProtection",
  PowerSwitchFailure: "PowerContactor",
  ConnectorLockFailure: "ConnectorPlugRetentionLock",
  EVCommunicationError: "CPPWMController",
};

/** One per station: it numbers the station's events. */
export function dialect201(version: OcppVersion): Dialect {
  let eventId = 0;
  const nextEventId = (): number => {
    eventId += 1;
    return eventId;
  };
  return {
    version,
    transactionId: (uuid) => uuid,
    boot: (station, reason) => ({
      action: "BootNotification",
      payload: {
        reason,
        chargingStation: {
          vendorName: "Twinlane",
          model: "Simulated DC 150",
          serialNumber: `SN-${station.id}`.slice(0, 25),
          firmwareVersion: "2.0.1.7",
        },
      },
    }),
    heartbeat: () => ({ action: "Heartbeat", payload: {} }),
    authorize: (token) => ({ action: "Authorize", payload: { idToken: idToken(token) } }),
    isAuthorized: (response) => tokenAccepted(response) === true,
    status: (connector, at) =>
      connector && {
        action: "StatusNotification",
        payload: { timestamp: at, connectorStatus: STATUS[connector.status], evseId: connector.id, connectorId: 1 },
      },
    meterValues: (connector, at) => ({
      action: "MeterValues",
      payload: { evseId: connector.id, meterValue: [meterValue(connector, at, "Trigger")] },
    }),
    condition: (connector, at) => ({
      action: "NotifyEvent",
      payload: { generatedAt: at, seqNo: 0, tbc: false, eventData: eventData(connector, at, nextEventId) },
    }),
    started: (transaction, connector, options) => {
      const payload = event("Started", transaction, connector, {
        ...options,
        trigger: transaction.remoteStartId === undefined ? "Authorized" : "RemoteStart",
        context: "Transaction.Begin",
        info: { chargingState: "EVConnected", remoteStartId: transaction.remoteStartId },
        token: transaction.record.token,
      });
      return transactionEvent(payload);
    },
    updated: (transaction, connector, options) =>
      transactionEvent(
        event("Updated", transaction, connector, {
          ...options,
          trigger: "MeterValuePeriodic",
          context: "Sample.Periodic",
          info: { chargingState: connector.status === "SuspendedEVSE" ? "SuspendedEVSE" : "Charging" },
        }),
      ),
    ended: (transaction, connector, { reason, ...options }) => {
      const [stoppedReason, trigger] = STOPPED[reason];
      const info = { chargingState: "EVConnected", stoppedReason };
      return transactionEvent(
        event("Ended", transaction, connector, { ...options, trigger, context: "Transaction.End", info }),
      );
    },
    answer: answer201,
  };
}

function idToken(token: string): Payload {
  return { idToken: token, type: "ISO14443" };
}

/** Undefined where the answer says nothing about the token. */
function tokenAccepted(response: Payload): boolean | undefined {
  const status = objectAt(response, "idTokenInfo")["status"];
  return status === undefined ? undefined : status === "Accepted";
}

/** The content is fixed when the event happens: repeats and late deliveries carry the same. */
function transactionEvent(payload: Payload) {
  return {
    action: "TransactionEvent",
    build: () => payload,
    onResult: (response: Payload) => tokenAccepted(response) ?? true,
  };
}

interface EventParts extends MeterOptions {
  readonly trigger: string;
  readonly context: string;
  readonly info: Payload;
  readonly token?: string;
}

function event(
  eventType: "Started" | "Updated" | "Ended",
  transaction: LiveTransaction,
  connector: ConnectorControl,
  { at, offline, trigger, context, info, token }: EventParts,
): Payload {
  const seqNo = transaction.nextSeqNo;
  transaction.nextSeqNo += 1;
  const known = Object.fromEntries(Object.entries(info).filter(([, value]) => value !== undefined));
  return {
    eventType,
    timestamp: at,
    triggerReason: trigger,
    seqNo,
    ...(offline && { offline }),
    transactionInfo: { transactionId: transaction.record.transactionId, ...known },
    evse: { id: connector.id, connectorId: 1 },
    ...(token !== undefined && { idToken: idToken(token) }),
    meterValue: [meterValue(connector, at, context)],
  };
}

function meterValue({ state, tellsMore }: ConnectorControl, at: string, context: string): Payload {
  const sampled = (measurand: string, value: number, digits: number, unit: string, location = "Outlet"): Payload => ({
    value: Number(value.toFixed(digits)),
    context,
    measurand,
    location,
    unitOfMeasure: { unit },
  });
  return {
    timestamp: at,
    sampledValue: [
      sampled("Energy.Active.Import.Register", Math.floor(state.registerWh), 0, "Wh"),
      sampled("Power.Active.Import", state.powerW, 1, "W"),
      sampled("Current.Import", state.currentA, 2, "A"),
      sampled("Voltage", state.voltageV, 1, "V"),
      sampled("SoC", state.socPercent, 0, "Percent", "EV"),
      ...(tellsMore ? [sampled("Power.Offered", state.offeredW, 0, "W")] : []),
    ],
  };
}

/** Temperatures, which 2.0.1 has no measurand for, and the failure where there is one. */
function eventData(connector: ConnectorControl, at: string, nextEventId: () => number): readonly Payload[] {
  const evse = { id: connector.id, connectorId: 1 };
  const report = (component: string, variable: string, actualValue: string, trigger: string): Payload => ({
    eventId: nextEventId(),
    timestamp: at,
    trigger,
    actualValue,
    eventNotificationType: "HardWiredNotification",
    component: { name: component, evse },
    variable: { name: variable },
  });
  const { faultCode, state, tellsMore } = connector;
  const temperature = (component: string, celsius: number): Payload =>
    report(component, "Temperature", celsius.toFixed(1), "Periodic");
  return [
    temperature("TemperatureSensor", state.temperatureC),
    ...(tellsMore ? [temperature("AirCoolingSystem", state.housingC)] : []),
    ...(faultCode === undefined ? [] : [report(FAULTY_COMPONENT[faultCode], "Problem", "true", "Alerting")]),
  ];
}
