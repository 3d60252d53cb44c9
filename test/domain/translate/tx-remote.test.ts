import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { TxOptions } from "../../../src/domain/translate/tx-options.ts";
import { messageSchema } from "../../support/schemas.ts";
import { accepted, at, charging, plainTopology, startRequest, T0, TxWorld } from "../../support/tx-world.ts";

const request = (change: Payload = {}): Payload => ({
  remoteStartId: 42,
  evseId: 1,
  idToken: { idToken: "04A1B2C3", type: "ISO14443" },
  ...change,
});

const profile = (change: Payload = {}): Payload => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: "TxProfile",
  chargingProfileKind: "Relative",
  chargingSchedule: [{ id: 1, chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] }],
  ...change,
});

const rejection = (world: TxWorld): unknown => {
  const { status, statusInfo } = world.answer() as { status: string; statusInfo?: Payload };
  assert.is(status, "Rejected");
  assert.is(world.asks("RemoteStartTransaction").length + world.asks("RemoteStopTransaction").length, 0);
  return statusInfo?.["reasonCode"];
};

const status = (connectorId: number, name: string): Payload => ({ connectorId, errorCode: "NoError", status: name });

// --- start ---

test("F02 - a remote start goes to the station, its words come back, and the transaction it leads to says so", () => {
  const world = new TxWorld();
  world.csms("RequestStartTransaction", request());
  assert.equal(world.ask("RemoteStartTransaction").payload, { idTag: "04A1B2C3", connectorId: 1 });
  world.reply("RemoteStartTransaction", { status: "Accepted" });
  assert.equal(world.answer(), { status: "Accepted" });
  world.station("StartTransaction", startRequest({ idTag: "04a1b2c3" }));
  const { payload } = world.ask("TransactionEvent");
  assert.is(payload["triggerReason"], "RemoteStart");
  assert.is((payload["transactionInfo"] as Payload)["remoteStartId"], 42);
  world.station("StartTransaction", startRequest({ connectorId: 2 }));
  assert.is(world.ask("TransactionEvent").payload["triggerReason"], "Authorized", "it is used up");
});

test("F02 - the start may come before the station's answer to the command", () => {
  const world = new TxWorld();
  world.csms("RequestStartTransaction", request());
  const { job } = world.ask("RemoteStartTransaction");
  world.station("StartTransaction", startRequest());
  assert.is(world.ask("TransactionEvent").payload["triggerReason"], "RemoteStart");
  world.answered(job, { kind: "result", payload: { status: "Accepted" } });
  assert.equal(world.answer(), { status: "Accepted" });
  world.station("StartTransaction", startRequest({ connectorId: 2 }));
  assert.is(world.ask("TransactionEvent").payload["triggerReason"], "Authorized");
});

test("F02 - neither another token, nor another connector, nor one that comes too late belongs to it", () => {
  for (const [change, lateMs] of [
    [{ idTag: "04A1B2C4" }, 0],
    [{ connectorId: 2 }, 0],
    [{}, 200_000],
  ] as const) {
    const world = new TxWorld();
    world.csms("RequestStartTransaction", request());
    world.reply("RemoteStartTransaction", { status: "Accepted" });
    world.now = (T0 + lateMs) as typeof T0;
    world.station("StartTransaction", startRequest(change));
    assert.is(world.ask("TransactionEvent").payload["triggerReason"], "Authorized");
  }
});

test("F02 - what the station refuses or does not answer is rejected and forgotten", () => {
  for (const [outcome, reasonCode] of [
    [{ kind: "result", payload: { status: "Rejected" } }, undefined],
    [{ kind: "none" }, "InternalError"],
    [{ kind: "error", code: "NotSupported", description: "" }, "UnsupportedRequest"],
    [{ kind: "error", code: "NotImplemented", description: "no" }, "UnsupportedRequest"],
    [{ kind: "error", code: "GenericError", description: "" }, "InternalError"],
  ] as const) {
    const world = new TxWorld();
    world.csms("RequestStartTransaction", request());
    world.answered(world.ask("RemoteStartTransaction").job, outcome);
    assert.is(rejection(world), reasonCode);
    world.station("StartTransaction", startRequest());
    assert.is(world.ask("TransactionEvent").payload["triggerReason"], "Authorized");
  }
});

test("F01 - the same accepted remote start again is answered, and the station asked no more", () => {
  const world = new TxWorld();
  world.csms("RequestStartTransaction", request());
  world.reply("RemoteStartTransaction", { status: "Accepted" });
  world.csms("RequestStartTransaction", request());
  assert.equal(world.answer(), { status: "Accepted" });
  assert.is(world.asks().length, 0);
});

