import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { accepted, at, charging, startRequest, T0, TxWorld } from "../../support/tx-world.ts";

const event = (world: TxWorld) => world.ask("TransactionEvent").payload as Payload & { transactionInfo: Payload };

test("E01 - a StartTransaction is told as Started, with register, token and EVSE, and answered with what the CSMS says", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest({ reservationId: 9 }));
  assert.equal(event(world), {
    eventType: "Started",
    timestamp: "2026-03-01T12:00:00.000Z",
    triggerReason: "Authorized",
    seqNo: 0,
    transactionInfo: { transactionId: "00000000-0000-4000-8000-000000000001", chargingState: "EVConnected" },
    idToken: { idToken: "04A1B2C3", type: "ISO14443" },
    evse: { id: 1, connectorId: 1 },
    reservationId: 9,
    meterValue: [
      {
        timestamp: "2026-03-01T12:00:00.000Z",
        sampledValue: [
          {
            value: 1000,
            context: "Transaction.Begin",
            measurand: "Energy.Active.Import.Register",
            location: "Outlet",
            unitOfMeasure: { unit: "Wh" },
          },
        ],
      },
    ],
  });
  assert.is(world.ask("TransactionEvent").sure, true);
  assert.is(
    world.wants.some(({ do: what }) => what === "answer"),
    false,
    "answered before the CSMS",
  );
  world.reply("TransactionEvent", { idTokenInfo: { status: "Blocked", cacheExpiryDateTime: at(60) } });
  assert.equal(world.answer(), {
    transactionId: Math.floor(T0 / 1000),
    idTagInfo: { status: "Blocked", expiryDate: at(60) },
  });
});

test("E01 - chargingState of the start follows the last status of the connector", () => {
  for (const [status, chargingState] of [
    ["Available", "EVConnected"],
    ["Preparing", "EVConnected"],
    ["Charging", "Charging"],
    ["SuspendedEV", "SuspendedEV"],
    ["SuspendedEVSE", "SuspendedEVSE"],
    ["Finishing", "EVConnected"],
    ["Reserved", "EVConnected"],
    ["Unavailable", "EVConnected"],
    ["Faulted", "EVConnected"],
  ]) {
    const world = new TxWorld();
    world.station("StatusNotification", { connectorId: 1, errorCode: "NoError", status });
    world.station("StartTransaction", startRequest());
    assert.is(event(world).transactionInfo["chargingState"], chargingState, status);
  }
});

test("no word from the CSMS on the token means accepted", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest());
  world.reply("TransactionEvent", {});
  assert.equal(world.answer()["idTagInfo"], { status: "Accepted" });
});

test("a start the CSMS never decided about is answered as configured, and accepted where the CSMS asked for it", () => {
  for (const undecidedToken of ["Accepted", "Invalid"] as const) {
    const world = new TxWorld({ undecidedToken });
    world.station("StartTransaction", startRequest());
    world.answered(world.ask("TransactionEvent").job, { kind: "none" });
    assert.equal(world.answer()["idTagInfo"], { status: undecidedToken });
  }
  const world = new TxWorld();
  world.csms("RequestStartTransaction", {
    remoteStartId: 5,
    evseId: 1,
    idToken: { idToken: "04A1B2C3", type: "ISO14443" },
  });
  world.reply("RemoteStartTransaction", { status: "Accepted" });
  world.station("StartTransaction", startRequest());
  world.answered(world.ask("TransactionEvent").job, { kind: "error", code: "InternalError", description: "" });
  assert.equal(world.answer()["idTagInfo"], { status: "Accepted" });
});

test("the same start under another message id gets the same id and words, and the CSMS nothing", () => {
  const { world, tx16 } = charging();
  world.station("StartTransaction", startRequest());
  assert.equal(world.wants, [
    { do: "answer", ref: "r2", payload: { transactionId: tx16, idTagInfo: { status: "Accepted" } } },
  ]);
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(60), meterStop: 1500 });
  world.station("StartTransaction", startRequest());
  assert.is(world.answer()["transactionId"], tx16, "also after it has ended");
  assert.is(world.asks().length, 0);
});

test("the same start while the first waits: both are answered when the CSMS has", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest());
  const { job } = world.ask("TransactionEvent");
  world.station("StartTransaction", startRequest());
  assert.is(world.wants.length, 0);
  world.answered(job, { kind: "result", payload: accepted });
  assert.equal(
    world.wants.flatMap((want) => (want.do === "answer" ? [want.ref] : [])),
    ["r1", "r2"],
  );
});

test("a start that differs in anything that counts is another one", () => {
  for (const change of [{ connectorId: 2 }, { idTag: "04A1B2C4" }, { timestamp: at(1) }, { meterStart: 1001 }]) {
    const { world } = charging();
    world.station("StartTransaction", startRequest(change));
    assert.is(world.asks("TransactionEvent").at(-1)?.payload["eventType"], "Started", JSON.stringify(change));
    assert.is(new Set(world.state.tx.transactions.map(({ tx16 }) => tx16)).size, 2);
  }
});

