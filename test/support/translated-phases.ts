/** What happens in the life of a translated station, one phase after the other. */
import * as assert from "uvu/assert";
import { TOKEN, type TranslatedLife } from "./translated-life.ts";
import { until } from "./until.ts";

type Json = Readonly<Record<string, unknown>>;
export type Phase = (life: TranslatedLife) => Promise<void>;

const ID_TOKEN = { idToken: TOKEN, type: "ISO14443" };
const GROUP = { idToken: "B0B1B2B3", type: "ISO14443" };
const later = (): string => new Date(Date.now() + 3_600_000).toISOString();

function profile(id: number, purpose: string, more: Json = {}, limit = 20): Json {
  return {
    id,
    stackLevel: 1,
    chargingProfilePurpose: purpose,
    chargingProfileKind: "Absolute",
    chargingSchedule: [
      {
        id,
        startSchedule: "2026-01-01T00:00:00Z",
        chargingRateUnit: "A",
        chargingSchedulePeriod: [{ startPeriod: 0, limit }],
      },
    ],
    ...more,
  };
}

/** The station has booted, and the CSMS has asked it what one asks first. */
export const boot: Phase = async (life) => {
  life.station.start();
  await life.untilOnline();
  const booted = await life.hears("the boot", "BootNotification", 0);
  assert.is((booted["chargingStation"] as Json)["model"], "Simulated AC 22", JSON.stringify(booted));
  await life.hears("its connector", "StatusNotification", 0);
  const report = await life.ask("GetBaseReport", { requestId: life.next(), reportBase: "FullInventory" });
  assert.is(report["status"], "Accepted", JSON.stringify(report));
  await life.hears("the report", "NotifyReport", 0);
};

/** Local list and variables. */
export const setUp: Phase = async (life) => {
  await life.expect("Accepted", "SendLocalList", {
    versionNumber: 7,
    updateType: "Full",
    localAuthorizationList: [ID_TOKEN, GROUP].map((idToken) => ({ idToken, idTokenInfo: { status: "Accepted" } })),
  });
  assert.is((await life.ask("GetLocalListVersion", {}))["versionNumber"], 7);
  const variable = { component: { name: "SampledDataCtrlr" }, variable: { name: "TxUpdatedInterval" } };
  const set = await life.ask("SetVariables", { setVariableData: [{ ...variable, attributeValue: "1" }] });
  assert.is((set["setVariableResult"] as Json[])[0]?.["attributeStatus"], "Accepted", JSON.stringify(set));
  const got = await life.ask("GetVariables", { getVariableData: [variable] });
  assert.is((got["getVariableResult"] as Json[])[0]?.["attributeValue"], "1", JSON.stringify(got));
};

/** A remote start with a profile, meter values, a remote stop. */
export const remoteCharge: Phase = async (life) => {
  const relative = { id: 1, chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] };
  const chargingProfile = profile(50, "TxProfile", { chargingProfileKind: "Relative", chargingSchedule: [relative] });
  const { remoteStartId, request } = life.remoteStart({ chargingProfile });
  await life.expect("Accepted", "RequestStartTransaction", request);
  const started = await until(`the remote start of ${life.id}`, () => life.startedBy(remoteStartId), 20_000);
  assert.equal([started["eventType"], started["triggerReason"]], ["Started", "RemoteStart"]);
  const { transactionId } = started["transactionInfo"] as Json;
  // Stations that name no transaction in their readings are told apart by connector: readings arrive all the same.
  await life.hears(
    "a reading",
    "TransactionEvent",
    0,
    ({ eventType, meterValue, transactionInfo }) =>
      eventType === "Updated" &&
      meterValue !== undefined &&
      (transactionInfo as Json)["transactionId"] === transactionId,
  );
  const running = await life.ask("GetTransactionStatus", { transactionId });
  assert.is(running["ongoingIndicator"], true);
  await life.expect("Accepted", "RequestStopTransaction", { transactionId });
  const ended = await life.hears(
    "the end",
    "TransactionEvent",
    0,
    ({ eventType, transactionInfo }) =>
      eventType === "Ended" && (transactionInfo as Json)["transactionId"] === transactionId,
  );
  assert.is((ended["transactionInfo"] as Json)["stoppedReason"], "Remote");
};

/** Profiles: set, reported, composed, cleared. */
export const profiles: Phase = async (life) => {
  const answers: Json[] = [];
  if (life.has("mute-set-profile")) return await unanswered(life);
  for (const [evseId, chargingProfile] of [
    [0, profile(60, "ChargingStationMaxProfile", { stackLevel: 0 }, 32)],
    [1, profile(61, "TxDefaultProfile")],
    [1, profile(62, "TxDefaultProfile", { stackLevel: 2 }, 10)],
  ] as const)
    answers.push(await life.ask("SetChargingProfile", { evseId, chargingProfile }));
  const statuses = answers.map(({ status }) => status);
  if (!life.has("no-charge-point-max"))
    assert.equal(statuses, ["Accepted", "Accepted", "Accepted"], JSON.stringify(answers));
  const composite = await life.ask("GetCompositeSchedule", { evseId: 1, duration: 600, chargingRateUnit: "A" });
  assert.is(composite["status"], "Accepted", JSON.stringify(composite));
  const periods = (composite["schedule"] as Json)["chargingSchedulePeriod"] as Json[];
  assert.is(periods[0]?.["limit"], 10, JSON.stringify(composite));
  await life.expect("Accepted", "ClearChargingProfile", { chargingProfileId: 62 });
  const requestId = life.next();
  await life.ask("GetChargingProfiles", { requestId, chargingProfile: {} });
};

