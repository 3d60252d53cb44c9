import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../src/domain/ocpp/frame.ts";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import type { CallOutcome } from "../../src/sim/rpc-peer.ts";
import type { SimulatedStation } from "../../src/sim/station.ts";
import type { StationOptions } from "../../src/sim/station-options.ts";
import { listAt } from "../../src/sim/wire.ts";
import { simWorld, type World } from "../support/sim-world.ts";

interface Desk {
  readonly world: World;
  readonly station: SimulatedStation;
  /** Sends a command and lets a second pass. */
  ask(action: string, payload: Payload): Promise<Payload>;
  /** Requests of the station with this action, in order. */
  heard(action: string): readonly Payload[];
}

async function desk(version: OcppVersion, options: Partial<StationOptions> = {}): Promise<Desk> {
  const world = simWorld();
  const station = world.station({
    id: "S",
    version,
    autonomous: false,
    connectors: 2,
    sessionSec: [600, 600],
    ...options,
  });
  station.start();
  await world.clock.advance(1_000);
  const answer = (outcome: CallOutcome): Payload => {
    if (outcome.kind === "result") return outcome.payload;
    throw new Error(JSON.stringify(outcome));
  };
  return {
    world,
    station,
    ask: async (action, payload) => {
      const outcome = world.csms.call("S", action, payload);
      await world.clock.advance(1_000);
      return answer(await outcome);
    },
    heard: (action) =>
      (world.csms.ledger("S")?.messages ?? [])
        .filter((message) => message.direction === "in" && message.action === action)
        .map(({ payload = {} }) => payload),
  };
}

const DEFAULT_PROFILE: Payload = {
  stackLevel: 1,
  chargingProfilePurpose: "TxDefaultProfile",
  chargingProfileKind: "Relative",
};

const schedule = (watts: number): Payload => ({
  chargingRateUnit: "W",
  chargingSchedulePeriod: [{ startPeriod: 0, limit: watts }],
});

const profile16 = (watts: number): Payload => ({
  chargingProfileId: 5,
  ...DEFAULT_PROFILE,
  chargingSchedule: schedule(watts),
});
const profile201 = (watts: number): Payload => ({
  id: 5,
  ...DEFAULT_PROFILE,
  chargingSchedule: [{ id: 1, ...schedule(watts) }],
});

test("1.6 §5.11/§5.12 - a remote start charges at the connector asked for, a remote stop ends it with reason Remote", async () => {
  const { ask, heard, station, world } = await desk("ocpp1.6");
  assert.equal(await ask("RemoteStartTransaction", { idTag: "REMOTE", connectorId: 2 }), { status: "Accepted" });
  await world.clock.advance(3_000);
  assert.is(station.connector(2)?.status, "Charging");
  assert.equal(heard("Authorize"), []);
  const transactionId = station.connector(2)?.transaction?.record.transactionId;
  assert.equal(await ask("RemoteStopTransaction", { transactionId: 1 }), { status: "Rejected" });
  assert.equal(await ask("RemoteStopTransaction", { transactionId }), { status: "Accepted" });
  const [stop] = heard("StopTransaction");
  assert.equal([stop?.["transactionId"], stop?.["reason"], stop?.["idTag"]], [transactionId, "Remote", "REMOTE"]);
});

test("2.0.1 F01/F03 - RequestStart and RequestStop, with remoteStartId and triggerReason in the events", async () => {
  const { ask, heard, station, world } = await desk("ocpp2.0.1");
  const idToken = { idToken: "REMOTE", type: "Central" };
  assert.equal(await ask("RequestStartTransaction", { idToken, remoteStartId: 77, evseId: 1 }), { status: "Accepted" });
  await world.clock.advance(3_000);
  const transactionId = station.connector(1)?.transaction?.record.transactionId;
  assert.equal(await ask("RequestStopTransaction", { transactionId }), { status: "Accepted" });
  const events = heard("TransactionEvent");
  const [started, ended] = [events[0], events.at(-1)];
  assert.is(started?.["triggerReason"], "RemoteStart");
  assert.match(JSON.stringify(started?.["transactionInfo"]), '"remoteStartId":77');
  assert.is(ended?.["triggerReason"], "RemoteStop");
  assert.equal(
    events.map((event) => event["seqNo"]),
    events.map((_, i) => i),
  );
});

