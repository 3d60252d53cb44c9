/**
 * How a simulated 1.6 station answers the CSMS.
 *
 * @see OCPP 1.6 edition 2 §5; OCPP 1.6 security whitepaper edition 3 §5
 */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { StationControl } from "./dialect.ts";
import { compositeSchedule, readProfile } from "./profiles.ts";
import type { Reply } from "./rpc-peer.ts";
import { answerTrigger } from "./trigger.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

type Command = (station: StationControl, payload: Payload) => Payload;

export function answer16(station: StationControl, { action, payload }: CallFrame): Reply {
  const command = COMMANDS.get(action);
  if (command === undefined) return { error: "NotImplemented", description: action.slice(0, 50) };
  return { result: command(station, payload) };
}

const status = (accepted: boolean, refused = "Rejected"): Payload => ({ status: accepted ? "Accepted" : refused });

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["RemoteStartTransaction", remoteStart],
  ["RemoteStopTransaction", remoteStop],
  ["Reset", reset],
  ["ChangeAvailability", changeAvailability],
  ["TriggerMessage", trigger],
  ["ExtendedTriggerMessage", trigger],
  ["GetConfiguration", getConfiguration],
  ["ChangeConfiguration", changeConfiguration],
  ["SetChargingProfile", setChargingProfile],
  ["ClearChargingProfile", clearChargingProfile],
  ["GetCompositeSchedule", getCompositeSchedule],
  ["UnlockConnector", unlockConnector],
  ["DataTransfer", () => ({ status: "UnknownVendorId" })],
  ["ClearCache", () => status(true)],
  ["SendLocalList", sendLocalList],
  ["GetLocalListVersion", (station) => ({ listVersion: station.localList.version })],
  ["ReserveNow", reserveNow],
  ["CancelReservation", cancelReservation],
  ["UpdateFirmware", updateFirmware],
  ["GetDiagnostics", getDiagnostics],
  ["GetLog", () => ({ status: "Accepted", filename: "station.log" })],
  ["InstallCertificate", () => status(true)],
  ["DeleteCertificate", () => status(false, "NotFound")],
  ["GetInstalledCertificateIds", () => status(false, "NotFound")],
  ["CertificateSigned", () => status(false)],
  ["SignedUpdateFirmware", () => status(false)],
]);

function remoteStart(station: StationControl, payload: Payload): Payload {
  const wanted = numberAt(payload, "connectorId");
  const candidates = station.connectors.filter((connector) => wanted === undefined || connector.id === wanted);
  const token = textAt(payload, "idTag") ?? "";
  const started = candidates.find((connector) => connector.remoteStart(token, undefined));
  if (started !== undefined) installProfile(station, objectAt(payload, "chargingProfile"), started.id);
  return status(started !== undefined);
}

function remoteStop(station: StationControl, payload: Payload): Payload {
  const connector = station.connectorOf(numberAt(payload, "transactionId"));
  connector?.requestStop("Remote");
  return status(connector !== undefined);
}

function reset(station: StationControl, payload: Payload): Payload {
  station.resetLater(payload["type"] === "Hard" ? "HardReset" : "SoftReset");
  return status(true);
}

function changeAvailability(station: StationControl, payload: Payload): Payload {
  const id = numberAt(payload, "connectorId") ?? 0;
  const concerned = station.connectors.filter((connector) => id === 0 || connector.id === id);
  if (concerned.length === 0) return status(false);
  const answers = concerned.map((connector) => connector.setOperative(payload["type"] === "Operative"));
  return status(!answers.includes("Scheduled"), "Scheduled");
}

function trigger(station: StationControl, payload: Payload): Payload {
  const requested = textAt(payload, "requestedMessage") ?? "";
  const id = numberAt(payload, "connectorId");
  if (id !== undefined && id !== 0 && station.connector(id) === undefined) return status(false);
  const concerned = station.connectors.filter((connector) => id === undefined || id === 0 || connector.id === id);
  return answerTrigger(station, { requested, concerned, uploadStatus: "DiagnosticsStatusNotification" });
}

function getConfiguration(station: StationControl, payload: Payload): Payload {
  const keys = Array.isArray(payload["key"]) ? payload["key"].map(String) : [];
  const settings = keys.length === 0 ? station.settings.all() : keys.flatMap((key) => station.settings.get(key) ?? []);
  const unknownKey = keys.filter((key) => station.settings.get(key) === undefined);
  return {
    configurationKey: settings.map(({ key, readonly, value }) => ({ key, readonly, value })),
    ...(unknownKey.length > 0 && { unknownKey }),
  };
}

function changeConfiguration({ settings }: StationControl, payload: Payload): Payload {
  const setting = settings.get(textAt(payload, "key") ?? "");
  return { status: settings.change(setting, textAt(payload, "value") ?? "") };
}

