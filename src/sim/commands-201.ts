/**
 * How a simulated 2.0.1 station answers the CSMS. An EVSE has one connector here, so connector and EVSE ids agree.
 *
 * @see OCPP 2.0.1 Part 2, use cases B05–B12, C08, D01, E02, F01–F06, G03, G04, K01–K10, P01
 */
import type { CallFrame, Payload } from "../domain/ocpp/frame.ts";
import type { StationControl } from "./dialect.ts";
import { compositeSchedule, type Profile, readProfile } from "./profiles.ts";
import type { Reply } from "./rpc-peer.ts";
import { answerTrigger } from "./trigger.ts";
import { getBaseReport, getVariables, setVariables } from "./variables-201.ts";
import { listAt, numberAt, objectAt, textAt } from "./wire.ts";

type Command = (station: StationControl, payload: Payload) => Payload;

export function answer201(station: StationControl, { action, payload }: CallFrame): Reply {
  const command = COMMANDS.get(action);
  if (command === undefined) return { error: "NotImplemented", description: action.slice(0, 50) };
  return { result: command(station, payload) };
}

const status = (accepted: boolean, refused = "Rejected"): Payload => ({ status: accepted ? "Accepted" : refused });

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["RequestStartTransaction", requestStart],
  ["RequestStopTransaction", requestStop],
  ["Reset", reset],
  ["ChangeAvailability", changeAvailability],
  ["TriggerMessage", trigger],
  ["GetVariables", getVariables],
  ["SetVariables", setVariables],
  ["GetBaseReport", getBaseReport],
  ["GetReport", () => status(false, "NotSupported")],
  ["SetChargingProfile", setChargingProfile],
  ["ClearChargingProfile", clearChargingProfile],
  ["GetChargingProfiles", getChargingProfiles],
  ["GetCompositeSchedule", getCompositeSchedule],
  ["UnlockConnector", unlockConnector],
  ["GetTransactionStatus", getTransactionStatus],
  ["DataTransfer", () => ({ status: "UnknownVendorId" })],
  ["ClearCache", () => status(true)],
  ["SendLocalList", sendLocalList],
  ["GetLocalListVersion", (station) => ({ versionNumber: station.localList.version })],
  ["ReserveNow", () => status(false)],
  ["CancelReservation", () => status(false)],
  ["UpdateFirmware", updateFirmware],
  ["GetLog", () => ({ status: "Accepted", filename: "station.log" })],
  ["InstallCertificate", () => status(true)],
  ["DeleteCertificate", () => status(false, "NotFound")],
  ["GetInstalledCertificateIds", () => status(false, "NotFound")],
  ["CertificateSigned", () => status(false)],
  ["CustomerInformation", () => status(false, "Invalid")],
  ["ClearVariableMonitoring", clearVariableMonitoring],
  ["SetMonitoringBase", () => status(false, "NotSupported")],
  ["SetMonitoringLevel", () => status(false)],
  ["GetMonitoringReport", () => status(false, "NotSupported")],
  ["SetNetworkProfile", () => status(false)],
]);

function requestStart(station: StationControl, payload: Payload): Payload {
  const wanted = numberAt(payload, "evseId");
  const candidates = station.connectors.filter((connector) => wanted === undefined || connector.id === wanted);
  const token = textAt(objectAt(payload, "idToken"), "idToken") ?? "";
  const started = candidates.find((connector) => connector.remoteStart(token, numberAt(payload, "remoteStartId") ?? 0));
  if (started !== undefined) installProfile(station, objectAt(payload, "chargingProfile"), started.id);
  return status(started !== undefined);
}

function requestStop(station: StationControl, payload: Payload): Payload {
  const connector = station.connectorOf(textAt(payload, "transactionId"));
  connector?.requestStop("Remote");
  return status(connector !== undefined);
}

function reset(station: StationControl, payload: Payload): Payload {
  const isBusy = station.connectors.some((connector) => connector.transaction !== undefined);
  // One EVSE alone cannot be reset here (B11.FR.09); OnIdle with a transaction would have to be remembered over hours.
  if (payload["evseId"] !== undefined || (isBusy && payload["type"] === "OnIdle")) return status(false);
  station.resetLater(payload["type"] === "OnIdle" ? "SoftReset" : "HardReset");
  return status(true);
}

function changeAvailability(station: StationControl, payload: Payload): Payload {
  const id = numberAt(objectAt(payload, "evse"), "id");
  const concerned = station.connectors.filter((connector) => id === undefined || id === 0 || connector.id === id);
  if (concerned.length === 0) return status(false);
  const answers = concerned.map((connector) => connector.setOperative(payload["operationalStatus"] === "Operative"));
  return status(!answers.includes("Scheduled"), "Scheduled");
}

function trigger(station: StationControl, payload: Payload): Payload {
  const requested = textAt(payload, "requestedMessage") ?? "";
  const id = numberAt(objectAt(payload, "evse"), "id");
  const concerned = station.connectors.filter((connector) => id === undefined || connector.id === id);
  if (concerned.length === 0) return status(false);
  return answerTrigger(station, { requested, concerned, uploadStatus: "LogStatusNotification" });
}

function setChargingProfile(station: StationControl, payload: Payload): Payload {
  const evseId = numberAt(payload, "evseId") ?? 0;
  if (evseId !== 0 && station.connector(evseId) === undefined) return status(false);
  return status(installProfile(station, objectAt(payload, "chargingProfile"), evseId));
}

