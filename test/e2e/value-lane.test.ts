// deadline: 120s
/** The value lane between station and CSMS: one call at a time, in order of class, and nothing lost when one side stalls. */
import { createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type WorldOptions } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Json, Peer } from "../support/ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";
const silent = () => undefined;
const ids = (frames: readonly Json[]) => frames.map(([, id]) => id);

/** A world whose CSMS answers nothing by itself, and a station in it. */
async function withSilentCsms(version: string, options: WorldOptions = {}) {
  const world = await openWorld({ ...options, onLink: (link) => link.answering(silent) });
  const station = await world.dial("CP1", version);
  return { world, station, csms: await world.csms.link("CP1") };
}

/** Answers whatever comes until the call `last` was there. */
async function answerAll(csms: Peer, last: string): Promise<void> {
  csms.answering(() => ({}));
  for (const [, id] of csms.calls()) csms.send([3, id, {}]);
  await until(`the call ${last}`, () => csms.frames.some((text) => text.startsWith(`[2,"${last}"`)));
}

test("a burst of a station's calls reaches the CSMS one by one, in order", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp1.6");
  await using _ = world;
  const names = Array.from({ length: 30 }, (__, i) => `h${i}`);
  for (const id of names) station.send([2, id, "Heartbeat", {}]);
  for (const [i, id] of names.entries()) {
    await until(`call ${id}`, () => csms.calls().length > i);
    await csms.barrier();
    assert.is(csms.calls().length, i + 1, "the next one waits for the answer");
    csms.send([3, id, { currentTime: AT }]);
  }
  await station.answerTo("h29");
  assert.equal(ids(csms.calls()), names);
  assert.equal(ids(station.parsed()), names);
});

test("waiting calls go in order of class: V0 before V1 before V3 before V4", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp2.0.1");
  await using _ = world;
  const event = (eventType: string, seqNo: number) => ({
    eventType,
    timestamp: AT,
    triggerReason: "Trigger",
    seqNo,
    transactionInfo: { transactionId: "T" },
  });
  station.send([2, "first", "Heartbeat", {}]);
  station.send([2, "v4", "DataTransfer", { vendorId: "v" }]);
  station.send([
    2,
    "v3",
    "StatusNotification",
    { timestamp: AT, connectorStatus: "Occupied", evseId: 1, connectorId: 1 },
  ]);
  station.send([2, "v2", "SignCertificate", { csr: "x" }]);
  station.send([2, "v1", "TransactionEvent", event("Updated", 1)]);
  station.send([2, "v0", "Authorize", { idToken: { idToken: "T", type: "Central" } }]);
  station.send([2, "v1b", "TransactionEvent", event("Ended", 2)]);
  await until("all to wait", () => world.view("CP1", "ocpp2.0.1").waitingNorth === 7);
  await answerAll(csms, "v4");
  assert.equal(ids(csms.calls()), ["first", "v0", "v1", "v1b", "v2", "v3", "v4"]);
});

// A StartTransaction is V0 and a StopTransaction V1, but the start of the next one must not overtake the end of the last.
test("transaction messages keep their order whatever their class", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp1.6");
  await using _ = world;
  const sample = { timestamp: AT, sampledValue: [{ value: "1" }] };
  station.send([2, "first", "Heartbeat", {}]);
  station.send([2, "meter", "MeterValues", { connectorId: 1, transactionId: 1, meterValue: [sample] }]);
  station.send([2, "status", "StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" }]);
  station.send([2, "stop", "StopTransaction", { transactionId: 1, meterStop: 2, timestamp: AT }]);
  station.send([2, "start", "StartTransaction", { connectorId: 1, idTag: "T", meterStart: 2, timestamp: AT }]);
  station.send([2, "authorize", "Authorize", { idTag: "T" }]);
  await until("all to wait", () => world.view("CP1").waitingNorth === 6);
  await answerAll(csms, "status");
  assert.equal(ids(csms.calls()), ["first", "authorize", "meter", "stop", "start", "status"]);
});

test("without a spool a call that cannot be delivered in time is given back with the reason, and never delivered later", async () => {
  const port = await freePort();
  await using world = await openWorld({
    csmsUrl: `ws://127.0.0.1:${port}/csms`,
    config: { limits: { callTimeoutSec: 1 }, spool: { enabled: false } },
  });
  const station = await world.dial("CP1");
  const answer = await station.ask("StopTransaction", { transactionId: 1, meterStop: 1, timestamp: AT }, "late");
  assert.equal(answer, [4, "late", "GenericError", "The CSMS cannot be reached", {}]);
  await using csms = await PlainCsms.listen({ port });
  const link = await csms.link("CP1");
  await station.ask("StopTransaction", { transactionId: 2, meterStop: 1, timestamp: AT }, "good");
  assert.equal(ids(link.calls()), ["good"]);
});

