/** What a peer that is not there is assumed to answer where messages are translated without a connection (`twinlane translate`). */
import type { EpochMs } from "../ids.ts";
import type { Payload } from "../ocpp/frame.ts";
import type { Peer } from "./contract.ts";

const ACCEPTED: Payload = { status: "Accepted" };
const KEYS: readonly (readonly [key: string, value: string])[] = [
  ["NumberOfConnectors", "2"],
  [
    "SupportedFeatureProfiles",
    "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
  ],
  ["HeartbeatInterval", "300"],
  ["MeterValueSampleInterval", "60"],
  ["MeterValuesSampledData", "Energy.Active.Import.Register"],
  ["ChargeProfileMaxStackLevel", "10"],
  ["ChargingScheduleAllowedChargingRateUnit", "Current,Power"],
  ["ChargingScheduleMaxPeriods", "24"],
  ["MaxChargingProfilesInstalled", "20"],
];

export function assumedAnswer(peer: Peer, action: string, payload: Payload, now: EpochMs): Payload {
  return peer === "csms" ? ofCsms(action, payload, now) : ofStation(action);
}

function ofCsms(action: string, payload: Payload, now: EpochMs): Payload {
  const currentTime = new Date(now).toISOString();
  switch (action) {
    case "BootNotification":
      return { status: "Accepted", currentTime, interval: 300 };
    case "Heartbeat":
      return { currentTime };
    case "Authorize":
      return { idTokenInfo: ACCEPTED };
    case "TransactionEvent":
      return payload["idToken"] === undefined ? {} : { idTokenInfo: ACCEPTED };
    case "DataTransfer":
    case "SignCertificate":
    case "Get15118EVCertificate":
      return ACCEPTED;
    default:
      return {};
  }
}

function ofStation(action: string): Payload {
  switch (action) {
    case "GetConfiguration":
      return { configurationKey: KEYS.map(([key, value]) => ({ key, readonly: false, value })) };
    case "GetLocalListVersion":
      return { listVersion: 0 };
    case "UnlockConnector":
      return { status: "Unlocked" };
    case "GetCompositeSchedule":
      return { status: "Rejected" };
    case "GetInstalledCertificateIds":
      return { status: "NotFound" };
    case "GetDiagnostics":
    case "UpdateFirmware":
      return {};
    default:
      return ACCEPTED;
  }
}