test("a long token goes down under an alias, and comes up as itself", () => {
  const world = new TxWorld();
  const idToken = { idToken: "a-very-long-token-of-thirty-six-chars", type: "Central" };
  world.csms("RequestStartTransaction", request({ idToken: { ...idToken, idToken: idToken.idToken.slice(0, 36) } }));
  const { idTag } = world.ask("RemoteStartTransaction").payload;
  assert.is(String(idTag).length, 20);
  world.station("StartTransaction", startRequest({ idTag }));
  const event = world.ask("TransactionEvent").payload;
  assert.equal(event["idToken"], { ...idToken, idToken: idToken.idToken.slice(0, 36) });
  assert.is(event["triggerReason"], "RemoteStart");
});

test("§3.6 - what cannot work is rejected with its reason, and the station not asked", () => {
  const offline = new TxWorld();
  offline.isStationOnline = false;
  offline.csms("RequestStartTransaction", request());
  assert.is(rejection(offline), "InternalError");
  for (const registration of ["none", "Pending"] as const) {
    const world = new TxWorld({ tx: { registration } });
    world.csms("RequestStartTransaction", request());
    assert.is(rejection(world), "CSNotAccepted");
    world.csms("RequestStopTransaction", { transactionId: "x" });
    assert.is(rejection(world), "CSNotAccepted");
  }
  const rejected = new TxWorld({ tx: { registration: "Rejected" } });
  rejected.csms("RequestStartTransaction", request());
  assert.is(rejected.refusal(), "SecurityError");
  const unknown = new TxWorld();
  for (const evseId of [0, 3]) {
    unknown.csms("RequestStartTransaction", request({ evseId }));
    assert.is(rejection(unknown), "UnknownEvse");
  }
  const { world: busy } = charging();
  busy.csms("RequestStartTransaction", request());
  assert.is(rejection(busy), "TxInProgress");
  for (const name of ["Unavailable", "Faulted"]) {
    const world = new TxWorld();
    world.station("StatusNotification", status(1, name));
    world.csms("RequestStartTransaction", request());
    assert.is(rejection(world), "Unspecified");
  }
});

test("§3.6 - a connector that is reserved for somebody else is not started on; one for the token or its group is", () => {
  const reservedTags: TxOptions["reservedTags"] = (_state, connector16) =>
    connector16 === 1 ? ["MINE", "OURS"] : undefined;
  const answerTo = (change: Payload) => {
    const world = new TxWorld({ reservedTags });
    world.csms("RequestStartTransaction", request(change));
    return world.asks("RemoteStartTransaction")[0]?.payload["connectorId"] ?? rejection(world);
  };
  const token = (idToken: string) => ({ idToken, type: "Central" });
  assert.is(answerTo({}), "Unspecified");
  assert.is(answerTo({ idToken: token("mine") }), 1);
  assert.is(answerTo({ groupIdToken: token("OURS") }), 1);
  assert.is(answerTo({ evseId: 2 }), 2);
});

test("§3.6 - without an EVSE: the only connector, else one that is ready, else the station chooses", () => {
  const { evseId: _none, ...anywhere } = request();
  const only = new TxWorld({ topology: plainTopology(1) });
  only.csms("RequestStartTransaction", anywhere);
  assert.is(only.ask("RemoteStartTransaction").payload["connectorId"], 1);
  const nobodyKnows = new TxWorld();
  nobodyKnows.csms("RequestStartTransaction", anywhere);
  assert.is(nobodyKnows.ask("RemoteStartTransaction").payload["connectorId"], undefined);
  for (const name of ["Available", "Preparing"]) {
    const world = new TxWorld();
    world.station("StatusNotification", status(1, "Finishing"));
    world.station("StatusNotification", status(2, name));
    world.csms("RequestStartTransaction", anywhere);
    assert.is(world.ask("RemoteStartTransaction").payload["connectorId"], 2);
  }
  const { world } = charging();
  world.station("StartTransaction", startRequest({ connectorId: 2 }));
  world.csms("RequestStartTransaction", anywhere);
  assert.is(rejection(world), "TxInProgress");
});

test("§3.6 - on an EVSE with several connectors the one that is ready is meant", () => {
  const connectors = [
    { connectorId: 1, connector16: 1 },
    { connectorId: 2, connector16: 2 },
  ];
  const world = new TxWorld({ topology: { evses: [{ evseId: 1, connectors }] } });
  world.station("StatusNotification", status(1, "Unavailable"));
  world.station("StatusNotification", status(2, "Preparing"));
  world.csms("RequestStartTransaction", request());
  assert.is(world.ask("RemoteStartTransaction").payload["connectorId"], 2);
});