test("a start on a connector that is in use ends the older transaction first, with its last register", () => {
  const { world, id } = charging();
  world.station("MeterValues", {
    connectorId: 1,
    meterValue: [{ timestamp: at(30), sampledValue: [{ value: "1.7", unit: "kWh" }] }],
  });
  world.station("StartTransaction", startRequest({ timestamp: at(90), meterStart: 1800 }));
  const [ended, started] = world.asks("TransactionEvent").map(({ payload }) => payload);
  assert.is(ended?.["eventType"], "Ended");
  assert.is(ended?.["seqNo"], 2);
  assert.is(ended?.["triggerReason"], "AbnormalCondition");
  assert.equal(ended?.["transactionInfo"], { transactionId: id, stoppedReason: "Other" });
  assert.equal(ended?.["customData"], { vendorId: "twinlane", synthesizedEnd: true });
  const [element] = (ended?.["meterValue"] ?? []) as { sampledValue: { value: number }[] }[];
  assert.is(element?.sampledValue[0]?.value, 1700);
  assert.is(started?.["eventType"], "Started");
  assert.is(started?.["seqNo"], 0);
});

test("a start from before the open one, late out of a station's queue, does not end it", () => {
  const { world } = charging();
  world.station("StartTransaction", startRequest({ timestamp: at(-3600), meterStart: 500 }));
  assert.equal(
    world.asks("TransactionEvent").map(({ payload }) => payload["eventType"]),
    ["Started"],
  );
});

test("§2.1 - a start on connector 0 is refused", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest({ connectorId: 0 }));
  assert.is(world.refusal(), "PropertyConstraintViolation");
  assert.is(world.asks().length, 0);
});

test("a start on a connector the topology does not know is billed, as an EVSE of its own", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest({ connectorId: 7 }));
  assert.equal(event(world)["evse"], { id: 7, connectorId: 1 });
});

test("E04 - offline is said when the CSMS was away, or the station had queued the start", () => {
  const online = new TxWorld();
  online.stationSince = T0;
  online.station("StartTransaction", startRequest());
  assert.is(event(online)["offline"], undefined);
  const away = new TxWorld();
  away.station("StartTransaction", startRequest(), { offline: true });
  assert.is(event(away)["offline"], true);
  const queued = new TxWorld();
  queued.stationSince = T0;
  queued.station("StartTransaction", startRequest({ timestamp: at(-600) }));
  assert.is(event(queued)["offline"], true);
  const tolerated = new TxWorld();
  tolerated.stationSince = T0;
  tolerated.station("StartTransaction", startRequest({ timestamp: at(-20) }));
  assert.is(event(tolerated)["offline"], undefined);
});

test("a clock that was never set, or has no zone, is put right and says nothing about being offline", () => {
  const world = new TxWorld();
  world.stationSince = T0;
  world.station("StartTransaction", startRequest({ timestamp: "1970-01-01T00:00:12Z" }));
  assert.is(event(world)["timestamp"], at(0));
  assert.is(event(world)["offline"], undefined);
  assert.equal(world.repaired(), ["timestamp"]);
  const local = new TxWorld();
  local.stationSince = T0;
  local.station("StartTransaction", startRequest({ timestamp: "2026-03-01T10:00:00" }));
  assert.is(event(local)["timestamp"], "2026-03-01T10:00:00.000Z");
  assert.is(event(local)["offline"], undefined);
  assert.equal(local.repaired(), ["timestamp without zone"]);
  const zoned = new TxWorld();
  zoned.station("StartTransaction", startRequest({ timestamp: "2026-03-01T13:00:00.1234567+01:00" }));
  assert.is(event(zoned)["timestamp"], "2026-03-01T12:00:00.123Z");
});

test("C01.FR.21 - a token that is not for this EVSE is invalid at its start", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest({ connectorId: 2 }));
  world.reply("TransactionEvent", { idTokenInfo: { status: "Accepted", evseId: [1] } });
  assert.equal(world.answer()["idTagInfo"], { status: "Invalid" });
  const earlier = new TxWorld();
  earlier.station("Authorize", { idTag: "04A1B2C3" });
  earlier.reply("Authorize", { idTokenInfo: { status: "Accepted", evseId: [1] } });
  assert.equal(earlier.answer(), { idTagInfo: { status: "Accepted" } }, "the connector is not known yet");
  earlier.station("StartTransaction", startRequest({ connectorId: 2 }));
  earlier.reply("TransactionEvent", {});
  assert.equal(earlier.answer()["idTagInfo"], { status: "Invalid" });
});

