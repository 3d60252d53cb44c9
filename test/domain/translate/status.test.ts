import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import type { Topology } from "../../../src/domain/translate/contract.ts";
import { withDevice } from "../../../src/domain/translate/device-state.ts";
import {
  CHARGING_STATE,
  CONNECTOR_STATUS,
  PROBLEM_COMPONENT,
  STARTING_STATE,
} from "../../../src/domain/translate/status-tables.ts";
import { messageSchema } from "../../support/schemas.ts";
import { at, charging, TxWorld } from "../../support/tx-world.ts";

const statuses16 = messageSchema("ocpp1.6", "StatusNotification").properties?.["status"]?.enum ?? [];
const errors16 = messageSchema("ocpp1.6", "StatusNotification").properties?.["errorCode"]?.enum ?? [];

const status = (name: string, change: Payload = {}): Payload => ({
  connectorId: 1,
  errorCode: "NoError",
  status: name,
  timestamp: at(60),
  ...change,
});

const eventData = (world: TxWorld): readonly Payload[] =>
  world.asks("NotifyEvent").flatMap(({ payload }) => payload["eventData"] as readonly Payload[]);

// --- (a) ---

/** Every status of 1.6: [status, connectorStatus, chargingState of an open transaction]. */
const STATUSES = [
  ["Available", "Available", "Idle"],
  ["Preparing", "Occupied", "EVConnected"],
  ["Charging", "Occupied", "Charging"],
  ["SuspendedEVSE", "Occupied", "SuspendedEVSE"],
  ["SuspendedEV", "Occupied", "SuspendedEV"],
  ["Finishing", "Occupied", "EVConnected"],
  ["Reserved", "Reserved", undefined],
  ["Unavailable", "Unavailable", undefined],
  ["Faulted", "Faulted", undefined],
] as const;

test("§3.3 - the tables have every status of 1.6, and every word of 2.0.1 is used", () => {
  assert.equal([...statuses16].sort(), STATUSES.map(([name]) => name).sort());
  assert.equal([...statuses16].sort(), Object.keys(CONNECTOR_STATUS).sort());
  const words = messageSchema("ocpp2.0.1", "StatusNotification").definitions?.["ConnectorStatusEnumType"]?.enum ?? [];
  assert.equal([...words].sort(), [...new Set(Object.values(CONNECTOR_STATUS))].sort());
  const states = messageSchema("ocpp2.0.1", "TransactionEvent").definitions?.["ChargingStateEnumType"]?.enum ?? [];
  assert.equal([...states].sort(), [...new Set(Object.values(CHARGING_STATE))].sort());
  for (const state of Object.values(STARTING_STATE)) assert.ok(states.includes(state));
});

for (const [name, connectorStatus] of STATUSES) {
  test(`§3.3 a - ${name} is ${connectorStatus}`, () => {
    const world = new TxWorld();
    world.station("StatusNotification", status(name));
    assert.equal(world.ask("StatusNotification").payload, {
      timestamp: at(60),
      connectorStatus,
      evseId: 1,
      connectorId: 1,
    });
    assert.equal(world.answer(), {});
  });
}

test("§3.3 a - it is told when the word of 2.x changes, and only then", () => {
  const world = new TxWorld();
  const told = ["Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Available", "Available"].map(
    (name) => {
      world.station("StatusNotification", status(name));
      return world.asks("StatusNotification").length;
    },
  );
  assert.equal(told, [1, 1, 0, 0, 0, 1, 0]);
});

test("§3.3 a - what did not reach the CSMS is told with the next one", () => {
  const world = new TxWorld();
  world.station("StatusNotification", status("Preparing"));
  world.answered(world.ask("StatusNotification").job, { kind: "none" });
  world.station("StatusNotification", status("Charging"));
  assert.is(world.asks("StatusNotification").length, 1);
  world.reply("StatusNotification", {});
  world.station("StatusNotification", status("SuspendedEV"));
  assert.is(world.asks("StatusNotification").length, 0);
});

test("F06 - a triggered StatusNotification is told though nothing has changed, also to a CSMS that has not decided yet", () => {
  const waiting = [true];
  const triggers = {
    find: () => (waiting[0] ? { message: "StatusNotification" } : undefined),
    consume: <S>(state: S) => {
      waiting[0] = false;
      return state;
    },
  };
  const world = new TxWorld({ triggers });
  world.station("StatusNotification", status("Available"));
  waiting[0] = true;
  world.station("StatusNotification", status("Available"));
  assert.is(world.asks("StatusNotification").length, 1);
  waiting[0] = true;
  const pending = new TxWorld({ triggers, tx: { registration: "Pending" } });
  pending.station("StatusNotification", status("Available"));
  assert.is(pending.asks("StatusNotification").length, 1);
  pending.station("StatusNotification", status("Faulted"));
  assert.is(pending.refusal(), "SecurityError");
  assert.is(pending.state.tx.connectors["1"]?.status, "Faulted", "known all the same");
});

