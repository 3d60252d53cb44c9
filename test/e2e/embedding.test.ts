// deadline: 120s
/** The embedding API, as an OEM's control board uses it. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  createGateway,
  type GatewayErrorCode,
  type HealthStats,
  type HealthUplink,
  isGatewayError,
  type Logger,
  parseConfig,
  type SnapshotStore,
} from "../../src/index.ts";
import { openWorld, worldDocument } from "../support/e2e-world.ts";
import { memoryStorage } from "../support/memory-storage.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { RawPeer } from "../support/raw-peer.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until, within } from "../support/until.ts";
import { dial } from "../support/ws-peer.ts";

const NOBODY = "ws://127.0.0.1:9/csms";

const NO_STATS: HealthStats = {
  observed: 0,
  droppedInRing: 0,
  droppedInWorker: 0,
  published: 0,
  publishedBytes: 0,
  connected: false,
  protocol: undefined,
  workerRestarts: 0,
};

async function rejects(promise: Promise<unknown>, code: GatewayErrorCode): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(isGatewayError(error, code), `${code} expected, got ${String(error)}`);
}

test("nothing happens before start()", async () => {
  const dataDir = join(tempDir(), "data");
  const gateway = createGateway(parseConfig({ ...worldDocument(NOBODY), dataDir }));
  assert.equal(gateway.urls, []);
  assert.equal(gateway.stations(), []);
  assert.equal(
    { ...gateway.status(), value: undefined },
    { live: true, ready: false, reason: "new", value: undefined },
  );
  assert.not.ok(existsSync(dataDir));
  await gateway.stop();
  await rejects(gateway.start(), "ERR_STOPPED");
});

test("events tell of stations and links, until their subscription ends", async () => {
  await using world = await openWorld();
  const told: string[] = [];
  world.gateway.on("station.connected", () => {
    throw new Error("a listener's own fault");
  });
  const ends = [
    world.gateway.on("station.connected", ({ stationId, version }) => told.push(`${stationId} ${version}`)),
    world.gateway.on("csms.up", ({ stationId }) => told.push(`up ${stationId}`)),
    world.gateway.on("station.disconnected", ({ stationId, code }) => told.push(`${stationId} ${code}`)),
  ];
  const { station } = await world.booted("CP1", "ocpp2.0.1");
  await station.close(1000);
  await until("the end to be told", () => told.length === 3);
  assert.equal(told, ["CP1 ocpp2.0.1", "up CP1", "CP1 1000"]);
  for (const end of ends) end();
  await world.booted("CP1", "ocpp2.0.1");
  assert.is(told.length, 3);
});

test("stations() shows what the traffic told, also of stations that are gone", async () => {
  await using world = await openWorld();
  const { station } = await world.booted("CP1");
  await station.ask("StatusNotification", { connectorId: 2, errorCode: "GroundFailure", status: "Faulted" });
  await station.ask("StartTransaction", {
    connectorId: 2,
    idTag: "T",
    meterStart: 0,
    timestamp: "2026-01-01T00:00:00Z",
  });
  const { call: _, ...view } = world.view("CP1");
  assert.equal(view, {
    id: "CP1",
    version: "ocpp1.6",
    connected: true,
    registration: "Accepted",
    heartbeatIntervalSec: 300,
    csms: "up",
    connectors: [{ evseId: 2, connectorId: 1, status: "Faulted", errorCode: "GroundFailure" }],
    openTransactions: 1,
    chargingProfiles: 0,
    waitingNorth: 0,
    waitingSouth: 0,
  });
  await station.close();
  await until("the station to be gone", () => !world.view("CP1").connected);
  assert.equal([world.view("CP1").csms, world.view("CP1").openTransactions], ["down", 1]);
});

test("call() resolves with the station's answer, and rejects with what went wrong", async () => {
  await using world = await openWorld({ config: { limits: { stationCallTimeoutSec: 1, callQueue: 1 } } });
  const { station } = await world.booted("CP1");
  const view = world.view("CP1");
  station.answering((action) => (action === "GetConfiguration" ? { configurationKey: [] } : undefined));
  assert.equal(await view.call("GetConfiguration", {}), { configurationKey: [] });
  const refused = view.call("ClearCache", {});
  const [, id] = await station.call("ClearCache");
  station.send([4, id as string, "NotSupported", "", {}]);
  await rejects(refused, "ERR_CALL_REFUSED");
  await rejects(view.call("Reset", { type: "Soft" }), "ERR_CALL_TIMEOUT");
  const one = () => rejects(view.call("Reset", { type: "Soft" }), "ERR_NOT_CONNECTED");
  const waiting = Array.from({ length: 5 }, one);
  await rejects(view.call("Reset", { type: "Soft" }), "ERR_QUEUE_FULL");
  await station.close();
  await Promise.all(waiting);
  await rejects(view.call("Reset", { type: "Soft" }), "ERR_NOT_CONNECTED");
});

test("stop() may be called often, by hand and by `await using`, and the port is free after it", async () => {
  const config = parseConfig({ ...worldDocument(NOBODY), listen: { port: await freePort() } });
  for (let round = 0; round < 2; round += 1) {
    await using gateway = createGateway(config);
    await gateway.start();
    await rejects(gateway.start(), "ERR_STOPPED");
    await Promise.all([gateway.stop(), gateway.stop(), gateway[Symbol.asyncDispose]()]);
    assert.equal(
      { ...gateway.status(), value: undefined },
      { live: false, ready: false, reason: "stopped", value: undefined },
    );
  }
});

test("stop() during start() waits for it and undoes it", async () => {
  const config = parseConfig({ ...worldDocument(NOBODY), listen: { port: await freePort() } });
  const gateway = createGateway(config);
  const started = gateway.start();
  await within("the stop", gateway.stop());
  await started;
  assert.is(gateway.status().live, false);
  const next = createGateway(config);
  await next.start();
  await next.stop();
});

// A peer that has sent half of its request, or nothing at all, must not keep the gateway from ending.
test("stop() does not wait for peers in the middle of a handshake", async () => {
  await using world = await openWorld();
  using silent = await RawPeer.connect(world.gateway.urls[0] ?? "");
  using halfway = await RawPeer.connect(world.gateway.urls[0] ?? "");
  halfway.write("GET /CP1 HTTP/1.1\r\nHost: x\r\nUpgra");
  const { station } = await world.booted("CP1");
  const before = performance.now();
  await within("the stop", world.gateway.stop(), 4_000);
  assert.ok(performance.now() - before < 3_000);
  await until("all to be closed", () => silent.isEnded && halfway.isEnded && station.closed);
});

test("a start that fails leaves nothing open: ports, store, timers", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const busy = (taken.address() as { port: number }).port;
  const free = await freePort();
  const document = { ...worldDocument(NOBODY), listen: [{ port: free }, { port: busy }] };
  const gateway = createGateway(parseConfig(document));
  await rejects(gateway.start(), "ERR_LISTEN");
  assert.is(gateway.status().live, false);
  await new Promise((resolve) => taken.close(resolve));
  // The same directory and the same ports serve another one.
  await using second = createGateway(parseConfig(document));
  await second.start();
  assert.is(second.urls.length, 2);
});

test("state survives a restart", async () => {
  await using csms = await PlainCsms.listen();
  const config = parseConfig(worldDocument(csms.url));
  const first = createGateway(config);
  await first.start();
  const station = await dial(`${first.urls[0]}/CP1`, ["ocpp1.6"]);
  await station.ask("BootNotification", { chargePointVendor: "V", chargePointModel: "M" });
  await station.ask("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Preparing" });
  await first.stop();
  await using second = createGateway(config);
  await second.start();
  const [view] = second.stations();
  assert.equal(
    [view?.id, view?.registration, view?.connected, view?.connectors[0]?.status],
    ["CP1", "Accepted", false, "Preparing"],
  );
});

test("an OEM's own store, logger and health uplink are used, and closed in the end", async () => {
  const records = new Map<string, string>();
  const log: string[] = [];
  const life: string[] = [];
  const note = (level: string) => (_: object, message: string) => void log.push(`${level} ${message}`);
  const logger: Logger = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const snapshots: SnapshotStore = {
    readAll: () => [...records].map(([key, record]) => ({ key, record })),
    read: (key) => records.get(key),
    write: (key, record) => Promise.resolve(void records.set(key, record)),
    remove: (key) => Promise.resolve(void records.delete(key)),
    close: () => Promise.resolve(void life.push("store closed")),
  };
  const health: HealthUplink = {
    start: () => Promise.resolve(void life.push("health started")),
    source: (station) => {
      life.push(`source ${station}`);
      return { sink: { observe: () => undefined } };
    },
    stats: () => ({ ...NO_STATS, observed: 7 }),
    stop: () => Promise.resolve(void life.push("health stopped")),
  };
  const dataDir = join(tempDir(), "unused");
  const world = await openWorld({
    config: { dataDir },
    ports: { logger, snapshots, health, spool: memoryStorage(() => life.push("spool closed")) },
  });
  await world.booted("CP1");
  assert.is(world.gateway.healthStats()?.observed, 7);
  await world[Symbol.asyncDispose]();
  assert.equal(life, ["health started", "source CP1", "health stopped", "spool closed", "store closed"]);
  assert.is(records.size, 1);
  assert.not.ok(existsSync(dataDir));
  assert.ok(log.includes("info gateway started") && log.includes("info station connected"));
});

// A health lane that cannot start must not take the value lane with it.
test("a health uplink that does not start disturbs nobody", async () => {
  const health: HealthUplink = {
    start: () => Promise.reject(new Error("no broker")),
    source: () => ({ sink: { observe: () => undefined } }),
    stats: () => NO_STATS,
    stop: () => Promise.resolve(),
  };
  await using world = await openWorld({ ports: { health } });
  const { station } = await world.booted("CP1");
  assert.is((await station.ask("Heartbeat"))[0], 3);
});

test("two gateways in one process do not know each other", async () => {
  await using one = await openWorld();
  await using two = await openWorld();
  const a = await one.booted("CP1");
  const b = await two.booted("CP1");
  await a.station.ask("Authorize", { idTag: "A" });
  await b.station.ask("Authorize", { idTag: "B" });
  await one.gateway.stop();
  assert.is(await a.station.closeCode(), 1012);
  assert.is((await b.station.ask("Heartbeat"))[0], 3);
  assert.equal([one.gateway.counters.framesSouthIn, two.gateway.counters.framesSouthIn], [2, 3]);
});

test.run();
