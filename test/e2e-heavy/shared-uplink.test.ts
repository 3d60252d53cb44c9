// deadline: 120s
/** One line for all stations and both lanes, over real sockets: who waits for whom when it is too narrow. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HealthThrottle, HealthUplink } from "../../src/index.ts";
import { startAedes } from "../support/aedes-broker.ts";
import { BOOT, openWorld, type World, type WorldOptions } from "../support/e2e-world.ts";
import { friendly, PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Peer } from "../support/ws-peer.ts";

const KIB = 1024;
/** 256 kbit/s. */
const BYTES_PER_MS = 32;
const NARROW = { bandwidthBps: 256_000 };

/** MeterValues of a transaction, about `bytes` long, with something in it for the health lane. */
const meterValues = (bytes: number) => ({
  connectorId: 1,
  transactionId: 7,
  meterValue: [
    {
      timestamp: new Date().toISOString(),
      sampledValue: [
        { value: "7.36", measurand: "Power.Active.Import", unit: "kW" },
        { value: "41.5", measurand: "Temperature", unit: "Celsius", location: "Cable" },
        { value: "x".repeat(bytes), format: "SignedData" },
      ],
    },
  ],
});

/** Sends the call again as soon as it is answered, until the block ends. */
function keepAsking(station: Peer, action: string, payload: () => object) {
  const state = { isOver: false };
  const run = async () => {
    while (!state.isOver && station.isOpen) await station.ask(action, payload()).catch(() => undefined);
  };
  void run();
  return () => {
    state.isOver = true;
  };
}

/** A gateway on a narrow line that 10 stations fill with V1 and 40 with V4, with a health lane, and one more station. */
async function crowd() {
  const broker = await startAedes();
  const arrivals = new Map<string, number>();
  const answer = (action: string, payload: Readonly<Record<string, unknown>>, id: string) => {
    arrivals.set(id, performance.now());
    return friendly(action, payload);
  };
  const health = { gateway: "edge-1", queueCapacity: 20, batchMs: 200, mqtt: { url: broker.url } };
  const world = await openWorld({ answer, config: { uplink: NARROW, health } });
  const stations: Peer[] = [];
  for (let i = 0; i < 50; i += 1) stations.push(await world.dial(`CP${i}`));
  const card = await world.dial("CARD");
  await card.ask("BootNotification", BOOT["ocpp1.6"]);
  await until("the health lane to be up", () => broker.on("/birth").length > 0);
  const ends = stations.slice(0, 10).map((station) => keepAsking(station, "MeterValues", () => meterValues(1_000)));
  const data = "x".repeat(8 * KIB);
  for (const station of stations.slice(10)) {
    for (let i = 0; i < 150; i += 1) station.send([2, `d${i}`, "DataTransfer", { vendorId: "v", data }]);
  }
  const close = async () => {
    for (const end of ends) end();
    for (const station of [...stations, card]) station.ws.terminate();
    await world[Symbol.asyncDispose]();
    await broker.close();
  };
  return { world, broker, card, arrivals, close, stations };
}

test("on a line full of V1 and V4: a card goes first, the health lane waits, memory is bounded, the rate is kept", async () => {
  const { world, broker, card, arrivals, close, stations } = await crowd();
  const { counters } = world.gateway;
  try {
    await until("stations to be held", () => counters.uplinkHeldStationsNow >= 5, 20_000);
    await until("all of bulk to be paused", () => counters.southPauses >= 40, 20_000);
    const healthSaid = broker.messages.length;
    const begin = { at: performance.now(), bytes: counters.bytesNorthOut };
    const waits: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const id = `card-${i}`;
      const at = performance.now();
      await card.ask("Authorize", { idTag: "TAG" }, id);
      waits.push((arrivals.get(id) ?? Number.POSITIVE_INFINITY) - at);
      assert.ok(counters.uplinkBytesV1Now > 0, "the line is busy");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // One largest frame with its overhead, and its own.
    const bound = (8 * KIB + 100 + 7 * 90 + 150) / BYTES_PER_MS;
    assert.ok(Math.max(...waits) <= bound, `${waits.map(Math.round)} ms, ${bound} are allowed`);

    const ms = performance.now() - begin.at;
    const bytes = counters.bytesNorthOut - begin.bytes;
    assert.ok(bytes <= 2 * 3_000 + 8.3 * KIB + BYTES_PER_MS * ms, `${bytes} bytes in ${ms} ms`);
    assert.ok(bytes >= 0.75 * BYTES_PER_MS * ms, `only ${bytes} bytes in ${ms} ms`);

    assert.is(broker.messages.length, healthSaid, "the health lane said nothing");
    assert.ok(counters.healthYields > 0);
    await until("its drops to be counted", () => (world.gateway.healthStats()?.droppedInWorker ?? 0) > 0, 30_000);

    assert.ok(counters.uplinkBytesV4Now <= 256 * KIB + 40 * 9 * KIB, `${counters.uplinkBytesV4Now} bytes of V4 wait`);
    // 48 MB were sent; what was read waits in call gates of 64.
    assert.ok(counters.bytesSouthIn <= 40 * 68 * 8.1 * KIB, `${counters.bytesSouthIn} bytes were read`);
    assert.ok(stations.some(({ ws }) => ws.bufferedAmount > 0) || counters.southPauses >= 40, "stations are not read");
  } finally {
    await close();
  }
});

