// deadline: 60s
/** GetLog of the security log: the gateway's own, uploaded in the station's name. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { statusIn } from "../support/certificate-world.ts";
import { BOOT, openWorld, type World } from "../support/e2e-world.ts";
import { PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Peer } from "../support/ws-peer.ts";

const NEW = "a password nobody may see";

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly body: string;
}

/** Answers with these statuses, one after the other; the last one stays. */
async function fileServer(...statuses: number[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      received.push({ method: request.method, path: request.url, body });
      response.writeHead(statuses.length > 1 ? (statuses.shift() ?? 500) : (statuses[0] ?? 200)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    port,
    url: `http://127.0.0.1:${port}/logs/`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const PASSWORD = "password towards the CSMS";

const openTo = (port: number, more: object = {}) =>
  openWorld({
    csmsPassword: PASSWORD,
    config: {
      firewall: {
        locations: { schemes: ["http", "https", "ftp", "sftp"], networks: ["127.0.0.0/8"], ports: [port, 80] },
      },
      ...more,
    },
  });

const getLog = (link: Peer, remoteLocation: string, more: object = {}, log: object = {}) =>
  link.ask("GetLog", { logType: "SecurityLog", requestId: 7, log: { remoteLocation, ...log }, ...more });

const statuses = (link: Peer) =>
  link.calls("LogStatusNotification").map(([, , , payload]) => payload as { status: string; requestId: number });

for (const version of ["ocpp1.6", "ocpp2.0.1"]) {
  test(`TC_079, N01 - the security log is uploaded to where the CSMS says, and how that went is told (${version})`, async () => {
    await using files = await fileServer(200);
    await using world = await openTo(files.port);
    const { station, csms } = await world.booted("CP1", version);
    await provoke(world, "CP1", version);
    await provoke(world, "OTHER", version);
    const answer = await getLog(csms, files.url);
    assert.is(statusIn(answer), "Accepted");
    await until("the upload to end", () => statuses(csms).length === 2);
    assert.equal(statuses(csms), [
      { status: "Uploading", requestId: 7 },
      { status: "Uploaded", requestId: 7 },
    ]);
    const [{ method, path, body } = { method: "", path: "", body: "" }] = files.received;
    assert.is(method, "PUT");
    assert.is(path, `/logs/${(answer[2] as { filename: string }).filename}`);
    const records = body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; stationId?: string });
    assert.ok(records.some(({ stationId }) => stationId === "CP1"));
    assert.not(body.includes("OTHER"), "nothing of other stations");
    assert.equal(station.calls("GetLog"), []);
    assert.is(world.gateway.counters.logUploads, 1);
  });
}

/** A finding about the station, so that there is something in the log. */
async function provoke(world: World, station: string, version: string): Promise<void> {
  const link = world.csms.linksOf(station).at(-1) ?? (await world.booted(station, version)).csms;
  await link.ask(version === "ocpp1.6" ? "ChangeConfiguration" : "SetVariables", ATTACKS[version] ?? {});
}

const ATTACKS: Readonly<Record<string, object>> = {
  "ocpp1.6": { key: "CentralSystemURL", value: "wss://evil.example" },
  "ocpp2.0.1": {
    setVariableData: [
      { attributeValue: "wss://evil.example", component: { name: "X" }, variable: { name: "CentralSystemURL" } },
    ],
  },
};

test("N01 - a server that fails is tried again as often as the CSMS says, by POST where it knows no PUT", async () => {
  await using files = await fileServer(503, 405, 503, 405, 201);
  await using world = await openTo(files.port);
  const { csms } = await world.booted("CP1");
  await provoke(world, "CP1", "ocpp1.6");
  assert.is(statusIn(await getLog(csms, files.url, { retries: 2, retryInterval: 0 })), "Accepted");
  await until("the upload to end", () => statuses(csms).length === 2);
  assert.equal(
    files.received.map(({ method }) => method),
    ["PUT", "PUT", "POST", "PUT", "POST"],
  );
  assert.is(statuses(csms).at(-1)?.status, "Uploaded");
});

test("N01 - what the server does not take ends with the reason, and UploadFailure after the last attempt", async () => {
  for (const [status, told] of [
    [403, "PermissionDenied"],
    [413, "BadMessage"],
    [501, "NotSupportedOperation"],
    [302, "UploadFailure"],
  ] as const) {
    await using files = await fileServer(status);
    await using world = await openTo(files.port);
    const { csms } = await world.booted("CP1");
    await provoke(world, "CP1", "ocpp1.6");
    await getLog(csms, files.url);
    await until("the upload to end", () => statuses(csms).length === 2);
    assert.is(statuses(csms).at(-1)?.status, told);
    assert.is(world.gateway.counters.logUploadFailures, 1);
  }
});

test("R14 - the gateway's own upload goes nowhere that a station's may not: not allowed, no client for it, or nothing to send", async () => {
  await using files = await fileServer(200);
  await using world = await openTo(files.port, {
    firewall: {
      modes: { R14: "off" },
      locations: { schemes: ["http", "ftp"], hosts: ["files.example.com"], ports: [21] },
    },
  });
  const { csms } = await world.booted("CP1");
  await provoke(world, "CP1", "ocpp1.6");
  for (const location of [
    files.url,
    "ftp://files.example.com/logs",
    "http://localhost/logs",
    "http://other.example.com/",
  ])
    assert.is(statusIn(await getLog(csms, location)), "Rejected", location);
  assert.is(world.security.filter(({ type }) => type === "UploadUrlRejected").length, 4);
  const over = { latestTimestamp: "2001-01-01T00:00:00Z" };
  assert.is(statusIn(await getLog(csms, "http://files.example.com/", {}, over)), "Rejected", "no records");
  assert.equal(files.received, []);
});

test("N01 - a second request ends the first upload, and takes its place (2.0.1)", async () => {
  await using files = await fileServer(503, 200);
  await using world = await openTo(files.port);
  const { csms } = await world.booted("CP1", "ocpp2.0.1");
  await provoke(world, "CP1", "ocpp2.0.1");
  await getLog(csms, files.url, { retries: 5, retryInterval: 600 });
  await until("the first attempt", () => files.received.length === 1);
  const second = await getLog(csms, files.url, { requestId: 8 });
  assert.is(statusIn(second), "AcceptedCanceled");
  await until("the second upload", () => statuses(csms).some(({ status }) => status === "Uploaded"));
  assert.ok(statuses(csms).some(({ status, requestId }) => status === "AcceptedCanceled" && requestId === 7));
  assert.is(statuses(csms).at(-1)?.requestId, 8);
});

test("N01 - the log of a translated station is uploaded as well, and told in the CSMS's version", async () => {
  await using files = await fileServer(200);
  await using csms = await PlainCsms.listen();
  await using world = await openTo(files.port, { csms: { url: csms.url, password: PASSWORD, speaks: "ocpp2.0.1" } });
  const station = (await world.dial("CP1")).answering(() => ({ configurationKey: [] }));
  await station.ask("BootNotification", BOOT["ocpp1.6"]);
  const link = await csms.link("CP1");
  const { length } = station.calls("GetLog");
  await link.ask("SetVariables", {
    setVariableData: [
      { attributeValue: NEW, component: { name: "SecurityCtrlr" }, variable: { name: "BasicAuthPassword" } },
    ],
  });
  assert.is(statusIn(await getLog(link, files.url)), "Accepted");
  await until("the upload to end", () => statuses(link).length === 2);
  assert.equal(statuses(link).at(-1), { status: "Uploaded", requestId: 7 });
  assert.match(files.received[0]?.body ?? "", "north:password");
  assert.not(files.received[0]?.body.includes(NEW));
  assert.is(station.calls("GetLog").length, length);
});

test("N01 - other logs are the station's, and so is the security log where the configuration says so", async () => {
  const log = { remoteLocation: "https://files.example.com/" };
  for (const [securityLog, password, logTypes] of [
    ["gateway", PASSWORD, ["DiagnosticsLog"]],
    ["station", PASSWORD, ["DiagnosticsLog", "SecurityLog"]],
    // A link that has nothing to prove is relayed as it is.
    ["gateway", undefined, ["DiagnosticsLog", "SecurityLog"]],
  ] as const) {
    await using csms = await PlainCsms.listen();
    await using world = await openWorld({
      csmsUrl: csms.url,
      config: { csms: { url: csms.url, securityLog, ...(password && { password }) } },
    });
    const station = (await world.dial("CP1")).answering(() => ({ status: "Accepted" }));
    await station.ask("BootNotification", BOOT["ocpp1.6"]);
    const link = await csms.link("CP1");
    for (const logType of logTypes) await link.ask("GetLog", { logType, requestId: 1, log });
    assert.is(station.calls("GetLog").length, logTypes.length);
  }
});

test.run();
