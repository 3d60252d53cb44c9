/** TriggerMessage: what each message becomes, and what is expected afterwards (F06). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { bootHint } from "../../../src/domain/translate/boot-hint.ts";
import type { TranslationState } from "../../../src/domain/translate/contract.ts";
import { consumeTrigger, pendingTrigger, TRIGGER_LASTS_MS } from "../../../src/domain/translate/pending-triggers.ts";
import { TRIGGERS } from "../../../src/domain/translate/trigger-table.ts";
import { READINGS_TAKE_MS } from "../../../src/domain/translate/triggered-event.ts";
import { CommandWorld, NONE, openTransaction, refusal, result } from "../../support/command-world.ts";
import { messageSchema } from "../../support/schemas.ts";

const trigger = (world: CommandWorld, requestedMessage: string, evse?: Payload): unknown => {
  const reply = world.fromCsms("TriggerMessage", evse ? { requestedMessage, evse } : { requestedMessage });
  const { status, statusInfo } = (reply as { payload: { status: string; statusInfo?: Payload } }).payload;
  return statusInfo === undefined ? status : `${status} ${statusInfo["reasonCode"]}`;
};
const asked = (requestedMessage: string, connectorId?: number) => [
  ["TriggerMessage", connectorId === undefined ? { requestedMessage } : { requestedMessage, connectorId }],
];
const charging =
  (...connectors: readonly number[]) =>
  (state: TranslationState): TranslationState => ({
    ...state,
    tx: {
      ...state.tx,
      transactions: connectors.map((connector16) => openTransaction(connector16, { chargingState: "Charging" })),
    },
  });
const secure = (state: TranslationState): TranslationState => ({
  ...state,
  capabilities: { ...state.capabilities, hasSecurityExtension: true },
});
const registered = (registration: TranslationState["tx"]["registration"]) => (state: TranslationState) => ({
  ...state,
  tx: { ...state.tx, registration },
});

test("the table has every message that 2.0.1 and 2.1 may trigger", () => {
  const all = messageSchema("ocpp2.1", "TriggerMessage").definitions?.["MessageTriggerEnumType"]?.enum ?? [];
  const old = messageSchema("ocpp2.0.1", "TriggerMessage").definitions?.["MessageTriggerEnumType"]?.enum ?? [];
  assert.is(old.length, 11);
  assert.equal(Object.keys(TRIGGERS).sort(), [...new Set([...all, ...old])].sort());
});

for (const [message, evse, connectorId] of [
  ["FirmwareStatusNotification", undefined, undefined],
  ["MeterValues", undefined, undefined],
  ["MeterValues", { id: 0 }, undefined],
  ["MeterValues", { id: 2 }, 2],
  ["MeterValues", { id: 3 }, 3],
  ["MeterValues", { id: 3, connectorId: 2 }, 4],
  ["StatusNotification", { id: 3, connectorId: 1 }, 3],
  ["StatusNotification", { id: 1 }, 1],
] as const) {
  test(`${message} of ${JSON.stringify(evse)} is forwarded for connector ${connectorId}`, () => {
    const world = new CommandWorld();
    assert.is(trigger(world, message, evse), "Accepted");
    assert.equal(world.to("station"), asked(message, connectorId));
  });
}

test("of several connectors of an EVSE the one with the transaction is asked", () => {
  const world = new CommandWorld().change(charging(4));
  trigger(world, "MeterValues", { id: 3 });
  assert.equal(world.to("station"), asked("MeterValues", 4));
});

test("LogStatusNotification goes by the name the station knows", () => {
  const plain = new CommandWorld();
  trigger(plain, "LogStatusNotification");
  assert.equal(plain.to("station"), asked("DiagnosticsStatusNotification"));
  const extended = new CommandWorld().change(secure);
  trigger(extended, "LogStatusNotification");
  assert.equal(extended.to("station"), [["ExtendedTriggerMessage", { requestedMessage: "LogStatusNotification" }]]);
});

test("F06.FR.17 - BootNotification of an accepted station is rejected, of another one forwarded", () => {
  const accepted = new CommandWorld();
  assert.is(trigger(accepted, "BootNotification"), "Rejected");
  assert.equal(accepted.to("station"), []);
  const pending = new CommandWorld().change(registered("Pending"));
  assert.is(trigger(pending, "BootNotification"), "Accepted");
  assert.equal(pending.to("station"), asked("BootNotification"));
  assert.is(bootHint(pending.state, pending.now), "Triggered");
});

test("Heartbeat is the gateway's: an answer first, then the message (F06.FR.04)", () => {
  const world = new CommandWorld();
  assert.is(trigger(world, "Heartbeat"), "Accepted");
  assert.equal(world.to("csms"), [["Heartbeat", {}]]);
  assert.equal(world.to("station"), []);
  world.isStationOnline = false;
  assert.is(trigger(world, "Heartbeat"), "Rejected InternalError");
});

test("F06.FR.12 - a status is one connector's", () => {
  const world = new CommandWorld();
  assert.is(trigger(world, "StatusNotification"), "Rejected MissingParam");
  assert.is(trigger(world, "StatusNotification", { id: 3 }), "Rejected MissingParam");
  assert.equal(world.to("station"), []);
});

test("what is not there is rejected without asking", () => {
  const world = new CommandWorld();
  assert.is(trigger(world, "MeterValues", { id: 9 }), "Rejected UnknownEvse");
  assert.is(trigger(world, "MeterValues", { id: 1, connectorId: 2 }), "Rejected UnknownConnectorId");
  assert.is(trigger(world, "TransactionEvent", { id: 9 }), "Rejected UnknownEvse");
  assert.equal(world.to("station"), []);
});

test("what no station of 1.6 has is NotImplemented", () => {
  const world = new CommandWorld();
  for (const message of [
    ...["SignChargingStationCertificate", "PublishFirmwareStatusNotification"],
    ...["SignV2GCertificate", "SignCombinedCertificate"],
  ]) {
    assert.is(trigger(world, message), "NotImplemented", message);
  }
  world.northVersion = "ocpp2.1";
  for (const message of ["SignV2G20Certificate", "CustomTrigger"]) {
    assert.is(trigger(world, message), "NotImplemented", message);
  }
  assert.equal(world.to("station"), []);
});

test("a station without the feature profile is asked for nothing, but by its security extension", () => {
  const world = new CommandWorld().change(secure).change((state) => ({
    ...state,
    capabilities: { ...state.capabilities, featureProfiles: ["Core"] },
  }));
  assert.is(trigger(world, "MeterValues"), "NotImplemented");
  assert.is(trigger(world, "LogStatusNotification"), "Accepted");
});

for (const status of ["Accepted", "Rejected", "NotImplemented"]) {
  test(`the station's ${status} is the CSMS's, and only what was accepted is expected`, () => {
    const world = new CommandWorld();
    world.station = () => result({ status });
    assert.is(trigger(world, "MeterValues", { id: 1 }), status);
    assert.is(pendingTrigger(world.state, 1, world.now)?.message, status === "Accepted" ? "MeterValues" : undefined);
  });
}

test("of a station that refuses or is silent nothing is expected", () => {
  for (const outcome of [NONE, refusal("NotSupported"), result({})]) {
    const world = new CommandWorld();
    world.station = () => outcome;
    assert.match(String(trigger(world, "MeterValues", { id: 1 })), /^Rejected /);
    assert.is(pendingTrigger(world.state, 1, world.now), undefined);
  }
});

test("what is expected is expected of its connector, its message and its time only", () => {
  const world = new CommandWorld();
  trigger(world, "MeterValues", { id: 1 });
  trigger(world, "StatusNotification", { id: 2 });
  const { state, now } = world;
  assert.is(pendingTrigger(state, 1, now)?.message, "MeterValues");
  assert.is(pendingTrigger(state, 2, now), undefined);
  assert.is(pendingTrigger(state, 2, now, ["StatusNotification"])?.message, "StatusNotification");
  world.pass(TRIGGER_LASTS_MS);
  assert.is(pendingTrigger(state, 1, world.now), undefined);
});

test("what was triggered for every connector is expected once of each", () => {
  const world = new CommandWorld();
  trigger(world, "MeterValues");
  const pending = pendingTrigger(world.state, 1, world.now);
  assert.ok(pending);
  const state = consumeTrigger(world.state, pending, 1);
  assert.is(pendingTrigger(state, 1, world.now), undefined);
  assert.ok(pendingTrigger(state, 2, world.now));
});

test("never more than 32 are expected: the oldest is forgotten", () => {
  const world = new CommandWorld();
  world.topology = {
    evses: Array.from({ length: 40 }, (_, i) => ({
      evseId: i + 1,
      connectors: [{ connectorId: 1, connector16: i + 1 }],
    })),
  };
  for (let id = 1; id <= 40; id += 1) trigger(world, "MeterValues", { id });
  assert.is(pendingTrigger(world.state, 8, world.now), undefined);
  assert.ok(pendingTrigger(world.state, 9, world.now));
});

// --- TransactionEvent -------------------------------------------------------------------------------------------------

const event = (world: CommandWorld, connector16: number, seqNo = 3) => [
  "TransactionEvent",
  {
    eventType: "Updated",
    timestamp: new Date(world.now).toISOString(),
    triggerReason: "Trigger",
    seqNo,
    transactionInfo: { transactionId: `tx-${connector16}`, chargingState: "Charging" },
  },
];

test("a TransactionEvent is asked for as MeterValues; without any it is made of what is known", () => {
  const world = new CommandWorld().change(charging(1, 2));
  assert.is(trigger(world, "TransactionEvent", { id: 2 }), "Accepted");
  assert.equal(world.to("station"), asked("MeterValues", 2));
  assert.is(pendingTrigger(world.state, 2, world.now)?.message, "TransactionEvent");
  world.pass(READINGS_TAKE_MS - 1);
  assert.equal(world.to("csms"), []);
  world.pass(1);
  assert.equal(world.to("csms"), [event(world, 2)]);
  assert.ok(world.sent.at(-1)?.sure);
  assert.is(world.state.tx.transactions[1]?.seqNo, 4);
  assert.is(pendingTrigger(world.state, 2, world.now), undefined);
});

test("once the readings have been used there is no second event", () => {
  const world = new CommandWorld().change(charging(1));
  trigger(world, "TransactionEvent");
  const pending = pendingTrigger(world.state, 1, world.now);
  assert.ok(pending);
  world.change((state) => consumeTrigger(state, pending, 1));
  world.pass(60_000);
  assert.equal(world.to("csms"), []);
});

test("a station that refuses, or is away, leaves what is known, at once", () => {
  for (const spoil of [
    (world: CommandWorld) => Object.assign(world, { isStationOnline: false }),
    (world: CommandWorld) => Object.assign(world, { station: () => refusal("NotSupported") }),
    (world: CommandWorld) => Object.assign(world, { station: () => result({ status: "NotImplemented" }) }),
    (world: CommandWorld) =>
      world.change((state) => ({ ...state, capabilities: { ...state.capabilities, featureProfiles: ["Core"] } })),
  ]) {
    const world = new CommandWorld().change(charging(1, 2));
    spoil(world);
    assert.is(trigger(world, "TransactionEvent"), "Accepted");
    assert.equal(world.to("csms"), [event(world, 1), event(world, 2)]);
    world.pass(60_000);
    assert.is(world.to("csms").length, 2);
  }
});

test("without a transaction there is no event", () => {
  const world = new CommandWorld();
  assert.is(trigger(world, "TransactionEvent"), "Rejected TxNotFound");
  world.change(charging(1));
  assert.is(trigger(world, "TransactionEvent", { id: 2 }), "Rejected TxNotFound");
  assert.equal(world.to("station"), []);
});

test("a transaction that has ended meanwhile has no event", () => {
  const world = new CommandWorld().change(charging(1));
  trigger(world, "TransactionEvent");
  world.change((state) => ({ ...state, tx: { ...state.tx, transactions: [] } }));
  world.pass(60_000);
  assert.equal(world.to("csms"), []);
});

test.run();
