// deadline: 120s
/** Field lessons 1–5: what connections do that no specification foresees. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld, type World } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { until, within } from "../support/until.ts";
import { WireTap } from "../support/wire-tap.ts";
import { basicAuth, dial, statusOf } from "../support/ws-peer.ts";

const KEY = "correct-horse-battery";
const PROFILE_1 = [{ match: "*", securityProfile: 1, password: KEY }] as const;
const basic = basicAuth("CP1", KEY);
const withKey = { headers: basic };
const BOOT = '[2,"boot-1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]';

const status = (id: string, value: string) =>
  `[2,"${id}","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"${value}"}]`;

/** Security events of one type, as soon as there are some. */
const reported = (world: World, type: string) =>
  until(`a security event ${type}`, () => world.security.find((event) => event.type === type));

// A charger dials and sends its BootNotification at once; the connection to the CSMS needs another 0.3 to 10 s. Proxies that
// relay only what both ends can take lose the boot, and the charger stays outside until its own retry.
for (const lateMs of [300, 3_000]) {
  test(`1 - a boot before the CSMS is there is held and answered once (${lateMs} ms late)`, async () => {
    const port = await freePort();
    await using world = await openWorld({ csmsUrl: `ws://127.0.0.1:${port}/csms` });
    const station = await world.dial("CP1");
    station.send(BOOT);
    // An impatient station repeats itself, as a retry may: same id, same text.
    station.send(BOOT);
    await new Promise((resolve) => setTimeout(resolve, lateMs));
    assert.equal(station.frames, [], "nobody answers for the CSMS");
    await using csms = await PlainCsms.listen({ port });
    const link = await csms.link("CP1");
    assert.equal((await station.answerTo("boot-1"))[0], 3);
    await station.ask("Heartbeat");
    assert.equal(link.calls("BootNotification").length, 1);
    assert.is(link.frames[0], BOOT);
    assert.equal(station.answersTo("boot-1").length, 1);
    assert.is(world.view("CP1").registration, "Accepted");
  });
}

// Six projects had this one: the charger reconnects before the server has noticed that the old socket is gone; when the old
// socket's close handler runs at last, it looks its session up by station id and tears down the new one.
test("2 - the late end of an old connection leaves its successor alone", async () => {
  await using world = await openWorld({ config: { stations: PROFILE_1 } });
  using old = await RawPeer.upgrade(world.url("CP1"), { ...basic, "Sec-WebSocket-Protocol": "ocpp1.6" });
  old.send(BOOT);
  await until("the boot to be answered", () => old.texts.length === 1);
  const successor = await world.dial("CP1", "ocpp1.6", withKey);
  await successor.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available" });
  const link = await world.csms.link("CP1", 1);
  const before = world.view("CP1");
  // The old one ignores that it was closed, goes on talking, and then falls.
  assert.is(old.closeCode, 1012);
  old.send(status("late-1", "Faulted"));
  old.send('[2,"late-2","StopTransaction",{"transactionId":1,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z"}]');
  old.destroy();
  await until("the old link to the CSMS to end", () => world.csms.linksOf("CP1")[0]?.closed);
  await successor.barrier();
  const { connected, csms, connectors } = world.view("CP1");
  assert.equal({ connected, csms, connectors }, { connected: true, csms: "up", connectors: before.connectors });
  assert.equal(connectors[0]?.status, "Available");
  assert.equal((await successor.ask("Heartbeat"))[0], 3);
  assert.equal(
    link.calls().map(([, , action]) => action),
    ["StatusNotification", "Heartbeat"],
  );
});