function setChargingProfile(station: StationControl, payload: Payload): Payload {
  const connectorId = numberAt(payload, "connectorId") ?? 0;
  if (connectorId !== 0 && station.connector(connectorId) === undefined) return status(false);
  return status(installProfile(station, objectAt(payload, "csChargingProfiles"), connectorId));
}

function installProfile(station: StationControl, source: Payload, connectorId: number): boolean {
  const profile = readProfile(source, connectorId);
  if (profile === undefined) return false;
  const isAlone = station.connector(connectorId)?.transaction === undefined;
  // 1.6 §5.16.2: a TxProfile without a transaction to apply to is refused.
  if (profile.purpose === "Tx" && isAlone && profile.transactionId !== undefined) return false;
  station.profiles.install(profile);
  for (const connector of station.connectors) connector.limitChanged();
  return true;
}

function clearChargingProfile(station: StationControl, payload: Payload): Payload {
  const id = numberAt(payload, "id");
  const connectorId = numberAt(payload, "connectorId");
  const stackLevel = numberAt(payload, "stackLevel");
  const purpose = textAt(payload, "chargingProfilePurpose");
  const cleared = station.profiles.clear((profile) => {
    if (id !== undefined) return profile.id === id;
    if (connectorId !== undefined && profile.connectorId !== connectorId) return false;
    if (purpose !== undefined && profile.source["chargingProfilePurpose"] !== purpose) return false;
    return stackLevel === undefined || profile.stackLevel === stackLevel;
  });
  for (const connector of station.connectors) connector.limitChanged();
  return status(cleared > 0, "Unknown");
}

function getCompositeSchedule(station: StationControl, payload: Payload): Payload {
  const connectorId = numberAt(payload, "connectorId") ?? 0;
  const duration = numberAt(payload, "duration") ?? 0;
  const connector = station.connector(connectorId);
  if (connectorId !== 0 && connector === undefined) return status(false);
  const maxW = connector?.maxPowerW ?? station.connectors.reduce((sum, { maxPowerW }) => sum + maxPowerW, 0);
  const record = connector?.transaction?.record;
  const transaction = record && { id: record.transactionId, startedAt: record.startedAt };
  const question = { connectorId, at: station.now(), transaction };
  const periods = compositeSchedule(station.profiles, question, duration, maxW);
  return {
    status: "Accepted",
    connectorId,
    scheduleStart: station.nowText(),
    chargingSchedule: {
      duration,
      chargingRateUnit: "W",
      chargingSchedulePeriod: periods.map(({ startSec, limitW }) => ({
        startPeriod: startSec,
        limit: Math.round(limitW * 10) / 10,
      })),
    },
  };
}

function reserveNow(station: StationControl, payload: Payload): Payload {
  const connector = station.connector(numberAt(payload, "connectorId") ?? 0);
  if (connector === undefined) return status(false);
  const reservation = { id: numberAt(payload, "reservationId") ?? 0, token: textAt(payload, "idTag") ?? "" };
  if (connector.reserve(reservation)) return status(true);
  return status(false, connector.isOperative ? "Occupied" : "Unavailable");
}

function cancelReservation(station: StationControl, payload: Payload): Payload {
  const id = numberAt(payload, "reservationId");
  const reserved = station.connectors.find(({ reservation }) => reservation !== undefined && reservation.id === id);
  return status(reserved?.reserve(undefined) === true);
}

function unlockConnector(station: StationControl, payload: Payload): Payload {
  const connector = station.connector(numberAt(payload, "connectorId") ?? 0);
  if (connector === undefined) return { status: "NotSupported" };
  connector.requestStop("Remote");
  return { status: connector.faultCode === "ConnectorLockFailure" ? "UnlockFailed" : "Unlocked" };
}

function sendLocalList({ localList }: StationControl, payload: Payload): Payload {
  const version = numberAt(payload, "listVersion") ?? 0;
  if (payload["updateType"] === "Differential" && version <= localList.version) return status(false, "VersionMismatch");
  if (payload["updateType"] === "Full") localList.tokens.clear();
  for (const entry of listAt(payload, "localAuthorizationList")) {
    const token = textAt(entry, "idTag") ?? "";
    if (objectAt(entry, "idTagInfo")["status"] === "Accepted") localList.tokens.add(token);
    else localList.tokens.delete(token);
  }
  localList.version = version;
  return status(true);
}

function updateFirmware(station: StationControl): Payload {
  const steps = ["Downloading", "Downloaded", "Installing", "Installed"];
  station.sendLater(...steps.map((step) => ({ action: "FirmwareStatusNotification", payload: { status: step } })));
  return {};
}

function getDiagnostics(station: StationControl): Payload {
  const steps = ["Uploading", "Uploaded"];
  station.sendLater(...steps.map((step) => ({ action: "DiagnosticsStatusNotification", payload: { status: step } })));
  return { fileName: "diagnostics.zip" };
}