test("a call that was under way when the link broke is sent again, once, under its id", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp1.6");
  await using _ = world;
  const frame =
    '[2,"x", "StartTransaction",{"connectorId":1,"idTag":"T","meterStart":1.0,"timestamp":"2026-01-01T00:00:00Z"}]';
  station.send(frame);
  station.send('[2,"y","Heartbeat",{}]');
  await csms.call("StartTransaction");
  csms.ws.terminate();
  const again = await world.csms.link("CP1", 1);
  await again.call("StartTransaction");
  again.send([3, "x", { transactionId: 4, idTagInfo: { status: "Accepted" } }]);
  await again.call("Heartbeat");
  again.send([3, "y", { currentTime: AT }]);
  await station.answerTo("y");
  assert.equal(again.frames, [frame, '[2,"y","Heartbeat",{}]']);
  assert.equal(ids(station.parsed()), ["x", "y"]);
});

test("the link comes back with growing waits, and starts over once it was up", async () => {
  const dials: number[] = [];
  const deaf = createServer((socket) => {
    dials.push(performance.now());
    socket.destroy();
  });
  await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
  const { port } = deaf.address() as { port: number };
  const backoff = { minSec: 0.1, maxSec: 0.4, jitterSec: 0.05 };
  await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { backoff } });
  const station = await world.dial("CP1");
  await until("five dials", () => dials.length >= 5);
  const waits = dials.slice(1, 5).map((at, i) => at - (dials[i] ?? 0));
  for (const [i, least] of [100, 200, 400, 400].entries()) {
    const wait = waits[i] ?? 0;
    // Timers may fire a millisecond early; a loaded machine may be late.
    assert.ok(wait >= least - 2 && wait < least + 50 + 300, `wait ${i} was ${wait} ms`);
  }
  await new Promise((resolve) => deaf.close(resolve));
  const csms = await PlainCsms.listen({ port });
  await station.ask("Heartbeat");
  const lostAt = performance.now();
  (await csms.link("CP1")).ws.terminate();
  await csms.link("CP1", 1);
  assert.ok(performance.now() - lostAt < 400 + 300, "the first wait again");
  await csms.close();
});

test("a CSMS that answers nothing stops its station from being read, and nothing is lost", async () => {
  const options = { config: { limits: { callQueue: 8 } } };
  const { world, station, csms } = await withSilentCsms("ocpp1.6", options);
  await using _ = world;
  const { counters } = world.gateway;
  const total = 1_500;
  const data = "x".repeat(20_000);
  for (let i = 0; i < total; i += 1) station.send([2, `d${i}`, "DataTransfer", { vendorId: "v", data }]);
  await until("the station to be paused", () => counters.southPauses > 0);
  const read = counters.framesSouthIn;
  await csms.barrier();
  assert.ok(counters.framesSouthIn < 40, `${read} frames were read`);
  assert.ok(world.view("CP1").waitingNorth <= 8 * 4 + 1);
  assert.ok(station.ws.bufferedAmount > 0, "the rest waits with the station");
  await answerAll(csms, `d${total - 1}`);
  await station.answerTo(`d${total - 1}`);
  const expected = Array.from({ length: total }, (__, i) => `d${i}`);
  assert.equal(ids(csms.calls()), expected);
  assert.equal(ids(station.parsed()), expected);
  assert.is(counters.callQueueFull, 0);
});

// A station that ignores the discipline altogether: thousands of calls in one TCP segment, read before a pause takes effect.
test("of a burst beyond every queue each call is answered once: by the CSMS, or with the reason", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const total = 3_000;
  for (let i = 0; i < total; i += 1) station.send(`[2,"h${i}","Heartbeat",{}]`);
  await until("all answers", () => station.frames.length === total + 1, 20_000);
  const answers = station.parsed().slice(1);
  assert.is(new Set(ids(answers)).size, total);
  const refused = answers.filter(([type]) => type === 4);
  assert.ok(refused.every(([, , , reason]) => reason === "Too many calls are waiting for the CSMS"));
  assert.is(csms.calls("Heartbeat").length, total - refused.length);
  assert.is(world.gateway.counters.callQueueFull, refused.length);
});

test("a CSMS that stops reading stops its station too; both go on when it does", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp2.1");
  await using _ = world;
  const other = await world.dial("CP2", "ocpp2.1");
  (await world.csms.link("CP2")).answering(() => ({ currentTime: AT }));
  const { counters } = world.gateway;
  csms.ws.pause();
  const total = 1_600;
  const data = "x".repeat(20_000);
  for (let i = 0; i < total; i += 1) station.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  await until("the station to be paused", () => counters.southPauses > 0);
  for (let i = 0; i < 20; i += 1) assert.is((await other.ask("Heartbeat"))[0], 3, "another station does not notice");
  // What was read fits into the kernel's buffers and 256 KiB of the gateway's.
  assert.ok(counters.bytesSouthIn < 16e6, `${counters.bytesSouthIn} bytes were read for a CSMS that reads nothing`);
  assert.ok(station.ws.bufferedAmount > 0, "the rest waits with the station");
  csms.ws.resume();
  await until("all of it", () => csms.frames.length === total, 20_000);
  assert.equal(
    ids(csms.parsed()),
    Array.from({ length: total }, (__, i) => `s${i}`),
  );
});