// A charger that lost its mobile network dials again while its old TCP connection still looks open. Servers that refuse the
// second connection lock it out for a quarter of an hour.
test("3 - a half-open connection gives way after an unanswered ping", async () => {
  await using world = await openWorld({ config: { limits: { probeMs: 300 } } });
  await using tap = await WireTap.open(Number(new URL(world.gateway.urls[0] ?? "").port));
  const old = await dial(`ws://127.0.0.1:${tap.port}/CP1`, ["ocpp1.6"]);
  await old.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  tap.freeze();
  const successor = await world.dial("CP1");
  assert.equal((await successor.ask("Heartbeat"))[0], 3);
  assert.is(world.gateway.counters.connectionsReplaced, 1);
  assert.equal(world.security, []);
  old.ws.terminate();
});

// With a heartbeat interval of an hour, a charger that is gone was shown online for an hour; and a CSMS that was gone was waited for.
test("3 - a half-open connection that nobody replaces ends after unanswered pings, on either side", async () => {
  await using csms = await PlainCsms.listen();
  await using north = await WireTap.open(csms.port);
  await using world = await openWorld({
    csmsUrl: `ws://127.0.0.1:${north.port}/csms`,
    config: { limits: { pingIntervalSec: 1, missedPongs: 1 } },
  });
  await using south = await WireTap.open(Number(new URL(world.gateway.urls[0] ?? "").port));
  const alive = await world.dial("ALIVE");
  await alive.ask("Heartbeat");
  const gone = await dial(`ws://127.0.0.1:${south.port}/GONE`, ["ocpp1.6"]);
  await gone.ask("Heartbeat");
  north.freeze();
  south.freeze();
  await until("the station to be given up", () => !world.view("GONE").connected);
  await csms.link("ALIVE", 1);
  assert.is((await alive.ask("Heartbeat"))[0], 3);
  assert.ok(world.gateway.counters.halfOpenClosed >= 2);
  gone.ws.terminate();
});

// Whoever knows a charger's name can dial under it. Servers that let the newest connection win let anybody throw a charger out.
test("3 - a newcomer that proves nothing does not displace a station that answers", async () => {
  await using world = await openWorld({ config: { limits: { probeMs: 500 } } });
  const { station } = await world.booted("CP1");
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"]), 409);
  assert.is((await reported(world, "DuplicateIdentity")).stationId, "CP1");
  assert.equal((await station.ask("Heartbeat"))[0], 3);
  assert.is(world.csms.links.length, 1);
});

// The probe kept one waiter: of two newcomers at once, the first never heard the pong, took the station for dead and had it cut.
test("3 - two newcomers at once do not displace it either", async () => {
  await using world = await openWorld({ config: { limits: { probeMs: 500 } } });
  const { station } = await world.booted("CP1");
  const newcomers = [1, 2, 3].map(() => statusOf(world.url("CP1"), ["ocpp1.6"]));
  assert.equal(await Promise.all(newcomers), [409, 409, 409]);
  assert.equal((await station.ask("Heartbeat"))[0], 3);
  assert.is(world.gateway.counters.connectionsReplaced, 0);
});

test("3 - a newcomer with equal proof takes over a live connection, and a security event says so", async () => {
  await using world = await openWorld({ config: { stations: PROFILE_1 } });
  const old = await world.dial("CP1", "ocpp1.6", withKey);
  await old.ask("Heartbeat");
  const successor = await world.dial("CP1", "ocpp1.6", withKey);
  assert.is(await old.closeCode(), 1012);
  assert.match((await reported(world, "DuplicateIdentity")).detail, "replaced");
  assert.equal((await successor.ask("Heartbeat"))[0], 3);
});

test("3 - a newcomer with wrong credentials is refused before anything is asked of the live connection", async () => {
  await using world = await openWorld({ config: { stations: PROFILE_1 } });
  const station = await world.dial("CP1", "ocpp1.6", withKey);
  let pings = 0;
  station.ws.on("ping", () => {
    pings += 1;
  });
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"], { headers: basicAuth("CP1", "wrong") }), 401);
  assert.equal((await station.ask("Heartbeat"))[0], 3);
  assert.is(pings, 0);
});

