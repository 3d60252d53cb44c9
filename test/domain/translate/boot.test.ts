import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { northSettings } from "../../../src/domain/translate/device-own.ts";
import { messageSchema } from "../../support/schemas.ts";
import { at, charging, T0, TxWorld } from "../../support/tx-world.ts";

const request = { chargePointVendor: "ACME", chargePointModel: "Box" };
const accepted = { status: "Accepted", currentTime: at(0), interval: 300 };

const reason = (world: TxWorld): unknown => {
  world.station("BootNotification", request);
  return world.ask("BootNotification").payload["reason"];
};

test("§3.9 - a boot is told with all that 2.x has a field for; the meter's name is not, and counted", () => {
  const world = new TxWorld({ tx: { registration: "none" } });
  world.station("BootNotification", {
    ...request,
    chargePointSerialNumber: "S1",
    chargeBoxSerialNumber: "S2",
    firmwareVersion: "1.2",
    iccid: "I",
    imsi: "M",
    meterType: "T",
    meterSerialNumber: "N",
  });
  assert.equal(world.ask("BootNotification").payload, {
    reason: "PowerUp",
    chargingStation: {
      model: "Box",
      vendorName: "ACME",
      serialNumber: "S1",
      firmwareVersion: "1.2",
      modem: { iccid: "I", imsi: "M" },
    },
  });
  assert.equal(world.lost(), ["BootNotification.meterType", "BootNotification.meterSerialNumber"]);
});

test("§3.9 - the serial number of the box does where there is no other; what is too long is cut, and counted", () => {
  const world = new TxWorld();
  world.station("BootNotification", { ...request, chargeBoxSerialNumber: "S".repeat(30) });
  const { chargingStation } = world.ask("BootNotification").payload as { chargingStation: Payload };
  assert.is(chargingStation["serialNumber"], "S".repeat(25));
  assert.is(chargingStation["modem"], undefined);
  assert.equal(world.repaired(), ["long serialNumber"]);
});

test("B01, B02, B03 - the CSMS's answer is the station's, word by word", () => {
  for (const status of messageSchema("ocpp2.0.1", "BootNotification", "response").definitions?.[
    "RegistrationStatusEnumType"
  ]?.enum ?? []) {
    const world = new TxWorld({ tx: { registration: "none" } });
    world.station("BootNotification", request);
    world.reply("BootNotification", { status, currentTime: at(5), interval: 60, statusInfo: { reasonCode: "X" } });
    assert.equal(world.answer(), { status, currentTime: at(5), interval: 60 });
    assert.is(world.state.tx.registration, status);
    assert.equal(world.lost(), ["BootNotificationResponse.statusInfo"]);
    assert.is(
      world.wants.some((want) => want.do === "wake"),
      status === "Accepted",
    );
  }
});

test("§3.9 - without an answer of the CSMS the boot is refused, so that the gateway's policy decides", () => {
  const world = new TxWorld();
  world.station("BootNotification", request);
  world.answered(world.ask("BootNotification").job, { kind: "none" });
  assert.is(world.refusal(), "InternalError");
  assert.is(world.state.tx.registration, "Accepted", "nothing has been decided");
});

test("§3.9 - reasons: caused, after a stop, first, on a new connection, unknown", () => {
  assert.is(reason(new TxWorld({ bootReason: () => "RemoteReset" })), "RemoteReset");
  for (const [stopReason, expected] of [
    ["PowerLoss", "PowerUp"],
    ["Reboot", "Watchdog"],
    ["Local", "Unknown"],
  ]) {
    const { world, tx16 } = charging();
    reason(world);
    world.station("StopTransaction", { transactionId: tx16, timestamp: at(9), meterStop: 1000, reason: stopReason });
    assert.is(reason(world), expected, stopReason);
    assert.is(reason(world), "Unknown", "it explains one boot");
  }
  const world = new TxWorld();
  assert.is(reason(world), "PowerUp", "the first");
  world.stationSince = (T0 - 5_000) as typeof T0;
  assert.is(reason(world), "PowerUp", "a new connection");
  world.stationSince = (T0 - 500_000) as typeof T0;
  assert.is(reason(world), "Unknown");
});

test("§3.9 - a stop that came out of the queue after its boot explains no later one", () => {
  const { world, tx16 } = charging();
  reason(world);
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(9), meterStop: 1000, reason: "Reboot" });
  world.now = (T0 + 3_600_000) as typeof T0;
  assert.is(reason(world), "Unknown");
});

test("B01.FR.05 - after a boot every connector is told: as the station reports it, or from memory", () => {
  const world = new TxWorld();
  const status = { errorCode: "NoError", status: "Available" };
  world.station("StatusNotification", { connectorId: 1, ...status });
  world.station("StatusNotification", { connectorId: 2, ...status });
  world.station("BootNotification", request);
  world.reply("BootNotification", accepted);
  const wakes = world.wants.filter((want) => want.do === "wake");
  world.station("StatusNotification", { connectorId: 1, ...status });
  assert.is(world.asks("StatusNotification").length, 1);
  const tell = wakes.find((want) => want.do === "wake" && want.job.kind === "tx.tellStatuses");
  if (tell?.do !== "wake") throw new Error("nobody will tell");
  world.wake(tell.job);
  assert.is(world.ask("StatusNotification").payload["evseId"], 2);
});

test("§3.9 - a heartbeat is answered here; the gateway sends its own while the station is there", () => {
  const world = new TxWorld();
  world.station("Heartbeat", {});
  assert.equal(world.answer(), { currentTime: at(0) });
  assert.is(world.asks().length, 0);
  world.station("BootNotification", request);
  world.reply("BootNotification", accepted);
  const beat = world.wants.find((want) => want.do === "wake" && want.job.kind === "tx.heartbeat");
  if (beat?.do !== "wake") throw new Error("no heartbeat");
  assert.is(beat.at, T0 + 300_000);
  for (const isStationOnline of [true, false, true]) {
    world.isStationOnline = isStationOnline;
    world.wake(beat.job);
    assert.is(world.asks("Heartbeat").length, isStationOnline ? 1 : 0);
    assert.ok(world.wants.some((want) => want.do === "wake" && want.at === T0 + 300_000));
  }
});

/** When the next heartbeat is due. */
const beatAt = (world: TxWorld): number | undefined =>
  world.wants.flatMap((want) => (want.do === "wake" && want.job.kind === "tx.heartbeat" ? [want.at] : []))[0];

test("§3.9, §4.4 - the interval of the boot is what HeartbeatInterval says; 0 leaves the published one; at least daily", () => {
  const world = new TxWorld();
  for (const [interval, expected] of [
    [0, 300],
    [60, 60],
    [0, 60],
    [1_000_000, 86_400],
  ] as const) {
    world.station("BootNotification", request);
    world.reply("BootNotification", { ...accepted, interval });
    assert.is(beatAt(world), T0 + expected * 1000);
  }
  assert.is(northSettings(world.state).heartbeatIntervalSec, 1_000_000);
});

test("a CSMS that answers has accepted the station, though nobody remembers its boot", () => {
  const world = new TxWorld({ tx: { registration: "none" } });
  world.station("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" });
  world.reply("StatusNotification", {});
  assert.is(world.state.tx.registration, "Accepted");
});

test.run();