for (const version of ["ocpp1.6", "ocpp2.0.1"] as const) {
  const is16 = version === "ocpp1.6";
  const install = (watts: number): Payload =>
    is16 ? { connectorId: 0, csChargingProfiles: profile16(watts) } : { evseId: 0, chargingProfile: profile201(watts) };
  const start: readonly [string, Payload] = is16
    ? ["RemoteStartTransaction", { idTag: "A" }]
    : ["RequestStartTransaction", { idToken: { idToken: "A", type: "Central" }, remoteStartId: 1 }];

  test(`${version} - K01 - a charging profile lowers the power, 0 suspends, clearing it lets go`, async () => {
    const { ask, station, world } = await desk(version);
    await ask(...start);
    await world.clock.advance(10_000);
    const connector = station.connector(1);
    assert.ok((connector?.state.powerW ?? 0) > 5_000);
    assert.equal(await ask("SetChargingProfile", install(3_000)), { status: "Accepted" });
    assert.is(connector?.state.powerW, 3_000);
    await ask("SetChargingProfile", install(0));
    await world.clock.advance(2_000);
    assert.is(connector?.state.powerW, 0);
    assert.is(connector?.status, "SuspendedEVSE");
    assert.equal(await ask("ClearChargingProfile", is16 ? { id: 5 } : { chargingProfileId: 5 }), {
      status: "Accepted",
    });
    await world.clock.advance(3_000);
    assert.is(connector?.status, "Charging");
    assert.equal(await ask("ClearChargingProfile", is16 ? { id: 5 } : { chargingProfileId: 5 }), { status: "Unknown" });
  });

  test(`${version} - K08 - the composite schedule shows the limit`, async () => {
    const { ask } = await desk(version);
    await ask("SetChargingProfile", install(4_000));
    const answer = await ask(
      "GetCompositeSchedule",
      is16 ? { connectorId: 1, duration: 60 } : { evseId: 1, duration: 60 },
    );
    assert.match(JSON.stringify(answer), '"chargingSchedulePeriod":[{"startPeriod":0,"limit":4000}]');
  });

  test(`${version} - B11/B12 - a reset ends the transaction, reconnects and boots again`, async () => {
    const { ask, heard, station, world } = await desk(version);
    await ask(...start);
    await world.clock.advance(3_000);
    assert.equal(await ask("Reset", { type: is16 ? "Soft" : "Immediate" }), { status: "Accepted" });
    await world.clock.advance(5_000);
    assert.is(station.view().connectors[0]?.sessionWh, undefined);
    assert.is(heard("BootNotification").length, 2);
    assert.match(
      JSON.stringify(heard(is16 ? "StopTransaction" : "TransactionEvent").at(-1)),
      is16 ? "SoftReset" : "ImmediateReset",
    );
    if (!is16) assert.is(heard("BootNotification")[1]?.["reason"], "RemoteReset");
  });

  test(`${version} - G03 - a connector made inoperative starts nothing; one that charges is scheduled`, async () => {
    const { ask, station, world } = await desk(version);
    const change = (id: number, to: string): Payload =>
      is16 ? { connectorId: id, type: to } : { operationalStatus: to, evse: { id } };
    assert.equal(await ask("ChangeAvailability", change(1, "Inoperative")), { status: "Accepted" });
    assert.is(station.connector(1)?.status, "Unavailable");
    await ask(...start);
    await world.clock.advance(2_000);
    assert.is(station.connector(2)?.status, "Charging");
    assert.equal(await ask("ChangeAvailability", change(2, "Inoperative")), { status: "Scheduled" });
    station.connector(2)?.requestStop("Local");
    await world.clock.advance(10_000);
    assert.is(station.connector(2)?.status, "Unavailable");
    assert.equal(await ask(...start), { status: "Rejected" });
    assert.equal(await ask("ChangeAvailability", change(1, "Operative")), { status: "Accepted" });
    assert.is(station.connector(1)?.status, "Available");
  });

  test(`${version} - F06 - a triggered message is sent after the answer`, async () => {
    const { ask, world } = await desk(version);
    for (const requestedMessage of ["Heartbeat", "StatusNotification", "MeterValues", "BootNotification"]) {
      assert.equal(await ask("TriggerMessage", { requestedMessage }), { status: "Accepted" });
      const messages = world.csms.ledger("S")?.messages ?? [];
      const answered = messages.findLastIndex(({ direction, type }) => direction === "in" && type === 3);
      assert.ok(
        messages.slice(answered).some(({ action }) => action === requestedMessage),
        requestedMessage,
      );
    }
    assert.equal(await ask("TriggerMessage", { requestedMessage: "SignCertificate" }), { status: "NotImplemented" });
  });

  test(`${version} - D01 - a local list decides while the CSMS is away; an older version is refused`, async () => {
    const { ask, station, world } = await desk(version, { localTokens: [] });
    const entry = is16
      ? { idTag: "LOCAL", idTagInfo: { status: "Accepted" } }
      : { idToken: { idToken: "LOCAL", type: "ISO14443" }, idTokenInfo: { status: "Accepted" } };
    const list = (n: number): Payload => ({
      [is16 ? "listVersion" : "versionNumber"]: n,
      localAuthorizationList: [entry],
    });
    assert.equal(await ask("SendLocalList", { ...list(3), updateType: "Full" }), { status: "Accepted" });
    assert.equal(await ask("SendLocalList", { ...list(2), updateType: "Differential" }), { status: "VersionMismatch" });
    assert.equal(Object.values(await ask("GetLocalListVersion", {})), [3]);
    world.reachable = false;
    station.drop();
    await world.clock.advance(100);
    assert.is(await station.authorize("LOCAL"), true);
    assert.is(await station.authorize("OTHER"), false);
  });

  test(`${version} - an action that does not exist is NotImplemented`, async () => {
    const { ask } = await desk(version);
    const failure = await ask("Dance", {}).catch((error: Error) => error.message);
    assert.match(String(failure), "NotImplemented");
  });
}