// A tenant's limit counted the zombie, so the charger that came back was "one too many" beside itself.
test("3 - a full gateway still takes a station back", async () => {
  await using world = await openWorld({ config: { limits: { probeMs: 200, maxConnections: 1 } } });
  await using tap = await WireTap.open(Number(new URL(world.gateway.urls[0] ?? "").port));
  const old = await dial(`ws://127.0.0.1:${tap.port}/CP1`, ["ocpp1.6"]);
  await old.ask("Heartbeat");
  assert.is(await statusOf(world.url("CP2"), ["ocpp1.6"]), 503);
  tap.freeze();
  const successor = await world.dial("CP1");
  assert.equal((await successor.ask("Heartbeat"))[0], 3);
  old.ws.terminate();
});

// After a switch of versions a charger opens an OCPP 1.6 connection for three seconds, then its real 2.0.1 connection. A server
// that keeps the version by station id handles the second with the first one's code.
test("4 - a probe connection of another version leaves no trace on the real one", async () => {
  await using world = await openWorld({ config: { limits: { probeMs: 200 } } });
  const probe = await world.dial("CP1", "ocpp1.6");
  await world.csms.link("CP1");
  await probe.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Faulted" });
  await probe.close();
  const { station, csms } = await world.booted("CP1", "ocpp2.0.1");
  assert.is(station.ws.protocol, "ocpp2.0.1");
  assert.is(csms.ws.protocol, "ocpp2.0.1");
  assert.is((await world.csms.link("CP1")).ws.protocol, "ocpp1.6");
  await until("the probe's link to end", () => world.csms.linksOf("CP1")[0]?.closed);
  const now = world.view("CP1", "ocpp2.0.1");
  assert.equal([now.connected, now.registration, now.connectors.length], [true, "Accepted", 0]);
  assert.is(world.view("CP1", "ocpp1.6").connected, false);
  // 2.0.1 rules: an unreadable message is answered "-1", which 1.6 does not know.
  station.send("{not json");
  assert.equal((await station.answerTo("-1"))[2], "RpcFrameworkError");
  assert.is(world.gateway.counters.schemaViolations, 0);
});

// Should the charger's socket be closed when the CSMS is gone? Operators want both. With `hold` it is not.
test("5 - hold: the station stays connected while the CSMS is away, and its call waits", async () => {
  const port = await freePort();
  const first = await PlainCsms.listen({ port });
  await using world = await openWorld({ csmsUrl: first.url });
  const station = await world.dial("CP1");
  await station.ask("Heartbeat");
  await first.close();
  await until("the link to be lost", () => world.linkLosses.length > 0);
  assert.not(world.view("CP1").csms === "up");
  const answer = station.ask("Authorize", { idTag: "TAG" });
  await station.barrier();
  assert.ok(station.isOpen);
  await using _second = await PlainCsms.listen({ port });
  assert.equal((await answer)[0], 3);
});

// A simulator did not dial again after 1000 or 1005. 1013 says "try again later", 1012 "service restart".
test("5 - close: the station is closed with 1013 when the CSMS goes, and when it cannot be reached", async () => {
  const csms = await PlainCsms.listen();
  const stations = [{ match: "*", securityProfile: 0, uplinkPolicy: "close" }] as const;
  await using world = await openWorld({ csmsUrl: csms.url, config: { stations } });
  const station = await world.dial("CP1");
  await station.ask("Heartbeat");
  await csms.close();
  assert.is(await station.closeCode(), 1013);
  await until("the gateway to forget it", () => !world.view("CP1").connected);
  const again = await world.dial("CP1");
  assert.is(await again.closeCode(), 1013);
});

test("5 - a planned stop closes stations with 1012 and links with 1001", async () => {
  await using world = await openWorld();
  const { station, csms } = await world.booted("CP1");
  await within("the gateway to stop", world.gateway.stop());
  assert.is(await station.closeCode(), 1012);
  assert.is(await csms.closeCode(), 1001);
});

test.run();
