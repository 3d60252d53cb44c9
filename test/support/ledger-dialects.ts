/** What the simulated stations of the ledger say: the same life in the words of either version. */
import type { LedgerVersion, Payload } from "./ledger-books.ts";

/** A moment of a transaction, before it is put into words. */
export interface Moment {
  readonly connectorId: number;
  readonly token: string;
  /** ISO 8601. */
  readonly at: string;
  readonly registerWh: number;
  /** 2.0.1. */
  readonly transactionId: string;
  readonly seqNo: number;
  readonly offline: boolean;
}

export interface LedgerDialect {
  boot(reason: "PowerUp" | "RemoteReset"): readonly [action: string, payload: Payload];
  authorize(token: string): readonly [action: string, payload: Payload];
  status(connectorId: number, isFree: boolean, at: string): readonly [action: string, payload: Payload];
  start(moment: Moment): readonly [action: string, payload: Payload];
  reading(moment: Moment): readonly [action: string, payload: Payload];
  stop(moment: Moment, reason: string): readonly [action: string, payload: Payload];
  /** Of an answer to Authorize, StartTransaction or TransactionEvent; undefined: it says nothing about the token. */
  tokenStatus(answer: Payload): unknown;
}

const VENDOR = { vendor: "Ledger", model: "Truthful 22" };

const dialect16: LedgerDialect = {
  boot: () => ["BootNotification", { chargePointVendor: VENDOR.vendor, chargePointModel: VENDOR.model }],
  authorize: (token) => ["Authorize", { idTag: token }],
  status: (connectorId, isFree, at) => [
    "StatusNotification",
    { connectorId, errorCode: "NoError", status: isFree ? "Available" : "Charging", timestamp: at },
  ],
  start: ({ connectorId, token, registerWh, at }) => [
    "StartTransaction",
    { connectorId, idTag: token, meterStart: registerWh, timestamp: at },
  ],
  reading: ({ connectorId, registerWh, at }) => [
    "MeterValues",
    {
      connectorId,
      meterValue: [
        {
          timestamp: at,
          // Spelled as meters spell it: a gateway that reads and writes numbers anew is found out.
          sampledValue: [
            {
              value: `${registerWh}.0`,
              measurand: "Energy.Active.Import.Register",
              unit: "Wh",
              context: "Sample.Periodic",
            },
            { value: "22000.50", measurand: "Power.Active.Import", unit: "W" },
          ],
        },
      ],
    },
  ],
  stop: ({ token, registerWh, at }, reason) => [
    "StopTransaction",
    { idTag: token, meterStop: registerWh, timestamp: at, reason },
  ],
  tokenStatus: (answer) => (answer["idTagInfo"] as Payload | undefined)?.["status"],
};

const dialect201: LedgerDialect = {
  boot: (reason) => [
    "BootNotification",
    { reason, chargingStation: { vendorName: VENDOR.vendor, model: VENDOR.model } },
  ],
  authorize: (token) => ["Authorize", { idToken: { idToken: token, type: "ISO14443" } }],
  status: (connectorId, isFree, at) => [
    "StatusNotification",
    { timestamp: at, connectorStatus: isFree ? "Available" : "Occupied", evseId: connectorId, connectorId: 1 },
  ],
  start: (moment) => event(moment, "Started", "Authorized", { idToken: { idToken: moment.token, type: "ISO14443" } }),
  reading: (moment) => event(moment, "Updated", "MeterValuePeriodic", {}),
  stop: (moment, reason) => event(moment, "Ended", "StopAuthorized", {}, { stoppedReason: reason }),
  tokenStatus: (answer) => (answer["idTokenInfo"] as Payload | undefined)?.["status"],
};

function event(
  { at, seqNo, transactionId, connectorId, registerWh, offline }: Moment,
  eventType: "Started" | "Updated" | "Ended",
  triggerReason: string,
  more: Payload,
  info: Payload = {},
): readonly [string, Payload] {
  const payload = {
    eventType,
    timestamp: at,
    triggerReason,
    seqNo,
    ...(offline && { offline }),
    transactionInfo: { transactionId, chargingState: eventType === "Ended" ? "EVConnected" : "Charging", ...info },
    evse: { id: connectorId, connectorId: 1 },
    ...more,
    meterValue: [
      {
        timestamp: at,
        sampledValue: [
          { value: registerWh, measurand: "Energy.Active.Import.Register", unitOfMeasure: { unit: "Wh" } },
          { value: 150000.25, measurand: "Power.Active.Import" },
        ],
      },
    ],
  };
  return ["TransactionEvent", payload];
}

export const dialectOf = (version: LedgerVersion): LedgerDialect => (version === "ocpp1.6" ? dialect16 : dialect201);