test("a line that is wide enough again delivers everything once, in each station's order, and the health lane catches up", async () => {
  const broker = await startAedes();
  const health = { gateway: "edge-1", batchMs: 200, mqtt: { url: broker.url } };
  const world = await openWorld({ config: { uplink: { bandwidthBps: 1_000_000 }, health } });
  const { counters } = world.gateway;
  const began = performance.now();
  const stations = await Promise.all(Array.from({ length: 20 }, (_, i) => world.dial(`CP${i}`)));
  for (const station of stations) {
    for (let i = 0; i < 10; i += 1)
      station.send([2, `m${i}`, "MeterValues", meterValues(i % 2 === 0 ? 200 + i : 2_000 + i)]);
  }
  for (const station of stations) await station.answerTo("m9");
  const expected = Array.from({ length: 10 }, (_, i) => `m${i}`);
  for (const link of world.csms.links)
    assert.equal(
      link.calls("MeterValues").map(([, id]) => id),
      expected,
    );
  assert.ok(counters.bytesNorthOut / (performance.now() - began) <= 125 * 1.1);
  await until("the health lane's turn", () => broker.on("/m").length >= 20);
  assert.equal([counters.uplinkHeldStationsNow, counters.uplinkBytesV1Now, counters.uplinkTakenBack], [0, 0, 0]);
  await world[Symbol.asyncDispose]();
  await broker.close();
});

/** A world on a line that is busy for the next seconds, for whoever is not V0. */
async function busyWorld(options: WorldOptions = {}): Promise<World> {
  const { config, ...rest } = options;
  const world = await openWorld({ ...rest, config: { uplink: { bandwidthBps: 64_000 }, ...config } });
  const filler = await world.dial("FILLER", "ocpp2.1");
  await world.csms.link("FILLER");
  filler.send([6, "fill", "VendorStream", { data: "x".repeat(20_000) }]);
  await until("the line to be busy", () => world.gateway.counters.bytesNorthOut > 20_000);
  return world;
}

test("a call that is given up while it waits for the line never reaches the CSMS", async () => {
  await using world = await busyWorld({ config: { limits: { callTimeoutSec: 0.5 } } });
  const station = await world.dial("CP1");
  const answer = await station.ask("Heartbeat", {}, "late");
  assert.equal([answer[0], answer[2]], [4, "GenericError"]);
  assert.is(world.gateway.counters.uplinkTakenBack, 1);
  await station
    .ask("StatusNotification", { connectorId: 1, status: "Available", errorCode: "NoError" }, "later")
    .catch(() => 0);
  await until("the line to be free", async () => (await station.ask("Heartbeat"))[0] === 3, 20_000);
  const link = await world.csms.link("CP1");
  assert.not.ok(link.calls().some(([, id]) => id === "late" || id === "later"));
});

test("what waits when the link is lost goes once, over the next one", async () => {
  await using world = await busyWorld();
  const station = await world.dial("CP1");
  const first = await world.csms.link("CP1");
  station.send([2, "kept", "MeterValues", meterValues(100)]);
  await until("it to wait", () => world.gateway.counters.uplinkBytesV1Now > 0);
  first.ws.terminate();
  assert.is((await station.answerTo("kept"))[0], 3);
  const links = world.csms.linksOf("CP1");
  assert.equal(
    links.map((link) => link.calls("MeterValues").length),
    [0, 1],
  );
  assert.is(world.gateway.counters.uplinkTakenBack, 1);
});