test("G01 - a 2.1 CSMS is told the AvailabilityState of the connector", () => {
  const world = new TxWorld({ northVersion: "ocpp2.1" });
  world.station("StatusNotification", status("Charging"));
  assert.equal(eventData(world), [
    {
      eventId: 0,
      timestamp: at(60),
      trigger: "Delta",
      actualValue: "Occupied",
      eventNotificationType: "HardWiredNotification",
      component: { name: "Connector", evse: { id: 1, connectorId: 1 } },
      variable: { name: "AvailabilityState" },
    },
  ]);
  assert.is(world.asks("StatusNotification").length, 0);
});

test("§2.1 - the status of connector 0 is an event of the whole station, when it changes", () => {
  const world = new TxWorld();
  world.station("StatusNotification", status("Unavailable", { connectorId: 0 }));
  const [event] = eventData(world);
  assert.equal(event?.["component"], { name: "ChargingStation" });
  assert.equal(event?.["variable"], { name: "AvailabilityState" });
  assert.is(event?.["trigger"], "Delta");
  assert.is(event?.["actualValue"], "Unavailable");
  assert.is(world.asks("StatusNotification").length, 0);
  world.station("StatusNotification", status("Unavailable", { connectorId: 0 }));
  assert.is(world.asks().length, 0);
  world.station("StatusNotification", status("Faulted", { connectorId: 0, errorCode: "OtherError" }));
  assert.equal(
    eventData(world).map(({ eventId, variable }) => [eventId, (variable as Payload)["name"]]),
    [
      [1, "AvailabilityState"],
      [2, "Problem"],
    ],
  );
});

const sharedEvse: Topology = {
  evses: [
    {
      evseId: 1,
      connectors: [
        { connectorId: 1, connector16: 1, type: "cType2" },
        { connectorId: 2, connector16: 2, type: "cCCS2" },
      ],
    },
  ],
};

test("G01.FR.08 - the sibling that is unavailable because the other connector is in use is not reported", () => {
  const world = new TxWorld({ topology: sharedEvse });
  world.station("StatusNotification", status("Available", { connectorId: 2 }));
  world.station("StatusNotification", status("Preparing"));
  world.station("StatusNotification", status("Unavailable", { connectorId: 2 }));
  assert.is(world.asks().length, 0);
  world.station("StatusNotification", status("Available"));
  world.station("StatusNotification", status("Available", { connectorId: 2 }));
  assert.is(world.asks().length, 0, "it was available all the time");
  world.station("StatusNotification", status("Unavailable", { connectorId: 2 }));
  assert.equal(world.ask("StatusNotification").payload["connectorId"], 2);
});

test("a station that counts its connectors up for ever does not fill the state", () => {
  const world = new TxWorld();
  for (let connectorId = 1; connectorId < 400; connectorId += 1) {
    world.station("StatusNotification", status("Available", { connectorId }));
  }
  assert.is(world.refusal(), "PropertyConstraintViolation");
  assert.ok(Object.keys(world.state.tx.connectors).length < 150);
});

// --- (b) ---

for (const [name, , chargingState] of STATUSES) {
  test(`§3.3 b - during a transaction ${name} is ${chargingState ?? "no change"}`, () => {
    const { world, id } = charging();
    const before = name === "Preparing" || name === "Finishing" ? "Charging" : undefined;
    if (before !== undefined) world.station("StatusNotification", status(before));
    world.station("StatusNotification", status(name));
    const events = world.asks("TransactionEvent").map(({ payload }) => payload);
    if (name === "Faulted") {
      assert.is(events[0]?.["triggerReason"], "AbnormalCondition");
      assert.equal(events[0]?.["transactionInfo"], { transactionId: id, chargingState: "EVConnected" }, "the last one");
    } else if (chargingState === undefined) assert.is(events.length, 0);
    else {
      assert.is(events[0]?.["triggerReason"], "ChargingStateChanged");
      assert.equal(events[0]?.["transactionInfo"], { transactionId: id, chargingState });
      assert.is(events[0]?.["timestamp"], at(60));
    }
    assert.ok(world.wants.findIndex((want) => want.do === "answer") >= events.length);
  });
}

