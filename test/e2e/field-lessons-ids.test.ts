// deadline: 120s
/** Field lessons 6–12: message ids, repeated and late messages, and calls of the gateway's own. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { until } from "../support/until.ts";
import type { Peer } from "../support/ws-peer.ts";

const START = { connectorId: 1, idTag: "TAG", meterStart: 100, timestamp: "2026-01-01T10:00:00Z" };

/** How often an action reached the peer. */
const count = (peer: Peer, action: string) => peer.calls(action).length;

// Two controllers drive one charger and both count their messages from 1. The charger answers "1", and the wrong one takes it.
test("6 - the CSMS uses an id that the gateway has under way: both get their own answer", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const ours = world.view("CP1").call("GetConfiguration", { key: ["A"] });
  const [, id] = await station.call("GetConfiguration");
  const theirs = `[2,"${id}", "ChangeConfiguration" ,{"value":"1.0","key":"Ä\\u00e4"}]`;
  csms.send(theirs);
  await csms.barrier();
  assert.is(count(station, "ChangeConfiguration"), 0, "one CALL at a time");
  station.send([3, id, { configurationKey: [] }]);
  assert.equal(await ours, { configurationKey: [] });
  const [, fresh] = await station.call("ChangeConfiguration");
  assert.is.not(fresh, id);
  assert.is(station.frames.at(-1), theirs.replace(String(id), String(fresh)), "but for the id nothing has changed");
  station.send(`[3,"${fresh}",  {"status":"Accepted"}]`);
  await csms.answerTo(id);
  assert.is(csms.frames.at(-1), `[3,"${id}",  {"status":"Accepted"}]`);
  assert.is(world.gateway.counters.rewrittenIds, 1);
});

// After a reboot the charger counts from "1" again. A proxy that remembered ids per station took the StopTransaction for an old
// Heartbeat, answered it from its memory, and the CSMS never saw the end of the transaction.
test("7 - a station that restarts its id counter is not mistaken for repeating itself", async () => {
  await using world = await openWorld();
  const { station: before } = await world.booted("CP1");
  await before.ask("Authorize", { idTag: "TAG" }, "1");
  await before.close();
  await until("the gateway to see it go", () => !world.view("CP1").connected);
  const station = await world.dial("CP1");
  await station.ask("StopTransaction", { transactionId: 7, meterStop: 9, timestamp: "2026-01-01T11:00:00Z" }, "1");
  await station.ask("Authorize", { idTag: "TAG" }, "2");
  const csms = await world.csms.link("CP1", 1);
  assert.equal(
    csms.calls().map(([, id, action]) => [id, action]),
    [
      ["1", "StopTransaction"],
      ["2", "Authorize"],
    ],
  );
});

// The same from the north: the CSMS restarts while the station still owes it an answer, and counts from "1" again.
test("7 - a CSMS that comes back and restarts its counter gets its own answers only", async () => {
  await using world = await openWorld();
  const { station, csms: before } = await world.booted("CP1");
  before.send('[2,"1","GetConfiguration",{}]');
  before.send('[2,"2","RemoteStartTransaction",{"idTag":"TAG"}]');
  await station.call("GetConfiguration");
  before.ws.terminate();
  const csms = await world.csms.link("CP1", 1);
  csms.send('[2,"1","Reset",{"type":"Soft"}]');
  await csms.barrier();
  station.send('[3,"1",{"configurationKey":[]}]');
  const [, id] = await station.call("Reset");
  station.send([3, id as string, { status: "Accepted" }]);
  assert.equal(await csms.answerTo("1"), [3, "1", { status: "Accepted" }]);
  assert.is(csms.frames.length, 1, "the answer to the call of the lost link went to nobody");
  assert.is(count(station, "RemoteStartTransaction"), 0, "a command whose sender is gone takes no effect");
});

// A station that lost the answer sends the very same frame again; a CSMS that sees it twice acts twice.
test("8 - the same id with the same content is answered again and not relayed twice", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const frame = '[2,"a","DataTransfer",{"vendorId":"V","data":"1"}]';
  station.send(frame);
  await station.answerTo("a");
  station.send(frame);
  await until("the second answer", () => station.answersTo("a").length === 2);
  assert.is(station.frames.at(-1), station.frames.at(-2));
  assert.is(count(csms, "DataTransfer"), 1);
  assert.is(world.gateway.counters.retriesAnsweredFromMemory, 1);
});

