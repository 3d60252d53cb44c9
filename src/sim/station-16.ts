/**
 * What a simulated station says in OCPP 1.6.
 *
 * @see OCPP 1.6 edition 2 §4, §6
 */
import type { Payload } from "../domain/ocpp/frame.ts";
import { answer16 } from "./commands-16.ts";
import type { ConnectorControl, Dialect } from "./dialect.ts";
import { numberAt, objectAt } from "./wire.ts";

export const dialect16: Dialect = {
  version: "ocpp1.6",
  transactionId: () => undefined,
  boot: (station) => ({
    action: "BootNotification",
    payload: {
      chargePointVendor: "Twinlane",
      chargePointModel: "Simulated AC 22",
      chargePointSerialNumber: `SN-${station.id}`.slice(0, 25),
      firmwareVersion: "1.6.4",
      meterType: "SIM-MID-3P",
    },
  }),
  heartbeat: () => ({ action: "Heartbeat", payload: {} }),
  authorize: (token) => ({ action: "Authorize", payload: { idTag: token } }),
  isAuthorized: (response) => isAccepted(response),
  status: (connector, at) => ({ action: "StatusNotification", payload: statusPayload(connector, at) }),
  meterValues: (connector, at) => ({
    action: "MeterValues",
    payload: { connectorId: connector.id, meterValue: [meterValue(connector, at, "Trigger")] },
  }),
  // 1.6 has a Temperature measurand: everything travels in MeterValues.
  condition: () => undefined,
  started: ({ record, reservationId }, connector, { at }) => ({
    action: "StartTransaction",
    build: () => ({
      connectorId: connector.id,
      idTag: record.token,
      meterStart: record.meterStartWh,
      timestamp: at,
      ...(reservationId !== undefined && { reservationId }),
    }),
    onResult: (response) => {
      record.transactionId = numberAt(response, "transactionId");
      return isAccepted(response);
    },
  }),
  updated: ({ record }, connector, { at }) => {
    // Read now: by the time of the first attempt the meter has gone on.
    const value = meterValue(connector, at, "Sample.Periodic");
    return {
      action: "MeterValues",
      build: () =>
        withTransaction(record.transactionId, { connectorId: connector.id, meterValue: [value] } satisfies Payload),
    };
  },
  ended: ({ record }, _connector, { at, reason, meterStopWh }) => ({
    action: "StopTransaction",
    build: () =>
      withTransaction(record.transactionId, {
        idTag: record.token,
        meterStop: meterStopWh,
        timestamp: at,
        reason,
      }),
  }),
  answer: answer16,
};

/** Undefined while StartTransaction was never answered: there is nothing to refer to. */
function withTransaction(transactionId: number | string | undefined, payload: Payload): Payload | undefined {
  return transactionId === undefined ? undefined : { transactionId, ...payload };
}

function isAccepted(response: Payload): boolean {
  return objectAt(response, "idTagInfo")["status"] === "Accepted";
}

/** Connector 0 is the station itself and knows only three statuses (1.6 §6.47). */
function statusPayload(connector: ConnectorControl | undefined, at: string): Payload {
  if (connector === undefined) {
    return { connectorId: 0, errorCode: "NoError", status: "Available", timestamp: at };
  }
  return {
    connectorId: connector.id,
    errorCode: connector.faultCode ?? "NoError",
    status: connector.status,
    timestamp: at,
  };
}

function meterValue({ state, tellsMore }: ConnectorControl, at: string, context: string): Payload {
  const sampled = (measurand: string, value: number, digits: number, unit: string, more: Payload = {}): Payload => ({
    value: value.toFixed(digits),
    context,
    measurand,
    unit,
    ...more,
  });
  return {
    timestamp: at,
    sampledValue: [
      sampled("Energy.Active.Import.Register", Math.floor(state.registerWh), 0, "Wh", {
        format: "Raw",
        location: "Outlet",
      }),
      sampled("Power.Active.Import", state.powerW, 1, "W", { location: "Outlet" }),
      sampled("Current.Import", state.currentA, 2, "A", { phase: "L1" }),
      sampled("Voltage", state.voltageV, 1, "V", { phase: "L1-N" }),
      sampled("SoC", state.socPercent, 0, "Percent", { location: "EV" }),
      sampled("Temperature", state.temperatureC, 1, "Celsius", { location: "Outlet" }),
      ...(tellsMore
        ? [
            sampled("Temperature", state.housingC, 1, "Celsius", { location: "Body" }),
            sampled("Power.Offered", state.offeredW, 0, "W", { location: "Outlet" }),
          ]
        : []),
    ],
  };
}