// The mark was looked at before a frame was sent: one frame that went from below to above it paused the station, and nothing was
// left to wake it up.
test("frames as large as half the buffer do not leave the station paused for ever", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp2.1");
  await using _ = world;
  csms.ws.pause();
  const total = 200;
  const data = "x".repeat(125_000);
  const send = (i: number) => station.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  const { counters } = world.gateway;
  for (let i = 0; i < total && counters.southPauses === 0; i += 1) {
    send(i);
    await until("the frame to be read", () => counters.framesSouthIn > i);
  }
  assert.ok(counters.southPauses > 0);
  const sent = counters.framesSouthIn;
  send(sent);
  csms.ws.resume();
  await until("all of it", () => csms.frames.length === sent + 1);
});

// The link broke while the station was paused for it. Paused, the gateway would not even see that the station hangs up.
test("a station that was paused for a link that broke is read again", async () => {
  const { world, station, csms } = await withSilentCsms("ocpp2.1");
  await using _ = world;
  csms.ws.pause();
  const data = "x".repeat(20_000);
  for (let i = 0; i < 1_600; i += 1) station.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  const { counters } = world.gateway;
  await until("the station to be paused", () => counters.southPauses > 0);
  await world.csms.close();
  await until("all to be read", () => counters.framesSouthIn === 1_600, 20_000);
  assert.ok(counters.callsRefusedNotConnected > 0, "what could not be passed on is counted");
  await station.close();
  await until("the gateway to see it go", () => !world.view("CP1", "ocpp2.1").connected);
});

test("a station that stops reading stops its CSMS", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1", "ocpp2.1");
  const { counters } = world.gateway;
  station.ws.pause();
  const total = 1_600;
  const data = "x".repeat(20_000);
  for (let i = 0; i < total; i += 1) csms.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  await until("the CSMS to be paused", () => counters.northPauses > 0);
  assert.ok(csms.ws.bufferedAmount > 0);
  station.ws.resume();
  await until("all of it", () => station.frames.length === total + 1, 20_000);
});

test("when the station goes, the CSMS gets an answer to each of its calls before its link is closed", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  csms.send('[2,"a","ClearCache",{}]');
  csms.send('[2,"b","Reset",{"type":"Soft"}]');
  await station.call("ClearCache");
  station.ws.terminate();
  assert.is(await csms.closeCode(), 1001);
  const gone = ["GenericError", "The station is not connected", {}];
  assert.equal(csms.parsed().slice(1), [
    [4, "a", ...gone],
    [4, "b", ...gone],
  ]);
});

test("divert: frames with nothing but condition data are answered here, everything else reaches the CSMS", async () => {
  const stations = [{ match: "*", securityProfile: 0, fork: "divert" }] as const;
  await using world = await openWorld({ config: { stations } });
  const { station, csms } = await world.booted("CP1", "ocpp2.0.1");
  const sampled = (more: object = {}) => ({
    evseId: 1,
    meterValue: [{ timestamp: AT, sampledValue: [{ value: 41.5, ...more }] }],
  });
  const notify = (name: string) => ({
    generatedAt: AT,
    seqNo: 0,
    eventData: [
      {
        eventId: 1,
        timestamp: AT,
        trigger: "Delta",
        actualValue: "1",
        eventNotificationType: "CustomMonitor",
        component: { name: "Connector" },
        variable: { name },
      },
    ],
  });
  const signedMeterValue = { signedMeterData: "eA==", signingMethod: "", encodingMethod: "OCMF", publicKey: "" };
  assert.equal(await station.ask("MeterValues", sampled(), "m1"), [3, "m1", {}]);
  assert.equal(await station.ask("NotifyEvent", notify("Temperature"), "n1"), [3, "n1", {}]);
  await station.ask("MeterValues", sampled({ signedMeterValue }), "m2");
  await station.ask("NotifyEvent", notify("AvailabilityState"), "n2");
  await station.ask("Heartbeat", {}, "h");
  assert.equal(ids(csms.calls()).slice(1), ["m2", "n2", "h"]);
  assert.is(world.gateway.counters.diverted, 2);
});

test("copy, the default: the CSMS gets condition data too", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  const meterValue = [{ timestamp: AT, sampledValue: [{ value: "41.5", measurand: "Temperature" }] }];
  await station.ask("MeterValues", { connectorId: 1, meterValue }, "m");
  assert.equal(ids(csms.calls("MeterValues")), ["m"]);
});

test("no CSMS and no spool: a station's call is given back, and the station stays", async () => {
  await using world = await openWorld({
    config: {
      limits: { callTimeoutSec: 1 },
      spool: { enabled: false },
      stations: [{ match: "*", securityProfile: 0, csms: false }],
    },
  });
  const station = await world.dial("CP1");
  assert.equal((await station.ask("Heartbeat")).slice(2, 4), ["GenericError", "The CSMS cannot be reached"]);
  assert.is(world.csms.links.length, 0);
  assert.ok(station.isOpen);
});

test.run();