test("1.6 §5.3 - a changed sample interval takes effect; unknown, read-only and wrong values are told apart", async () => {
  const { ask, heard, world } = await desk("ocpp1.6");
  const change = (key: string, value: string) => ask("ChangeConfiguration", { key, value });
  assert.equal(await change("MeterValueSampleInterval", "5"), { status: "Accepted" });
  assert.equal(await change("MeterValueSampleInterval", "soon"), { status: "Rejected" });
  assert.equal(await change("NumberOfConnectors", "9"), { status: "Rejected" });
  assert.equal(await change("Nonsense", "1"), { status: "NotSupported" });
  await ask("RemoteStartTransaction", { idTag: "A" });
  await world.clock.advance(20_500);
  assert.is(heard("MeterValues").length, 4);
});

test("2.0.1 B05/B06 - variables are read and written by component and name, whatever the case", async () => {
  const { ask } = await desk("ocpp2.0.1");
  const at = (component: string, variable: string): Payload => ({
    component: { name: component },
    variable: { name: variable },
  });
  const set = await ask("SetVariables", {
    setVariableData: [
      { attributeValue: "33", ...at("ocppcommctrlr", "heartbeatinterval") },
      { attributeValue: "1", ...at("OCPPCommCtrlr", "Nonsense") },
      { attributeValue: "1", ...at("Nonsense", "Nonsense") },
    ],
  });
  const statuses = listAt(set, "setVariableResult").map(({ attributeStatus }) => attributeStatus);
  assert.equal(statuses, ["Accepted", "UnknownVariable", "UnknownComponent"]);
  const got = await ask("GetVariables", { getVariableData: [at("OCPPCommCtrlr", "HeartbeatInterval")] });
  assert.match(JSON.stringify(got), '"attributeValue":"33"');
});

test("2.0.1 B07 - a base report lists every variable", async () => {
  const { ask, heard, station } = await desk("ocpp2.0.1");
  await ask("GetBaseReport", { requestId: 8, reportBase: "FullInventory" });
  const [report] = heard("NotifyReport");
  assert.is(report?.["requestId"], 8);
  assert.is(listAt(report ?? {}, "reportData").length, station.settings.all().length);
});

test("2.0.1 E14 - GetTransactionStatus tells what runs and what waits", async () => {
  const { ask, station, world } = await desk("ocpp2.0.1");
  await ask("RequestStartTransaction", { idToken: { idToken: "A", type: "Central" }, remoteStartId: 1 });
  await world.clock.advance(2_000);
  const transactionId = station.connector(1)?.transaction?.record.transactionId;
  assert.equal(await ask("GetTransactionStatus", { transactionId }), {
    ongoingIndicator: true,
    messagesInQueue: false,
  });
  assert.equal(await ask("GetTransactionStatus", {}), { messagesInQueue: false });
});

test.run();