function installProfile(station: StationControl, source: Payload, evseId: number): boolean {
  const profile = readProfile(source, evseId);
  if (profile === undefined) return false;
  // K01.FR.09: a TxProfile that names a transaction that is not there is refused.
  if (profile.transactionId !== undefined && station.connectorOf(profile.transactionId) === undefined) return false;
  station.profiles.install(profile);
  for (const connector of station.connectors) connector.limitChanged();
  return true;
}

/** Whether a 2.0.1 criterion of ClearChargingProfile or GetChargingProfiles picks the profile. */
function meets(profile: Profile, criterion: Payload, evseId: number | undefined): boolean {
  const purpose = textAt(criterion, "chargingProfilePurpose");
  const stackLevel = numberAt(criterion, "stackLevel");
  if (evseId !== undefined && profile.connectorId !== evseId) return false;
  if (purpose !== undefined && profile.source["chargingProfilePurpose"] !== purpose) return false;
  return stackLevel === undefined || profile.stackLevel === stackLevel;
}

function clearChargingProfile(station: StationControl, payload: Payload): Payload {
  const id = numberAt(payload, "chargingProfileId");
  const criteria = objectAt(payload, "chargingProfileCriteria");
  const evseId = numberAt(criteria, "evseId");
  const cleared = station.profiles.clear((profile) =>
    id === undefined ? meets(profile, criteria, evseId) : profile.id === id,
  );
  for (const connector of station.connectors) connector.limitChanged();
  return status(cleared > 0, "Unknown");
}

function getChargingProfiles(station: StationControl, payload: Payload): Payload {
  const evseId = numberAt(payload, "evseId");
  const criterion = objectAt(payload, "chargingProfile");
  const found = station.profiles.all().filter((profile) => meets(profile, criterion, evseId));
  const requestId = numberAt(payload, "requestId") ?? 0;
  const reports = found.map((profile, i) => ({
    action: "ReportChargingProfiles",
    payload: {
      requestId,
      chargingLimitSource: "CSO",
      evseId: profile.connectorId,
      chargingProfile: [profile.source],
      tbc: i < found.length - 1,
    },
  }));
  station.sendLater(...reports);
  return status(found.length > 0, "NoProfiles");
}

function getCompositeSchedule(station: StationControl, payload: Payload): Payload {
  const evseId = numberAt(payload, "evseId") ?? 0;
  const duration = numberAt(payload, "duration") ?? 0;
  const connector = station.connector(evseId);
  if (evseId !== 0 && connector === undefined) return status(false);
  const maxW = connector?.maxPowerW ?? station.connectors.reduce((sum, { maxPowerW }) => sum + maxPowerW, 0);
  const record = connector?.transaction?.record;
  const transaction = record && { id: record.transactionId, startedAt: record.startedAt };
  const periods = compositeSchedule(
    station.profiles,
    { connectorId: evseId, at: station.now(), transaction },
    duration,
    maxW,
  );
  return {
    status: "Accepted",
    schedule: {
      evseId,
      duration,
      scheduleStart: station.nowText(),
      chargingRateUnit: "W",
      chargingSchedulePeriod: periods.map(({ startSec, limitW }) => ({
        startPeriod: startSec,
        limit: Math.round(limitW * 10) / 10,
      })),
    },
  };
}

function unlockConnector(station: StationControl, payload: Payload): Payload {
  const connector = station.connector(numberAt(payload, "evseId") ?? 0);
  if (connector === undefined) return { status: "UnknownConnector" };
  // F05.FR.02: not while an authorised transaction runs.
  if (connector.transaction !== undefined) return { status: "OngoingAuthorizedTransaction" };
  return { status: connector.faultCode === "ConnectorLockFailure" ? "UnlockFailed" : "Unlocked" };
}

function getTransactionStatus(station: StationControl, payload: Payload): Payload {
  const id = textAt(payload, "transactionId");
  const messagesInQueue = station.messagesInQueue(id);
  if (id === undefined) return { messagesInQueue };
  return { ongoingIndicator: station.connectorOf(id) !== undefined, messagesInQueue };
}

function sendLocalList({ localList }: StationControl, payload: Payload): Payload {
  const version = numberAt(payload, "versionNumber") ?? 0;
  if (payload["updateType"] === "Differential" && version <= localList.version) return status(false, "VersionMismatch");
  if (payload["updateType"] === "Full") localList.tokens.clear();
  for (const entry of listAt(payload, "localAuthorizationList")) {
    const token = textAt(objectAt(entry, "idToken"), "idToken") ?? "";
    if (objectAt(entry, "idTokenInfo")["status"] === "Accepted") localList.tokens.add(token);
    else localList.tokens.delete(token);
  }
  localList.version = version;
  return status(true);
}

function updateFirmware(station: StationControl, payload: Payload): Payload {
  const requestId = numberAt(payload, "requestId") ?? 0;
  const steps = ["Downloading", "Downloaded", "Installing", "Installed"];
  station.sendLater(
    ...steps.map((step) => ({ action: "FirmwareStatusNotification", payload: { status: step, requestId } })),
  );
  return status(true);
}

function clearVariableMonitoring(_station: StationControl, payload: Payload): Payload {
  const ids = Array.isArray(payload["id"]) ? payload["id"] : [];
  return { clearMonitoringResult: ids.map((id) => ({ id, status: "NotFound" })) };
}