test("a card that comes behind a report of its own station takes it along to the front", async () => {
  await using world = await busyWorld();
  const station = await world.dial("CP1");
  const link = await world.csms.link("CP1");
  const began = performance.now();
  station.send([2, "report", "DataTransfer", { vendorId: "v", data: "x".repeat(500) }]);
  station.send([2, "card", "Authorize", { idTag: "TAG" }]);
  await station.answerTo("card");
  assert.equal(
    link.calls().map(([, id]) => id),
    ["report", "card"],
  );
  assert.ok(performance.now() - began < 500, "the line is busy for two seconds more");
});

test("a station that is not read for the line's sake is not read on because an answer came", async () => {
  const options: WorldOptions = { config: { uplink: { bandwidthBps: 64_000 } }, answer: () => undefined };
  await using world = await openWorld(options);
  const { counters } = world.gateway;
  const station = await world.dial("CP1", "ocpp2.1");
  const link = await world.csms.link("CP1");
  station.send([2, "card", "Authorize", { idToken: { idToken: "TAG", type: "Central" } }]);
  await link.call("Authorize");
  const data = "x".repeat(20_000);
  for (let i = 0; i < 500; i += 1) station.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  await until("the station to be held", () => counters.southPauses === 1);
  link.send([3, "card", { idTokenInfo: { status: "Accepted" } }]);
  await station.answerTo("card");
  // Round trips through the gateway: it has had the turns to read on.
  for (let i = 0; i < 5; i += 1) await link.barrier();
  assert.is(counters.southPauses, 1);
  assert.ok(counters.bytesSouthIn < 2_000_000, `${counters.bytesSouthIn} bytes were read`);
  assert.ok(station.ws.bufferedAmount > 0, "the rest waits with the station");
});

test("no more handshakes than allowed are under way, and a station that leaves frees its place or its wait", async () => {
  const sockets = new Set<Socket>();
  const deaf = createServer((socket) => {
    sockets.add(socket);
    // Read, or its end would not be noticed.
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.resume();
  }).listen(0, "127.0.0.1");
  await once(deaf, "listening");
  const { port } = deaf.address() as { port: number };
  await using world = await openWorld({
    csmsUrl: `ws://127.0.0.1:${port}/csms`,
    config: { uplink: { handshakes: 2 } },
  });
  const { counters } = world.gateway;
  const stations: Peer[] = [];
  for (let i = 0; i < 6; i += 1) stations.push(await world.dial(`CP${i}`));
  await until("two handshakes", () => sockets.size === 2);
  assert.is(counters.handshakesWaitingNow, 4);
  await stations[5]?.close();
  await until("the wait to end", () => counters.handshakesWaitingNow === 3);
  await stations[0]?.close();
  await until("the next to have its turn", () => counters.handshakesWaitingNow === 2 && sockets.size === 2);
  assert.is(world.linkLosses.length, 0);
  deaf.close();
  for (const socket of sockets) socket.destroy();
  const csms = await PlainCsms.listen({ port });
  for (const i of [1, 2, 3, 4]) await csms.link(`CP${i}`);
  await until("nobody to wait", () => counters.handshakesWaitingNow === 0);
  await csms.close();
});

test("on a line that is not shaped the health lane yields while a CSMS's socket does not drain", async () => {
  const throttles: HealthThrottle["kind"][] = [];
  const health: HealthUplink = {
    start: async () => undefined,
    source: () => ({ sink: { observe: () => undefined } }),
    stats: () => ({}) as never,
    throttle: ({ kind }) => void throttles.push(kind),
    stop: async () => undefined,
  };
  await using world = await openWorld({ ports: { health }, onLink: (link) => link.answering(() => undefined) });
  const station = await world.dial("CP1", "ocpp2.1");
  const link = await world.csms.link("CP1");
  link.ws.pause();
  const data = "x".repeat(20_000);
  for (let i = 0; i < 1_600; i += 1) station.send(`[6,"s${i}","VendorStream",{"data":"${data}"}]`);
  await until("it to yield", () => throttles.length === 1);
  assert.equal([throttles, world.gateway.counters.healthYields], [["yield"], 1]);
  link.ws.resume();
  await until("it to be free", () => throttles.length === 2, 20_000);
  assert.equal(throttles, ["yield", "free"]);
});

test.run();