test("8 - the same id with other content, or on another connection, is another call", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  await station.ask("DataTransfer", { vendorId: "V", data: "1" }, "a");
  await station.ask("DataTransfer", { vendorId: "V", data: "2" }, "a");
  assert.is(count(csms, "DataTransfer"), 2);
  await station.close();
  await until("the gateway to see it go", () => !world.view("CP1").connected);
  await (await world.dial("CP1")).ask("DataTransfer", { vendorId: "V", data: "2" }, "a");
  assert.is(count(await world.csms.link("CP1", 1), "DataTransfer"), 1);
});

// Some stations give every Heartbeat the same id. Answered from memory, they would set their clock to an old time, and to the
// CSMS they would fall silent.
test("8 - a station that gives every Heartbeat the same id still reaches the CSMS each time", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  for (let i = 0; i < 3; i += 1) await station.ask("Heartbeat", {}, "0");
  assert.is(count(csms, "Heartbeat"), 3);
});

// A station that lost the answer to a StartTransaction made a new id for the retry: two transactions at the CSMS, one of them
// open for ever.
test("9 - the same transaction message under a new id takes effect once, also after a reconnect", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const first = await station.ask("StartTransaction", START, "a");
  assert.equal((await station.ask("StartTransaction", START, "b"))[2], first[2]);
  await station.close();
  await until("the gateway to see it go", () => !world.view("CP1").connected);
  const again = await world.dial("CP1");
  assert.equal((await again.ask("StartTransaction", START, "c"))[2], first[2]);
  await again.ask("StartTransaction", { ...START, timestamp: "2026-01-01T10:00:01Z" }, "d");
  assert.equal(
    csms.calls("StartTransaction").map(([, id]) => id),
    ["a"],
  );
  assert.equal(
    (await world.csms.link("CP1", 1)).calls("StartTransaction").map(([, id]) => id),
    ["d"],
  );
});

test("9 - a repetition that comes before the answer is answered with it", async () => {
  const held: (() => void)[] = [];
  await using world = await openWorld({ onLink: (link) => link.answering(() => undefined) });
  const station = await world.dial("CP1");
  const csms = await world.csms.link("CP1");
  csms.ws.on("message", (data) => {
    const [type, id] = JSON.parse(data.toString());
    if (type === 2) held.push(() => csms.send(`[3,"${id}",{"transactionId":5,"idTagInfo":{"status":"Accepted"}}]`));
  });
  station.send([2, "a", "StartTransaction", START]);
  station.send([2, "b", "StartTransaction", START]);
  await until("the call at the CSMS", () => held.length > 0);
  await station.barrier();
  for (const answer of held) answer();
  assert.equal((await station.answerTo("a"))[2], (await station.answerTo("b"))[2]);
  assert.is(count(csms, "StartTransaction"), 1);
});

test("9 - TransactionEvent is known by transaction and seqNo, but a station that never counts up loses nothing", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.0.1");
  const event = (eventType: string, timestamp: string) => ({
    eventType,
    timestamp,
    triggerReason: "MeterValuePeriodic",
    seqNo: 0,
    transactionInfo: { transactionId: "T1" },
  });
  await station.ask("TransactionEvent", event("Started", "2026-01-01T10:00:00Z"), "a");
  await station.ask("TransactionEvent", event("Started", "2026-01-01T10:00:00Z"), "b");
  await station.ask("TransactionEvent", event("Updated", "2026-01-01T10:01:00Z"), "c");
  await station.ask("TransactionEvent", event("Updated", "2026-01-01T10:02:00Z"), "d");
  await station.ask("TransactionEvent", event("Ended", "2026-01-01T10:02:00Z"), "e");
  assert.equal(
    csms.calls("TransactionEvent").map(([, id]) => id),
    ["a", "c", "d", "e"],
  );
});

