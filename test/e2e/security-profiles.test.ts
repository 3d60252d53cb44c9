// deadline: 120s
/** Who comes in and as whom: security profiles 0 to 3 south, and what the gateway shows and believes north. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeRecord } from "../../src/actors/security/scrypt-record.ts";
import type { StationRuleDocument } from "../../src/config/document.ts";
import { makeCa } from "../support/certs.ts";
import { openWorld, type World } from "../support/e2e-world.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { until, within } from "../support/until.ts";
import { basicAuth, dial, statusOf } from "../support/ws-peer.ts";

const ca = makeCa();
const strangers = makeCa("Somebody else's CA");
const server = ca.issue({ cn: "gateway", for: "server" });
const KEY = "correct-horse-battery";
const HEX = "00ff10203040506070809a0b0c0d0e0fAABBCCDD";

/** A gateway with ws:// (listener 0) and wss:// that asks for client certificates (listener 1). */
function tlsWorld(stations: readonly StationRuleDocument[]): Promise<World> {
  const tls = { cert: server.cert, key: server.key, clientCa: ca.cert };
  return openWorld({ config: { listen: [{ port: 0 }, { port: 0, tls }], stations } });
}

const trusting = { ca: ca.cert };

test("0 - anybody who knows a name comes in; unknown stations do not", async () => {
  await using world = await openWorld({ config: { stations: [{ match: "CP*", securityProfile: 0 }] } });
  assert.is(await statusOf(world.url("CP1"), ["ocpp1.6"]), 101);
  assert.is(await statusOf(world.url("XP1"), ["ocpp1.6"]), 404);
});