test("F01.FR.26 - a profile goes down as its rules translate it, or the start is rejected for their reason", () => {
  const profile16 = {
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: "TxProfile",
    chargingProfileKind: "Relative",
    chargingSchedule: { chargingRateUnit: "A", chargingSchedulePeriod: [{ startPeriod: 0, limit: 16 }] },
  };
  const start = (options: TxOptions, change: Payload = {}) => {
    const world = new TxWorld(options);
    world.csms("RequestStartTransaction", request({ chargingProfile: profile(change) }));
    return world;
  };
  const places: unknown[] = [];
  const world = start({
    remoteStartProfile: (_state, _profile, place) => {
      places.push(place);
      return { profile16 };
    },
  });
  assert.equal(world.ask("RemoteStartTransaction").payload["chargingProfile"], profile16);
  assert.equal(places, [{ evseId: 1, connector16: 1 }]);
  assert.is(rejection(start({ remoteStartProfile: () => ({ reject: "InvalidSchedule" }) })), "InvalidSchedule");
  assert.is(rejection(start({})), "InvalidProfile", "never left out");
  for (const change of [{ chargingProfilePurpose: "TxDefaultProfile" }, { transactionId: "x" }]) {
    assert.is(rejection(start({ remoteStartProfile: () => ({ profile16 }) }, change)), "InvalidProfile");
  }
});

test("K05.FR.04 - a station without smart charging starts without the profile, and that is counted", () => {
  const world = new TxWorld();
  world.state = { ...world.state, capabilities: { featureProfiles: ["Core"], hasSecurityExtension: false } };
  world.csms("RequestStartTransaction", request({ chargingProfile: profile() }));
  assert.is(world.ask("RemoteStartTransaction").payload["chargingProfile"], undefined);
  assert.equal(world.lost(), ["RequestStartTransaction.chargingProfile"]);
});

// --- stop ---

test("F03 - a remote stop goes down by the station's number, and is why the transaction ends", () => {
  const { world, tx16, id } = charging();
  world.csms("RequestStopTransaction", { transactionId: id });
  assert.equal(world.ask("RemoteStopTransaction").payload, { transactionId: tx16 });
  world.reply("RemoteStopTransaction", { status: "Accepted" });
  assert.equal(world.answer(), { status: "Accepted" });
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(5), meterStop: 1500 });
  const { payload } = world.ask("TransactionEvent");
  assert.is(payload["triggerReason"], "RemoteStop");
  assert.is((payload["transactionInfo"] as Payload)["stoppedReason"], "Remote");
});

test("F03 - unknown and ended transactions are not found, and a stop the station refuses is no hint", () => {
  const { world, tx16, id } = charging();
  world.csms("RequestStopTransaction", { transactionId: "nobody" });
  assert.is(rejection(world), "TxNotFound");
  world.csms("RequestStopTransaction", { transactionId: id });
  world.reply("RemoteStopTransaction", { status: "Rejected" });
  assert.equal(world.answer(), { status: "Rejected" });
  assert.is(world.state.tx.transactions[0]?.stopHint, undefined);
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(5), meterStop: 1500 });
  world.csms("RequestStopTransaction", { transactionId: id });
  assert.is(rejection(world), "TxNotFound");
});

test("§3.6 - both versions know the same two words", () => {
  for (const [action16, action2] of [
    ["RemoteStartTransaction", "RequestStartTransaction"],
    ["RemoteStopTransaction", "RequestStopTransaction"],
  ] as const) {
    const words16 = messageSchema("ocpp1.6", action16, "response").properties?.["status"]?.enum;
    const words2 = messageSchema("ocpp2.0.1", action2, "response").definitions?.["RequestStartStopStatusEnumType"]
      ?.enum;
    assert.equal([...(words16 ?? [])].sort(), ["Accepted", "Rejected"]);
    assert.equal([...(words2 ?? [])].sort(), ["Accepted", "Rejected"]);
  }
});

// --- status ---

test("E14 - GetTransactionStatus is answered here: is it going on, and are there messages of it", () => {
  const { world, tx16, id } = charging();
  const ask = (payload: Payload) => {
    world.csms("GetTransactionStatus", payload);
    assert.is(world.asks().length, 0);
    return world.answer();
  };
  assert.equal(ask({ transactionId: id }), { ongoingIndicator: true, messagesInQueue: false });
  assert.equal(ask({ transactionId: "nobody" }), { ongoingIndicator: false, messagesInQueue: false });
  assert.equal(ask({}), { messagesInQueue: false });
  world.queued = [id];
  assert.equal(ask({ transactionId: id }), { ongoingIndicator: true, messagesInQueue: true });
  assert.equal(ask({}), { messagesInQueue: true });
  world.queued = [];
  world.isStationOnline = false;
  assert.equal(ask({ transactionId: id }), { ongoingIndicator: true, messagesInQueue: true }, "the station has some");
  assert.equal(ask({}), { messagesInQueue: true });
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(5), meterStop: 1500 });
  assert.equal(ask({ transactionId: id }), { ongoingIndicator: false, messagesInQueue: false });
});

test("a transaction whose token the CSMS accepts is not stopped", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest(), { offline: true });
  world.reply("TransactionEvent", accepted);
  assert.is(world.asks().length, 0);
});

test.run();
