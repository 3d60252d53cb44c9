// deadline: 60s
/** OCPP 2.1: SEND and CALLRESULTERROR are nobody's calls. They pass untouched, beside whatever is outstanding. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../support/e2e-world.ts";
import { dial } from "../support/ws-peer.ts";

const SEND =
  '[6, "s1","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"2026-01-01T00:00:00.0Z","data":[{"t":0,"v":"1.0"}]}]';
const silent = () => undefined;

test("2.1 - SEND passes in both directions while a CALL is outstanding, and is not answered", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.1");
  csms.answering(silent);
  station.send('[2,"c1","Heartbeat",{}]');
  csms.send('[2,"c2","GetLocalListVersion",{}]');
  await Promise.all([csms.call("Heartbeat"), station.call("GetLocalListVersion")]);
  // More than one, with an id that is in use, and with an action nobody knows.
  const vendor = '[6,"c1","VendorStream" , {"\\u00e9":1.0}]';
  for (const frame of [SEND, SEND, vendor]) {
    station.send(frame);
    csms.send(frame);
  }
  csms.send('[3,"c1",{"currentTime":"2026-01-01T00:00:00Z"}]');
  station.send('[3,"c2",{"versionNumber":0}]');
  assert.is((await station.answerTo("c1"))[0], 3);
  assert.is((await csms.answerTo("c2"))[0], 3);
  assert.equal(csms.frames.slice(-4, -1), [SEND, SEND, vendor]);
  assert.equal(station.frames.slice(-4, -1), [SEND, SEND, vendor]);
});

test("2.1 - CALLRESULTERROR passes in both directions", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.1");
  await station.ask("DataTransfer", { vendorId: "v" }, "d1");
  const fromStation = '[5,"d1" ,"FormatViolation","n\\u00f6",{"at" : 1.0}]';
  station.send(fromStation);
  csms.send('[2,"d2","GetLocalListVersion",{}]');
  await station.call("GetLocalListVersion");
  station.send('[3,"d2",{"versionNumber":"x"}]');
  await csms.answerTo("d2");
  const fromCsms = '[5,"d2","TypeConstraintViolation","",{}]';
  csms.send(fromCsms);
  await Promise.all([station.barrier(), csms.barrier()]);
  assert.is((await station.ask("Heartbeat"))[0], 3);
  assert.ok(csms.frames.includes(fromStation));
  assert.is(station.frames.at(-2), fromCsms);
  assert.is(world.gateway.counters.unknownAnswers, 0);
});

test("2.1 - SEND does not count as a call: the next CALL goes out at once", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.1");
  for (let i = 0; i < 50; i += 1) station.send(SEND);
  assert.is((await station.ask("Heartbeat"))[0], 3);
  assert.equal(
    csms.frames.slice(1, 51),
    Array.from({ length: 50 }, () => SEND),
  );
  assert.is(world.view("CP1", "ocpp2.1").waitingNorth, 0);
});

// In 2.0.1 types 5 and 6 do not exist: the sender is told so (Part 4 §4.4), and the other side sees nothing.
test("2.0.1 - types 5 and 6 are answered MessageTypeNotSupported and go nowhere", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.0.1");
  const before = csms.frames.length;
  station.send(SEND);
  assert.equal((await station.answerTo("s1")).slice(0, 3), [4, "s1", "MessageTypeNotSupported"]);
  await csms.barrier();
  assert.is(csms.frames.length, before);
});

test("2.1 - the version is offered north as the station chose it among several", async () => {
  await using world = await openWorld();
  const station = await dial(world.url("CP1"), ["ocpp2.1", "ocpp2.0.1", "ocpp1.6"]);
  assert.is(station.ws.protocol, "ocpp2.1");
  const csms = await world.csms.link("CP1");
  assert.is(csms.request.headers["sec-websocket-protocol"], "ocpp2.1");
});

test.run();