/**
 * After kill -9 the readings that had left come again from the spool, to get the numbers they had. A status of the reconnected station
 * that was told before them took the first of these numbers: the CSMS had two events of one number, and a reading twice.
 */
test("§3.3 b - a status does not overtake what waits in the spool; it is told later, if it is still news", () => {
  const { world, id } = charging();
  world.hasBacklog = true;
  world.station("StatusNotification", status("Charging"));
  assert.equal(world.asks("TransactionEvent"), []);
  const waiting = () => world.wants.flatMap((want) => (want.do === "wake" ? [want] : []))[0];
  const first = waiting();
  assert.ok(first !== undefined && (first.at ?? 0) > world.now);
  world.wake(first.job);
  assert.equal(world.asks("TransactionEvent"), [], "still waiting");
  assert.ok(waiting() !== undefined);
  world.hasBacklog = false;
  world.wake(first.job);
  const { payload } = world.ask("TransactionEvent");
  assert.equal(payload["transactionInfo"], { transactionId: id, chargingState: "Charging" });
  assert.is(payload["seqNo"], 1);
  world.wake(first.job);
  assert.equal(world.asks("TransactionEvent"), [], "no news any more");
  world.hasBacklog = true;
  world.station("StatusNotification", status("SuspendedEV"));
  const second = waiting();
  world.station("StatusNotification", status("Charging"));
  world.hasBacklog = false;
  if (second !== undefined) world.wake(second.job);
  assert.equal(world.asks("TransactionEvent"), [], "the station has said something else since");
});

test("§3.3 b - the state is told when it changes, and only then; the first Charging is remembered", () => {
  const { world } = charging();
  world.station("StatusNotification", status("Charging", { timestamp: at(10) }));
  world.station("StatusNotification", status("Charging", { timestamp: at(20) }));
  assert.is(world.asks("TransactionEvent").length, 0);
  world.station("StatusNotification", status("SuspendedEV", { timestamp: at(30) }));
  world.station("StatusNotification", status("Charging", { timestamp: at(40) }));
  assert.equal(
    world.events.map(({ seqNo }) => seqNo),
    [0, 1, 2, 3],
  );
  assert.is(world.state.tx.transactions[0]?.powerPathClosedAt, Date.parse(at(10)));
});

test("§3.3 b - a car that has gone while its cable is locked is EVCommunicationLost", () => {
  const { world } = charging();
  world.station("StatusNotification", status("SuspendedEV", { info: "EV side disconnected" }));
  const { payload } = world.ask("TransactionEvent");
  assert.is(payload["triggerReason"], "EVCommunicationLost");
  assert.is((payload["transactionInfo"] as Payload)["chargingState"], "Idle");
});

test("§3.3 b - a cable that is plugged in during a transaction is CablePluggedIn", () => {
  const { world } = charging();
  world.station("StatusNotification", status("Available"));
  world.station("StatusNotification", status("Preparing"));
  assert.is(world.ask("TransactionEvent").payload["triggerReason"], "CablePluggedIn");
});

test("§3.3 b - before the start a status is only remembered, after the end it is no event, and one from before the start is none either", () => {
  const world = new TxWorld();
  world.station("StatusNotification", status("Charging"));
  assert.is(world.events.length, 0);
  const { world: later, tx16 } = charging();
  later.station("StatusNotification", status("SuspendedEV", { timestamp: at(-30) }));
  assert.is(later.asks("TransactionEvent").length, 0);
  later.station("StopTransaction", { transactionId: tx16, timestamp: at(90), meterStop: 2000 });
  later.station("StatusNotification", status("Finishing", { timestamp: at(91) }));
  assert.is(later.asks("TransactionEvent").length, 0);
});

test("E04 - a change that happened while the CSMS was away is told as offline", () => {
  const { world } = charging();
  world.station("StatusNotification", status("Charging"), { offline: true });
  assert.is(world.ask("TransactionEvent").payload["offline"], true);
});

// --- (c) ---

/** Every error of 1.6 and whose Problem it is, for an AC connector. */
const PROBLEMS = [
  ["ConnectorLockFailure", "ConnectorPlugRetentionLock"],
  ["EVCommunicationError", "CPPWMController"],
  ["GroundFailure", "RCD"],
  ["HighTemperature", "TemperatureSensor"],
  ["InternalError", "Controller"],
  ["LocalListConflict", "LocalAuthListCtrlr"],
  ["OtherError", "Connector"],
  ["OverCurrentFailure", "OverCurrentProtection"],
  ["OverVoltage", "ElectricalFeed"],
  ["UnderVoltage", "ElectricalFeed"],
  ["PowerMeterFailure", "FiscalMetering"],
  ["PowerSwitchFailure", "PowerContactor"],
  ["ReaderFailure", "TokenReader"],
  ["ResetFailure", "ChargingStation"],
  ["WeakSignal", "DataLink"],
] as const;

