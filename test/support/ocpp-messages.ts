/** Messages as stations send them, for tests of what is made of them. */
import { messageId } from "../../src/domain/ids.ts";
import type { CallFrame, Payload, SendFrame } from "../../src/domain/ocpp/frame.ts";

export const call = (action: string, payload: object): CallFrame => ({
  type: 2,
  id: messageId("m-1"),
  action,
  payload: payload as Payload,
});

export const send = (action: string, payload: object): SendFrame => ({
  type: 6,
  id: messageId("m-1"),
  action,
  payload: payload as Payload,
});

/** MeterValues of 1.6 with a power and a temperature. */
export const meterValues16 = (timestamp: string, watts: number): CallFrame =>
  call("MeterValues", {
    connectorId: 1,
    transactionId: 91_234_567,
    meterValue: [
      {
        timestamp,
        sampledValue: [
          { value: (watts / 1000).toString(), measurand: "Power.Active.Import", unit: "kW" },
          { value: "41.5", measurand: "Temperature", unit: "Celcius", location: "Cable" },
        ],
      },
    ],
  });

export const faulted16 = (timestamp: string): CallFrame =>
  call("StatusNotification", {
    connectorId: 1,
    status: "Faulted",
    errorCode: "GroundFailure",
    info: "called by John Doe",
    vendorId: "com.example",
    vendorErrorCode: "CX002",
    timestamp,
  });