// One timeout inside another: the answer that came late was given to the next call, and from then on every answer was one off.
// A charger stayed at 16 A that way.
test("10 - the late answer of the CSMS is not taken for the answer to the next call", async () => {
  await using world = await openWorld({
    config: { limits: { callTimeoutSec: 1 } },
    onLink: (link) => link.answering(() => undefined),
  });
  const station = await world.dial("CP1");
  const csms = await world.csms.link("CP1");
  assert.equal(await station.ask("Heartbeat", {}, "a"), [
    4,
    "a",
    "GenericError",
    "The CSMS did not answer in time",
    {},
  ]);
  station.send('[2,"b","Authorize",{"idTag":"TAG"}]');
  await csms.call("Authorize");
  csms.send('[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]');
  csms.send('[3,"b",{"idTagInfo":{"status":"Blocked"}}]');
  assert.equal(await station.answerTo("b"), [3, "b", { idTagInfo: { status: "Blocked" } }]);
  assert.is(station.answersTo("a").length, 1);
  assert.is(world.gateway.counters.lateAnswers, 1);
  // The station uses the id again while its late answer may still come.
  station.send('[2,"a","Authorize",{"idTag":"TAG2"}]');
  const [, id] = await csms.call("Authorize", 1);
  assert.is.not(id, "a");
  csms.send('[3,"a",{"currentTime":"2026-01-01T00:00:00Z"}]');
  csms.send([3, id as string, { idTagInfo: { status: "Accepted" } }]);
  await until("the answer", () => station.answersTo("a").length === 2);
  assert.equal(station.answersTo("a")[1], [3, "a", { idTagInfo: { status: "Accepted" } }]);
});

test("10 - the late answer of the station is not taken for the answer to the next call", async () => {
  await using world = await openWorld({ config: { limits: { stationCallTimeoutSec: 1 } } });
  const { station, csms } = await world.booted("CP1");
  const [type, , code] = await csms.ask("GetConfiguration", {}, "a");
  assert.equal([type, code], [4, "GenericError"]);
  csms.send('[2,"b","ClearCache",{}]');
  await station.call("ClearCache");
  station.send('[3,"a",{"configurationKey":[]}]');
  station.send('[3,"b",{"status":"Rejected"}]');
  assert.equal(await csms.answerTo("b"), [3, "b", { status: "Rejected" }]);
  assert.is(csms.answersTo("a").length, 1);
  assert.is(world.gateway.counters.lateAnswers, 1);
});

// An answer nobody asked for: a confused firmware, or somebody who tries to answer a call before the station does.
for (const version of ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]) {
  test(`11 - answers to nobody's call are counted, go nowhere, and are not answered (${version})`, async () => {
    await using world = await openWorld();
    const { station, csms } = await world.booted("CP1", version);
    const [before, after] = [station.frames.length, csms.frames.length];
    station.send('[3,"never-sent",{}]');
    station.send('[4,"never-sent","GenericError","",{}]');
    csms.send('[3,"never-sent",{}]');
    await Promise.all([station.barrier(), csms.barrier()]);
    assert.equal([station.frames.length, csms.frames.length], [before, after]);
    assert.is(world.gateway.counters.unknownAnswers, 3);
    assert.ok(station.isOpen && csms.isOpen);
  });
}

test("11 - of two answers to one call the first counts", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  csms.send('[2,"a","ClearCache",{}]');
  await station.call("ClearCache");
  station.send('[3,"a",{"status":"Accepted"}]');
  station.send('[3,"a",{"status":"Rejected"}]');
  await station.ask("Heartbeat");
  assert.equal(csms.answersTo("a"), [[3, "a", { status: "Accepted" }]]);
  assert.is(world.gateway.counters.unknownAnswers, 1);
});

// A controller asked the charger for a status on its own account, and the CSMS got an answer to a question it had never put.
test("12 - the CSMS sees the effect of an injected call and not the call", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  station.answering(() => ({ status: "Accepted" }));
  const answer = await world.view("CP1").call("TriggerMessage", { requestedMessage: "StatusNotification" });
  assert.equal(answer, { status: "Accepted" });
  await station.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" });
  assert.equal(
    csms.parsed().map(([type, , action]) => [type, action]),
    [
      [2, "BootNotification"],
      [2, "StatusNotification"],
    ],
  );
});

test.run();