test("E05 - a driver let in offline whom the CSMS refuses is stopped, again each minute until the station takes it", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest(), { offline: true });
  world.reply("TransactionEvent", { idTokenInfo: { status: "Invalid" } });
  const { tx16 } = world.state.tx.transactions[0] ?? { tx16: 0 };
  assert.equal(world.ask("RemoteStopTransaction").payload, { transactionId: tx16 });
  world.reply("RemoteStopTransaction", { status: "Rejected" });
  const [again] = world.wants;
  assert.ok(again?.do === "wake" && again.at === T0 + 60_000);
  if (again?.do === "wake") world.wake(again.job);
  world.reply("RemoteStopTransaction", { status: "Accepted" });
  assert.equal(world.wants, []);
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(90), meterStop: 1100, reason: "Remote" });
  assert.is(event(world).transactionInfo["stoppedReason"], "DeAuthorized");
  assert.is(event(world)["triggerReason"], "Deauthorized");
});

test("E05 - nobody is stopped twice: not where the station was told itself, nor where the spool does it, nor after the end", () => {
  for (const [offline, stopsDeauthorised] of [
    [false, true],
    [true, false],
  ] as const) {
    const world = new TxWorld({ stopsDeauthorised });
    world.station("StartTransaction", startRequest(), { offline });
    world.reply("TransactionEvent", { idTokenInfo: { status: "Invalid" } });
    assert.is(world.asks("RemoteStopTransaction").length, 0);
  }
  const world = new TxWorld();
  world.station("StartTransaction", startRequest(), { offline: true });
  const { job } = world.ask("TransactionEvent");
  const { tx16 } = world.state.tx.transactions[0] ?? { tx16: 0 };
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(90), meterStop: 1100 });
  world.answered(job, { kind: "result", payload: { idTokenInfo: { status: "Invalid" } } });
  assert.is(world.asks("RemoteStopTransaction").length, 0);
});

test("ids count on from the highest given or seen, and begin where a lost table could not have been", () => {
  const { world, tx16 } = charging();
  assert.is(tx16, Math.floor(T0 / 1000));
  world.station("StopTransaction", { transactionId: tx16 + 10, timestamp: at(5), meterStop: 3 });
  world.station("StartTransaction", startRequest({ connectorId: 2, timestamp: at(9) }));
  assert.is(world.state.tx.transactions.at(-1)?.tx16, tx16 + 11);
});

test("ids of the spool's range, and what no counter reaches, do not move the counter", () => {
  const { world, tx16 } = charging();
  world.station("StopTransaction", { transactionId: 2_147_483_647, timestamp: at(5), meterStop: 3 });
  world.station("StartTransaction", startRequest({ connectorId: 2, timestamp: at(9) }));
  assert.is(world.state.tx.transactions.at(-1)?.tx16, tx16 + 1);
});

test("B02, B03 - a station that is not accepted may not start; what happened while the CSMS was away is told all the same", () => {
  for (const registration of ["Pending", "Rejected"] as const) {
    const world = new TxWorld({ tx: { registration } });
    world.station("StartTransaction", startRequest());
    assert.is(world.refusal(), "SecurityError");
    world.station("StartTransaction", startRequest(), { offline: true });
    assert.is(event(world)["eventType"], "Started");
  }
});

test("the transaction is announced when it starts and when it ends", () => {
  const heard: string[] = [];
  const { world, tx16 } = charging({
    onTransaction: (state, transaction, what) => {
      heard.push(`${what} ${transaction.tx16}`);
      return { state, wants: [{ do: "lost", what: "probe" }] };
    },
  });
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(60), meterStop: 1500 });
  assert.equal(heard, [`started ${tx16}`, `ended ${tx16}`]);
  assert.equal(world.lost(), ["probe"]);
});

test("§7.3 - a 2.1 CSMS gets the same events, good by its own schemas", () => {
  const { world, tx16 } = charging({ northVersion: "ocpp2.1" });
  world.station("StatusNotification", {
    connectorId: 1,
    errorCode: "OverVoltage",
    status: "Charging",
    timestamp: at(5),
  });
  world.station("MeterValues", {
    connectorId: 1,
    meterValue: [{ timestamp: at(9), sampledValue: [{ value: "1" }, { value: "x", format: "SignedData" }] }],
  });
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(60), meterStop: 1500, idTag: "04A1B2C3" });
  world.reply("TransactionEvent", accepted);
  world.station("StopTransaction", { transactionId: 5, timestamp: at(61), meterStop: 1500 });
  assert.equal(
    world.events.map(({ eventType }) => eventType),
    ["Started", "Updated", "Updated", "Ended", "Started", "Ended"],
  );
});

test("what a driver should read or pay is lost, and counted", () => {
  const world = new TxWorld();
  world.station("StartTransaction", startRequest());
  world.reply("TransactionEvent", {
    totalCost: 1,
    chargingPriority: 3,
    updatedPersonalMessage: { format: "ASCII", content: "hello" },
    idTokenInfo: { status: "Accepted", language1: "de", chargingPriority: 1 },
  });
  assert.equal([...world.lost()].sort(), [
    "TransactionEventResponse.totalCost",
    "TransactionEventResponse.updatedPersonalMessage",
    "idTokenInfo.chargingPriority",
    "idTokenInfo.language1",
  ]);
});

test.run();
