/** Stations and stories that the scenarios of the matrix begin with. */
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { assumedAnswer } from "../../../src/domain/translate/assumed-answers.ts";
import type { Values } from "./example.ts";
import type { Answers, Move, WorldOptions } from "./world.ts";

/** `GetConfiguration.conf` with these keys beside the usual ones. */
export function configuration(keys: { readonly [key: string]: string }): Payload {
  const usual = assumedAnswer("station", "GetConfiguration", {}, 0 as never);
  const more = Object.entries(keys).map(([key, value]) => ({ key, readonly: false, value }));
  return { ...usual, configurationKey: [...(usual["configurationKey"] as readonly object[]), ...more] };
}

const answering = (answers: Answers): WorldOptions => ({ answers });

export const SECURE: WorldOptions = answering({ "station GetConfiguration": configuration({ SecurityProfile: "1" }) });
export const SHOWS_COST: WorldOptions = answering({
  "station GetConfiguration": configuration({ CustomDisplayCostAndPrice: "true" }),
});
export const ANY_CONNECTOR: WorldOptions = answering({
  "station GetConfiguration": configuration({ ReserveConnectorZeroSupported: "true" }),
});
/** One EVSE with two plugs. */
export const TWO_PLUGS: WorldOptions = {
  topology: {
    evses: [
      {
        evseId: 1,
        connectors: [
          { connectorId: 1, connector16: 1, type: "cType2" },
          { connectorId: 2, connector16: 2, type: "cCCS2" },
        ],
      },
    ],
  },
};
/** A CSMS that says nothing of tokens when a transaction starts. */
export const SAYS_NOTHING: WorldOptions = answering({ "csms TransactionEvent": {} });
export const PLUG_AND_CHARGE: WorldOptions = { settings: { plugAndCharge: true } };

export const csms = (action: string, payload: Payload): Move => ["csms", action, payload];
export const GET_PROFILES = csms("GetChargingProfiles", { requestId: 1, chargingProfile: {} });

export const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 10, minute)).toISOString();

export const start = (payload: Payload = {}): Move => [
  "station",
  "StartTransaction",
  { connectorId: 1, idTag: "04A1B2C3", meterStart: 1000, timestamp: at(0), ...payload },
];
export const stop = (payload: Payload = {}): Move => [
  "station",
  "StopTransaction",
  { transactionId: "$tx16", meterStop: 5000, timestamp: at(30), ...payload },
];
export const status = (word: string, payload: Payload = {}): Move => [
  "station",
  "StatusNotification",
  { connectorId: 1, errorCode: "NoError", status: word, ...payload },
];
export const LOG: Payload = { remoteLocation: "ftp://files.example/logs" };
export const getLog: Move = ["csms", "GetLog", { logType: "DiagnosticsLog", requestId: 4, log: LOG }];
export const withFile: Answers = { "station GetDiagnostics": { fileName: "log.txt" } };
export const FIRMWARE: Payload = { location: "https://files.example/fw.bin", retrieveDateTime: at(0) };
export const SIGNED: Payload = { signingCertificate: "certificate", signature: "signature" };
export const updateFirmware = (firmware: Payload = {}): Move => [
  "csms",
  "UpdateFirmware",
  { requestId: 7, firmware: { ...FIRMWARE, ...firmware } },
];
/** A card. */
export const TOKEN: Payload = { idToken: "04A1B2C3", type: "ISO14443" };

/** A profile of 2.0.1 that every station can hold. */
export const profile = (payload: Payload = {}, schedule: Payload = {}): Payload => ({
  id: 5,
  stackLevel: 1,
  chargingProfilePurpose: "TxDefaultProfile",
  chargingProfileKind: "Absolute",
  chargingSchedule: [
    {
      id: 1,
      startSchedule: at(0),
      chargingRateUnit: "A",
      chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }],
      ...schedule,
    },
  ],
  ...payload,
});
export const setProfile = (evseId = 1, payload: Payload = {}): Move => [
  "csms",
  "SetChargingProfile",
  { evseId, chargingProfile: profile(payload) },
];
/** The plans of profiles are sent a little later. */
export const later: Move = ["pass", 60_000];

/** A token of the schema's example under `path`. */
export const token = (path: string, text = "04A1B2C3"): Values => ({
  [`${path}.idToken`]: text,
  [`${path}.type`]: "ISO14443",
});