test("1 - Basic: the right key comes in, everything else is 401 with a challenge", async () => {
  await using world = await openWorld({
    config: { stations: [{ match: "*", securityProfile: 1, password: KEY }], intrusion: { lockOutAfter: 50 } },
  });
  const status = (headers: object) => statusOf(world.url("CP1"), ["ocpp1.6"], { headers: { ...headers } });
  assert.is(await status(basicAuth("CP1", KEY)), 101);
  for (const headers of [
    {},
    basicAuth("CP1", "not-the-key"),
    basicAuth("CP1", ""),
    basicAuth("CP2", KEY),
    { Authorization: `Bearer ${KEY}` },
    { Authorization: "Basic" },
    { Authorization: "Basic !!!" },
  ]) {
    assert.is(await status(headers), 401, JSON.stringify(headers));
  }
  using refused = await RawPeer.upgrade(world.url("CP1"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  assert.match(refused.head ?? "", /^HTTP\/1\.1 401 .*\r\nWWW-Authenticate: Basic realm="ocpp"/s);
  assert.ok(world.security.every(({ type }) => type === "LanAuthFailure"));
  assert.is(world.security.length, 8);
  assert.not.match(JSON.stringify(world.security), /not-the-key|correct-horse/);
});

// AuthorizationKey is hexadecimal in 1.6; stations send it as text, as digits of either case, or as the bytes it stands for.
test("1 - Basic: a hexadecimal key is known as text, in either case, and as raw bytes", async () => {
  await using world = await openWorld({ config: { stations: [{ match: "*", securityProfile: 1, password: HEX }] } });
  const status = (key: string | Buffer) =>
    statusOf(world.url("CP1"), ["ocpp1.6"], { headers: { ...basicAuth("CP1", key) } });
  for (const key of [HEX, HEX.toLowerCase(), HEX.toUpperCase(), Buffer.from(HEX, "hex")]) {
    assert.is(await status(key), 101);
  }
  assert.is(await status(Buffer.from(HEX, "hex").subarray(1)), 401);
});

test("1 - Basic: a password kept as an scrypt record works like the password itself", async () => {
  const password = await makeRecord(Buffer.from(HEX), 14);
  const intrusion = { lockOutAfter: 5, lockOutSec: 60 };
  const stations = [{ match: "CP*", securityProfile: 1, password }] as const;
  await using world = await openWorld({ config: { stations, intrusion } });
  const { counters } = world.gateway;
  const status = (name: string, key: string | Buffer) =>
    statusOf(world.url(name), ["ocpp1.6"], { headers: { ...basicAuth(name, key) } });
  for (const key of [HEX, HEX.toLowerCase(), Buffer.from(HEX, "hex")]) assert.is(await status("CP1", key), 101);
  assert.is(counters.passwordsHashed, 1, "the second login costs none");
  assert.is(await status("XP1", HEX), 404);
  assert.is(counters.passwordsHashed, 1, "an invented name costs none");
  for (let guess = 0; guess < 5; guess += 1) assert.is(await status("CP1", `${HEX}${guess}`), 401);
  assert.is(await status("CP1", password), 429);
  assert.is(await status("CP1", HEX), 429);
  assert.is(counters.passwordsHashed, 6, "who is locked out costs none");
  assert.is(await status("CP2", HEX), 101, "of the same address");
  assert.not.match(JSON.stringify(world.security), new RegExp(`scrypt|${HEX}`, "i"));
});

test("1 - odd legacy identities: colon, blank, slash, non-ASCII; north they are the same", async () => {
  const names = ["CP:1", "CP 001", "a/b", "Ladesäule|7", "%41"];
  const stations = [{ match: "*", securityProfile: 1, password: KEY }] as const;
  await using world = await openWorld({ config: { stations } });
  for (const name of names) {
    const peer = await dial(world.url(name), ["ocpp1.6"], { headers: basicAuth(name, KEY) });
    assert.is((await peer.ask("Heartbeat"))[0], 3);
    assert.is((await world.csms.link(name)).station, name);
  }
  assert.equal(
    world.gateway.stations().map(({ id }) => id),
    names,
  );
});

test("2 - TLS and Basic: neither does alone", async () => {
  await using world = await tlsWorld([{ match: "*", securityProfile: 2, password: KEY }]);
  const headers = basicAuth("CP1", KEY);
  assert.is(await statusOf(world.url("CP1", 1), ["ocpp1.6"], { ...trusting, headers }), 101);
  assert.is(await statusOf(world.url("CP1", 1), ["ocpp1.6"], trusting), 401);
  assert.is(await statusOf(world.url("CP1", 0), ["ocpp1.6"], { headers }), 403);
});

test("3 - a client certificate of this station's name, CN or DNS; everything else is refused", async () => {
  await using world = await tlsWorld([{ match: "*", securityProfile: 3 }]);
  const own = ca.issue({ cn: "CP1", for: "client" });
  const byName = ca.issue({ cn: "0123456789", san: ["DNS:CP1"], for: "client" });
  const others = ca.issue({ cn: "CP2", for: "client" });
  const foreign = strangers.issue({ cn: "CP1", for: "client" });
  const forServers = ca.issue({ cn: "CP1", for: "server", san: ["DNS:CP1"] });
  const status = ({ cert, key }: { cert?: string; key?: string }) =>
    statusOf(world.url("CP1", 1), ["ocpp1.6"], {
      ...trusting,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  assert.is(await status(own), 101);
  assert.is(await status(byName), 101);
  assert.is(await status(others), 401);
  assert.is(await status(foreign), 401);
  assert.is(await status(forServers), 401, "a server's certificate is none of a client");
  assert.is(await status({}), 401);
  assert.is(await statusOf(world.url("CP1", 0), ["ocpp1.6"]), 403);
});

// A newcomer that authenticates more weakly than the connection it would replace is an attack, not a reconnect.
test("field lesson 3 - a newcomer without TLS does not displace a connection with TLS", async () => {
  await using world = await tlsWorld([{ match: "*", securityProfile: 1, password: KEY }]);
  const headers = basicAuth("CP1", KEY);
  const station = await dial(world.url("CP1", 1), ["ocpp1.6"], { ...trusting, headers });
  await station.ask("Heartbeat");
  assert.is(await statusOf(world.url("CP1", 0), ["ocpp1.6"], { headers }), 409);
  assert.is((await station.ask("Heartbeat"))[0], 3);
  assert.is(world.security[0]?.type, "DuplicateIdentity");
});

test("what is not a station's upgrade gets the status that says why", async () => {
  await using world = await openWorld({ config: { path: "/ocpp" } });
  const base = world.gateway.urls[0] ?? "";
  const status = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    using peer = await RawPeer.upgrade(new URL(path, base).href, headers);
    return peer.status;
  };
  const protocol = { "Sec-WebSocket-Protocol": "ocpp1.6" };
  assert.is(await status("/ocpp/CP1", protocol), 101);
  assert.is(await status("/ocpp/CP%zz", protocol), 400);
  assert.is(await status("/ocpp/CP%00", protocol), 400);
  assert.is(await status(`/ocpp/${"x".repeat(300)}`, protocol), 400);
  assert.is(await status("/ocpp/", protocol), 404);
  assert.is(await status("/elsewhere/CP1", protocol), 404);
  assert.is(await status("/ocpp/CP1", { ...protocol, Origin: "https://evil.example" }), 403);
  const plain = await fetch(`${base.replace("ws:", "http:")}/CP1`);
  assert.equal([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
});

// OCPP 2.0.1 Part 4 §3.1.2: the server completes the handshake without a subprotocol and then closes.
test("no common subprotocol: 101 without one, then closed", async () => {
  await using world = await openWorld({
    config: { stations: [{ match: "*", securityProfile: 0, versions: ["ocpp2.0.1"] }] },
  });
  for (const headers of [{ "Sec-WebSocket-Protocol": "ocpp1.6, ocpp1.5" }, {}] as Record<string, string>[]) {
    using peer = await RawPeer.upgrade(world.url("CP1"), headers);
    assert.is(peer.status, 101);
    assert.not.match(peer.head ?? "", /Sec-WebSocket-Protocol/i);
    await until("the close frame", () => peer.closeCode === 1002);
  }
  assert.equal(world.gateway.stations(), []);
  assert.is(world.csms.links.length, 0);
});

test("assumeVersion: a station that offers nothing is taken for that version", async () => {
  await using world = await openWorld({
    config: { stations: [{ match: "*", securityProfile: 0, assumeVersion: "ocpp1.6" }] },
  });
  const station = await dial(world.url("CP1"), []);
  assert.is(station.ws.protocol, "");
  await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  assert.is((await world.csms.link("CP1")).ws.protocol, "ocpp1.6");
  assert.is(world.view("CP1").registration, "Accepted");
});

test("north - the gateway shows its client certificate and the station's identity", async () => {
  const own = ca.issue({ cn: "CP1", for: "client" });
  const csmsPair = ca.issue({ cn: "csms", for: "server" });
  await using csms = await PlainCsms.listen({
    tls: { cert: csmsPair.cert, key: csmsPair.key, ca: ca.cert, requestCert: true, rejectUnauthorized: true },
  });
  const tls = { ca: ca.cert, cert: own.cert, key: own.key };
  await using world = await openWorld({ csmsUrl: csms.url, config: { csms: { url: csms.url, tls } } });
  const station = await world.dial("CP1");
  assert.is((await station.ask("Heartbeat"))[0], 3);
  const { request } = await csms.link("CP1");
  const peer = (request.socket as import("node:tls").TLSSocket).getPeerCertificate();
  assert.is(peer.subject.CN, "CP1");
});

for (const [what, makePair, expected] of [
  ["of an unknown CA", () => strangers.issue({ cn: "csms", for: "server" }), /UNABLE_TO_VERIFY_LEAF_SIGNATURE/],
  [
    "for another name",
    () => ca.issue({ cn: "csms", san: ["DNS:other"], for: "server" }),
    /ERR_TLS_CERT_ALTNAME_INVALID/,
  ],
] as const) {
  test(`north - a CSMS with a certificate ${what} gets nothing, and the station waits`, async () => {
    const pair = makePair();
    await using csms = await PlainCsms.listen({ tls: { cert: pair.cert, key: pair.key } });
    const config = { csms: { url: csms.url, tls: { ca: ca.cert } } };
    await using world = await openWorld({ csmsUrl: csms.url, config });
    const station = await world.dial("CP1");
    station.send('[2,"a","Authorize",{"idTag":"TAG"}]');
    await until("two refusals", () => world.linkLosses.length >= 2);
    assert.match(world.linkLosses[0] ?? "", expected);
    await station.barrier();
    assert.equal([csms.links.length, station.isOpen, station.frames.length], [0, true, 0]);
  });
}

test("north - Basic goes with a password of its own; the station's never does", async () => {
  const north = "north-password-0123";
  const port = await freePort();
  await using csms = await PlainCsms.listen({ port });
  await using world = await openWorld({
    csmsUrl: csms.url,
    config: {
      csms: { url: csms.url, password: north },
      stations: [
        { match: "CP1", securityProfile: 1, password: KEY },
        { match: "CP2", securityProfile: 1, password: KEY, csms: { identity: "NORTH-2" } },
        { match: "CP3", securityProfile: 1, password: KEY, csms: { url: csms.url } },
      ],
    },
  });
  for (const name of ["CP1", "CP2", "CP3"]) {
    await (await dial(world.url(name), ["ocpp1.6"], { headers: basicAuth(name, KEY) })).ask("Heartbeat");
  }
  const shown = csms.links.map(({ station, request }) => [station, request.headers.authorization]);
  assert.equal(shown, [
    ["CP1", basicAuth("CP1", north).Authorization],
    ["NORTH-2", basicAuth("NORTH-2", north).Authorization],
    ["CP3", undefined],
  ]);
});

test("limits - beyond maxConnections: 503 with Retry-After; a place that is free again is given", async () => {
  await using world = await openWorld({ config: { limits: { maxConnections: 2 } } });
  const one = await world.dial("CP1");
  await world.dial("CP2");
  using refused = await RawPeer.upgrade(world.url("CP3"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  assert.match(refused.head ?? "", /^HTTP\/1\.1 503 .*\r\nRetry-After: \d+/s);
  await one.close();
  await until("the place to be free", () => !world.view("CP1").connected);
  assert.is(await statusOf(world.url("CP3"), ["ocpp1.6"]), 101);
});

test("limits - open sockets and new sockets of one address", async () => {
  await using open = await openWorld({ config: { limits: { connectionsPerAddress: 2 } } });
  const [first] = [await open.dial("CP1"), await open.dial("CP2")];
  using third = await RawPeer.upgrade(open.url("CP3"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  await until("the third to be cut", () => third.isEnded);
  assert.equal([third.head, open.security[0]?.type], [undefined, "LanFlood"]);
  await first.close();
  await until("a place", () => open.gateway.counters.stationsConnectedNow === 1);
  await open.dial("CP3");

  await using rate = await openWorld({ config: { limits: { connectRatePerAddress: 2 } } });
  for (const name of ["CP1", "CP2"]) await (await rate.dial(name)).close();
  using late = await RawPeer.upgrade(rate.url("CP3"), { "Sec-WebSocket-Protocol": "ocpp1.6" });
  await until("the third to be cut", () => late.isEnded);
});

test("limits - a handshake that does not come to an end is cut", async () => {
  await using world = await openWorld();
  using silent = await RawPeer.connect(world.gateway.urls[0] ?? "");
  using slow = await RawPeer.connect(world.gateway.urls[0] ?? "");
  slow.write("GET /CP1 HTTP/1.1\r\nHost: gateway\r\n");
  const drip = setInterval(() => slow.write("X-A: b\r\n"), 500);
  try {
    await until("both to be cut", () => silent.isEnded && slow.isEnded, 12_000);
  } finally {
    clearInterval(drip);
  }
});

test("stop() does not wait for a TLS handshake that was never begun", async () => {
  await using world = await tlsWorld([{ match: "*", securityProfile: 3 }]);
  using silent = await RawPeer.connect(world.gateway.urls[1] ?? "");
  await within("the stop", world.gateway.stop(), 4_000);
  await until("it to be cut", () => silent.isEnded);
});

test("permessage-deflate where it is configured, south and north, and the text is the same", async () => {
  await using csms = await PlainCsms.listen({ deflate: true });
  await using world = await openWorld({
    csmsUrl: csms.url,
    config: {
      csms: { url: csms.url, deflate: true },
      stations: [{ match: "*", securityProfile: 0, deflate: true }],
    },
  });
  const station = await world.dial("CP1", "ocpp1.6", { perMessageDeflate: { threshold: 0 } });
  const link = await csms.link("CP1");
  assert.match(station.ws.extensions, "permessage-deflate");
  assert.match(link.ws.extensions, "permessage-deflate");
  const frame = `[2,"z","DataTransfer",{"vendorId":"v","data":"${"ä1.0 ".repeat(2_000)}"}]`;
  station.send(frame);
  assert.is((await station.answerTo("z"))[0], 3);
  assert.is(link.frames[0], frame);
});

test.run();
