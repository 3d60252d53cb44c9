// deadline: 120s
/** Field lessons 13–16: who may send when, who gives up first, and what a CALLERROR does to a station. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { until } from "../support/until.ts";

const BOOT = { chargePointVendor: "V", chargePointModel: "M" };
const silent = () => undefined;
const actions = (frames: readonly (readonly unknown[])[]) => frames.map(([, , action]) => action);

// A server refused Authorize with "call already in progress" because its own RemoteStart was under way: the rule is one CALL per
// direction, not one for both.
test("13 - calls cross: each direction has its own outstanding call", async () => {
  await using world = await openWorld({ onLink: (link) => link.answering(silent) });
  const station = await world.dial("CP1");
  const csms = await world.csms.link("CP1");
  const boot = station.ask("BootNotification", BOOT, "b");
  await csms.call("BootNotification");
  csms.send('[3,"b",{"status":"Accepted","interval":300,"currentTime":"2026-01-01T00:00:00Z"}]');
  await boot;
  csms.send('[2,"r","RemoteStartTransaction",{"idTag":"TAG"}]');
  await station.call("RemoteStartTransaction");
  station.send('[2,"a","Authorize",{"idTag":"TAG"}]');
  await csms.call("Authorize");
  csms.send('[3,"a",{"idTagInfo":{"status":"Accepted"}}]');
  assert.is((await station.answerTo("a"))[0], 3);
  station.send('[3,"r",{"status":"Accepted"}]');
  assert.is((await csms.answerTo("r"))[0], 3);
});

// Strict chargers drop the socket when calls come in a burst, reconnect, get the next burst, and so on.
test("13 - a burst of calls reaches the station one by one, in order", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const keys = Array.from({ length: 20 }, (_, i) => `Key${i}`);
  for (const key of keys) csms.send([2, key, "ChangeConfiguration", { key, value: "1" }]);
  await csms.barrier();
  for (const [i, key] of keys.entries()) {
    const [, id] = await station.call("ChangeConfiguration", i);
    await station.barrier();
    assert.is(station.calls().length, i + 1, "the next one waits for the answer");
    assert.is(id, key);
    station.send([3, key, { status: "Accepted" }]);
  }
  await until("the last answer", () => csms.answersTo("Key19").length === 1);
});

// One model closes the connection when it is asked something before its boot was answered. The CSMS answers boots late, and asks
// for the configuration as soon as it sees a connection.
test("13 - nothing is sent to the station before its boot was answered", async () => {
  await using world = await openWorld({
    config: { limits: { bootHoldMs: 200 } },
    onLink: (link) => {
      link.answering(silent);
      link.send('[2,"g","GetConfiguration",{}]');
    },
  });
  const station = await world.dial("CP1");
  station.send([2, "b", "BootNotification", BOOT]);
  const csms = await world.csms.link("CP1");
  await csms.call("BootNotification");
  // Several times as long as a station without a boot is waited for.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await station.barrier();
  assert.equal(station.frames, []);
  csms.send('[3,"b",{"status":"Accepted","interval":300,"currentTime":"2026-01-01T00:00:00Z"}]');
  await station.call("GetConfiguration");
  assert.equal(
    station.parsed().map(([, id]) => id),
    ["b", "g"],
  );
});

// Both readings exist in the field: a boot for each connection, and a boot for each restart. The second kind says nothing at all
// after a reconnect until its next Heartbeat.
test("13 - a station that comes back without a boot gets its calls after a while", async () => {
  await using world = await openWorld({ config: { limits: { bootHoldMs: 300 } } });
  const station = await world.dial("CP1");
  const csms = await world.csms.link("CP1");
  csms.send('[2,"g","GetConfiguration",{}]');
  await csms.barrier();
  assert.equal(station.frames, []);
  await station.call("GetConfiguration");
});

// A charger that goes on with its heartbeats and ignores every CALL until it reconnects. The CSMS gives up on its own, sends the
// next call, and must not wait behind the dead one.
test("14 - a call that the station ignores is answered for it, and does not block the next", async () => {
  await using world = await openWorld({ config: { limits: { stationCallTimeoutSec: 1 } } });
  const { station, csms } = await world.booted("CP1");
  csms.send('[2,"a","GetConfiguration",{}]');
  await station.call("GetConfiguration");
  // The CSMS has given up on "a" already: it sends another one.
  await new Promise((resolve) => setTimeout(resolve, 500));
  csms.send('[2,"b","ClearCache",{}]');
  await station.call("ClearCache");
  station.send('[3,"b",{"status":"Accepted"}]');
  assert.equal(await csms.answerTo("b"), [3, "b", { status: "Accepted" }]);
  assert.equal(csms.answersTo("a"), [[4, "a", "GenericError", "The station did not answer in time", {}]]);
});

// A central system that never answers blocked the charger's message queue for ever.
test("14 - a call that the CSMS ignores is given back, and does not block the next", async () => {
  await using world = await openWorld({
    config: { limits: { callTimeoutSec: 1 } },
    onLink: (link) => link.answering((action) => (action === "Heartbeat" ? {} : undefined)),
  });
  const station = await world.dial("CP1");
  assert.equal((await station.ask("Authorize", { idTag: "TAG" })).slice(2), [
    "GenericError",
    "The CSMS did not answer in time",
    {},
  ]);
  assert.is((await station.ask("Heartbeat"))[0], 3);
});

test("14 - by default the station's deadline ends before the CSMS's own", async () => {
  const { parseConfig } = await import("../../src/index.ts");
  const { limits } = parseConfig({ listen: { port: 0 }, csms: { url: "ws://127.0.0.1:9/x" } });
  assert.ok(limits.stationCallTimeoutSec < limits.callTimeoutSec && limits.callTimeoutSec <= 30);
});

// While a boot is Pending the CSMS configures the charger and asks for messages by TriggerMessage. A station that may not speak
// and a gateway that waits for it to speak would wait for ever.
test("15 - Pending: the CSMS configures and triggers, and the triggered message arrives", async () => {
  let registration = "Pending";
  await using world = await openWorld({
    answer: (action) =>
      action === "BootNotification"
        ? { status: registration, interval: 60, currentTime: "2026-01-01T00:00:00Z" }
        : { currentTime: "2026-01-01T00:00:00Z" },
  });
  const { station, csms } = await world.booted("CP1");
  assert.is(world.view("CP1").registration, "Pending");
  station.answering(() => ({ status: "Accepted" }));
  await csms.ask("ChangeConfiguration", { key: "HeartbeatInterval", value: "60" });
  await csms.ask("TriggerMessage", { requestedMessage: "BootNotification" });
  registration = "Accepted";
  await station.ask("BootNotification", BOOT);
  assert.is(world.view("CP1").registration, "Accepted");
  assert.equal(actions(station.calls()), ["ChangeConfiguration", "TriggerMessage"]);
});

// A station that was Rejected got a CALL, did not answer as it may not speak, and the connection hung on that call.
test("15 - Rejected: a call in between does not stop the next boot", async () => {
  let registration = "Rejected";
  await using world = await openWorld({
    config: { limits: { stationCallTimeoutSec: 20 } },
    answer: () => ({ status: registration, interval: 1, currentTime: "2026-01-01T00:00:00Z" }),
  });
  const { station, csms } = await world.booted("CP1");
  assert.is(world.view("CP1").registration, "Rejected");
  csms.send('[2,"g","GetConfiguration",{}]');
  await station.call("GetConfiguration");
  registration = "Accepted";
  assert.equal((await station.ask("BootNotification", BOOT))[0], 3);
  assert.is(world.view("CP1").registration, "Accepted");
  station.send('[3,"g",{"configurationKey":[]}]');
  assert.is((await csms.answerTo("g"))[0], 3);
});

test("15 - 2.0.1: the CSMS's SecurityError to an unregistered station arrives as it was sent", async () => {
  await using world = await openWorld({ onLink: (link) => link.answering(silent) });
  const station = await world.dial("CP1", "ocpp2.0.1");
  const csms = await world.csms.link("CP1");
  const payload = { timestamp: "2026-01-01T00:00:00Z", connectorStatus: "Available", evseId: 1, connectorId: 1 };
  station.send([2, "s", "StatusNotification", payload]);
  await csms.call("StatusNotification");
  const refusal = '[4,"s","SecurityError" ,"Not registered",{"registrationStatus":"Rejected"}]';
  csms.send(refusal);
  await station.answerTo("s");
  assert.is(station.frames[0], refusal);
});

// A CALLERROR to a StopTransaction makes chargers repeat it every ten seconds for ever, or drop it after TransactionMessageAttempts,
// and then nobody is billed. Schema faults are no reason: over-long tags and numbers as strings are what the field sends.
const FAULTY: readonly (readonly [version: string, action: string, payload: object])[] = [
  ["ocpp1.6", "StartTransaction", { connectorId: 1, idTag: "x".repeat(40), meterStart: "17", timestamp: "yesterday" }],
  ["ocpp1.6", "StopTransaction", { transactionId: 1, meterStop: 1.5, timestamp: "2026-01-01T00:00:00Z", extra: true }],
  ["ocpp1.6", "MeterValues", { connectorId: 1, transactionId: -1, meterValue: [{ sampledValue: [] }] }],
  ["ocpp2.0.1", "TransactionEvent", { eventType: "Ended", seqNo: "3", transactionInfo: {} }],
];
for (const [version, action, payload] of FAULTY) {
  test(`16 - ${action} with schema faults is relayed even where schemas are enforced (${version})`, async () => {
    await using world = await openWorld({
      config: { stations: [{ match: "*", securityProfile: 0, validation: "enforce" }] },
    });
    const { station, csms } = await world.booted("CP1", version);
    assert.is((await station.ask(action, payload))[0], 3);
    assert.equal(csms.calls(action)[0]?.[3], payload);
    assert.is(world.gateway.counters.schemaViolations, 1);
  });
}

test("16 - what is no transaction is refused there, with the pointer and without the value", async () => {
  await using world = await openWorld({
    config: { stations: [{ match: "*", securityProfile: 0, validation: "enforce" }] },
  });
  const { station, csms } = await world.booted("CP1");
  const [type, , code, text, details] = await station.ask("StatusNotification", { connectorId: "SECRET" });
  assert.equal([type, csms.calls("StatusNotification").length], [4, 0]);
  assert.match(String(code), /Violation|ProtocolError/);
  assert.not.match(JSON.stringify([text, details]), "SECRET");
});

test("16 - only a transaction message that cannot be used at all is answered CALLERROR by the gateway", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  station.send('[2,"x","StopTransaction"]');
  assert.equal((await station.answerTo("x")).slice(0, 3), [4, "x", "FormationViolation"]);
  assert.is(csms.calls("StopTransaction").length, 0);
});

test("16 - without a spool the CSMS's own CALLERROR arrives as it was sent", async () => {
  const config = { spool: { enabled: false } };
  await using world = await openWorld({ config, onLink: (link) => link.answering(silent) });
  const station = await world.dial("CP1");
  const csms = await world.csms.link("CP1");
  station.send('[2,"x","StopTransaction",{"transactionId":1,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z"}]');
  await csms.call("StopTransaction");
  csms.send('[4, "x","InternalError","\\u00fcber",{"trace" : 1.0}]');
  await station.answerTo("x");
  assert.is(station.frames[0], '[4, "x","InternalError","\\u00fcber",{"trace" : 1.0}]');
});

test.run();