/** A station that never answers a profile: the CSMS hears so, and not that it is in force. */
async function unanswered(life: TranslatedLife): Promise<void> {
  const request = { evseId: 1, chargingProfile: profile(61, "TxDefaultProfile") };
  const answer = await life.ask("SetChargingProfile", request).catch((error: unknown) => error);
  assert.match(String(answer), "did not answer in time");
}

/** A start and a stop while the station has no connection. */
export const southOutage: Phase = async (life) => {
  const connector = life.station.connector(1);
  await until(`connector 1 of ${life.id}`, () => connector?.status === "Available", 20_000);
  life.station.drop();
  await life.chargeLocally();
  await life.unplug();
  await life.untilOnline();
};

/** A transaction that loses its connection in the middle, and ends before it is back. */
export const cutInTheMiddle: Phase = async (life) => {
  await life.chargeLocally();
  await until(`a reading of ${life.id}`, () => life.station.ledger.messages.length > 2, 20_000);
  life.station.drop();
  await life.unplug();
  await life.untilOnline();
};

export const startCharging: Phase = (life) => life.chargeLocally();
export const stopCharging: Phase = (life) => life.unplug();
export const chargeOnce: Phase = async (life) => {
  await life.chargeLocally();
  await life.unplug();
};

/** Kept for a token, used by it; another one is taken back. */
export const reservation: Phase = async (life) => {
  const connector = life.station.connector(1);
  await until(`connector 1 of ${life.id}`, () => connector?.status === "Available", 20_000);
  const id = 1000 + life.next();
  await life.expect("Accepted", "ReserveNow", { id, expiryDateTime: later(), idToken: GROUP, evseId: 1 });
  await life.hears("the reservation", "StatusNotification", 0, ({ connectorStatus }) => connectorStatus === "Reserved");
  await life.expect("Accepted", "CancelReservation", { reservationId: id });
  await until(`connector 1 of ${life.id}`, () => connector?.status === "Available", 20_000);
  await life.expect("Accepted", "ReserveNow", { id: id + 1, expiryDateTime: later(), idToken: ID_TOKEN, evseId: 1 });
  await life.chargeLocally();
  // Who charges freely names no reservation either.
  if (!life.has("free-charging"))
    await life.hears("the reserved start", "TransactionEvent", 0, ({ reservationId }) => reservationId === id + 1);
  await life.unplug();
};

export const availability: Phase = async (life) => {
  const connector = life.station.connector(1);
  await until(`connector 1 of ${life.id}`, () => connector?.status === "Available", 20_000);
  const before = life.heard("StatusNotification").length;
  const evse = { id: 1, connectorId: 1 };
  await life.expect("Accepted", "ChangeAvailability", { operationalStatus: "Inoperative", evse });
  await life.hears(
    "unavailable",
    "StatusNotification",
    before,
    ({ connectorStatus }) => connectorStatus === "Unavailable",
  );
  const then = life.heard("StatusNotification").length;
  await life.expect("Accepted", "ChangeAvailability", { operationalStatus: "Operative", evse });
  await life.hears("available", "StatusNotification", then, ({ connectorStatus }) => connectorStatus === "Available");
};

/** Firmware and log, with the request ids of the CSMS. */
export const upkeep: Phase = async (life) => {
  const requestId = life.next();
  const firmware = { location: "https://files.example/firmware", retrieveDateTime: new Date().toISOString() };
  await life.expect("Accepted", "UpdateFirmware", { requestId, firmware });
  await life.hears(
    "the firmware",
    "FirmwareStatusNotification",
    0,
    (payload) => payload["status"] === "Installed" && payload["requestId"] === requestId,
  );
  const logId = life.next();
  const log = { remoteLocation: "https://files.example/logs" };
  await life.expect("Accepted", "GetLog", { logType: "DiagnosticsLog", requestId: logId, log });
  await life.hears(
    "the log",
    "LogStatusNotification",
    0,
    (payload) => payload["status"] === "Uploaded" && payload["requestId"] === logId,
  );
};

/** A reset that ends a transaction. */
export const reset: Phase = async (life) => {
  await life.chargeLocally();
  await until(`a reading of ${life.id}`, () => life.station.connector(1)?.state.powerW !== 0, 20_000);
  const before = life.heard("BootNotification").length;
  await life.expect("Accepted", "Reset", { type: "Immediate" });
  const booted = await life.hears("the boot after the reset", "BootNotification", before);
  assert.is(booted["reason"], "RemoteReset");
  await life.hears(
    "the end by the reset",
    "TransactionEvent",
    0,
    ({ transactionInfo }) => (transactionInfo as Json)["stoppedReason"] === "ImmediateReset",
  );
  await life.untilOnline();
};