test("§3.3 c - the table has every error of 1.6", () => {
  const withoutNoError = errors16.filter((code) => code !== "NoError").sort();
  assert.equal(withoutNoError, Object.keys(PROBLEM_COMPONENT).sort());
  assert.equal(withoutNoError, PROBLEMS.map(([code]) => code).sort());
});

for (const [errorCode, name] of PROBLEMS) {
  test(`§3.3 c - ${errorCode} is a Problem of ${name}, and cleared when it is gone`, () => {
    const world = new TxWorld();
    world.station("StatusNotification", status("Available", { errorCode, vendorId: "ACME", info: "hot" }));
    const [raised] = eventData(world);
    const isOfStation = name === "LocalAuthListCtrlr" || name === "ChargingStation";
    assert.equal(raised, {
      eventId: 0,
      timestamp: at(60),
      trigger: "Alerting",
      actualValue: "true",
      techCode: errorCode,
      techInfo: "ACME hot",
      eventNotificationType: "HardWiredNotification",
      component: isOfStation ? { name } : { name, evse: { id: 1, connectorId: 1 } },
      variable: { name: "Problem" },
    });
    assert.is(world.ask("StatusNotification").payload["connectorStatus"], "Available", "only a warning in 1.6");
    world.station("StatusNotification", status("Available", { errorCode }));
    assert.is(eventData(world).length, 0, "the same again");
    world.station("StatusNotification", status("Available"));
    const [cleared] = eventData(world);
    assert.is(cleared?.["cleared"], true);
    assert.is(cleared?.["actualValue"], "false");
    assert.is(cleared?.["eventId"], 1);
    assert.equal(cleared?.["component"], raised?.["component"]);
  });
}

test("§3.3 c - one error after another: the first is cleared, the second raised, in one message", () => {
  const { world, id } = charging();
  world.station("StatusNotification", status("Faulted", { errorCode: "GroundFailure", vendorErrorCode: "E42" }));
  assert.is(eventData(world)[0]?.["techCode"], "E42");
  assert.is(eventData(world)[0]?.["transactionId"], id);
  world.station("StatusNotification", status("Faulted", { errorCode: "OverVoltage" }));
  assert.is(world.asks("NotifyEvent").length, 1);
  assert.equal(
    eventData(world).map(({ techCode, cleared }) => [techCode, cleared]),
    [
      ["GroundFailure", true],
      ["OverVoltage", undefined],
    ],
  );
});

test("§3.3 c - a DC connector talks by ISO15118Ctrlr; OtherError of connector 0 is the station's", () => {
  const world = new TxWorld({ topology: sharedEvse });
  world.station("StatusNotification", status("Available", { connectorId: 2, errorCode: "EVCommunicationError" }));
  assert.equal(eventData(world)[0]?.["component"], { name: "ISO15118Ctrlr", evse: { id: 1, connectorId: 2 } });
  world.station("StatusNotification", status("Available", { connectorId: 0, errorCode: "OtherError" }));
  assert.equal(eventData(world).at(-1)?.["component"], { name: "ChargingStation" });
});

test("the timestamp is the receipt where the station gives none", () => {
  const world = new TxWorld();
  world.station("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" });
  assert.is(world.ask("StatusNotification").payload["timestamp"], at(0));
});

/** With the severities of PROBLEM_SEVERITY: of a level on, the problem is told. */
for (const [errorCode, severity] of [
  ["GroundFailure", 2],
  ["HighTemperature", 3],
  ["WeakSignal", 4],
] as const) {
  test(`N05 - ${errorCode} is told down to a monitoring level of ${severity}, and no lower`, () => {
    for (let level = 0; level <= 9; level += 1) {
      const world = new TxWorld();
      world.take({ state: withDevice(world.state, { monitoringLevel: level }), wants: [] });
      world.station("StatusNotification", status("Faulted", { errorCode }));
      assert.is(eventData(world).length, level >= severity ? 1 : 0, `level ${level}`);
      assert.is(world.asks("StatusNotification").length, 1);
    }
  });
}

test("N05 - an AvailabilityState is in place of a status, which no level keeps away", () => {
  const world = new TxWorld({ northVersion: "ocpp2.1" });
  world.take({ state: withDevice(world.state, { monitoringLevel: 0 }), wants: [] });
  world.station("StatusNotification", status("Charging"));
  assert.is(eventData(world).length, 1);
});

test.run();
