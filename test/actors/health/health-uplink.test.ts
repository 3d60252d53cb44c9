// deadline: 120s
/** The lane end to end without programs of the system: embedded broker, brokers that misbehave, workers that do. */
import { once } from "node:events";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHealthUplink } from "../../../src/actors/health/health-uplink.actor.ts";
import { workerEntry } from "../../../src/actors/health/worker-entry.ts";
import { isGatewayError } from "../../../src/domain/error.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { createPseudonyms } from "../../../src/domain/privacy/pseudonym.ts";
import { observeConnection } from "../../../src/domain/telemetry/extract.ts";
import { startAedes } from "../../support/aedes-broker.ts";
import { healthConfig, memoryLogger, QUICK, realClock } from "../../support/health.ts";
import { isGapFree, STATION, sequence, startLane } from "../../support/health-lane.ts";
import { freePort } from "../../support/mosquitto.ts";
import { faulted16, meterValues16 } from "../../support/ocpp-messages.ts";
import { type Defer, scenario } from "../../support/scenario.ts";
import { until } from "../../support/wait.ts";

const now = () => new Date().toISOString();

/** A server that accepts; what it does with a socket is the test's business. */
async function tcpServer(defer: Defer, onSocket: (socket: Socket) => void): Promise<{ readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `mqtt://127.0.0.1:${address.port}` };
}

test(
  "a broker of MQTT 3.1.1 refuses 5 and gets 3.1.1 at once",
  scenario(async (defer) => {
    const broker = await startAedes();
    defer(broker.close);
    const lane = await startLane(defer, healthConfig({ url: broker.url }));
    observeConnection(lane.sink, "up", realClock.now());
    lane.feed(meterValues16(now(), 11_000));
    const batch = await until("a batch", () => broker.on("/m")[0]);
    assert.equal(Object.values(batch.json.m), [
      [0, 11_000],
      [0, 41.5],
    ]);
    await until("the counters", () => lane.stats().protocol === "3.1.1" && lane.stats().connects === 1);
    assert.equal(
      broker.messages.slice(0, 2).map(({ topic }) => topic.split("/").at(-1)),
      ["state", "birth"],
    );
    assert.equal(
      lane.log.filter(({ level }) => level !== "info"),
      [],
    );
    await lane.stop(20_000);
    assert.is(broker.on("/state").at(-1)?.json.state, "offline");
  }),
);

test(
  "a broker that must speak MQTT 5 by configuration is not downgraded",
  scenario(async (defer) => {
    const broker = await startAedes();
    defer(broker.close);
    const lane = await startLane(defer, healthConfig({ url: broker.url, protocol: "5" }));
    await until("two refusals", () => lane.log.length > 1);
    assert.match(String(lane.log[0]?.fields["reason"]), /protocol version/);
    assert.is(broker.messages.length, 0);
  }),
);

test(
  "a broker that hangs up on MQTT 5 without a word is tried with 3.1.1",
  scenario(async (defer) => {
    const broker = await startAedes();
    defer(broker.close);
    const { url } = await tcpServer(defer, (socket) => {
      socket.once("data", (connect) => {
        // CONNECT: fixed header, length of the rest (one byte here), "MQTT", protocol level
        const level = connect[connect.indexOf("MQTT") + 4];
        if (level === 5) socket.destroy();
        else forward(socket, connect, broker.port);
      });
    });
    const lane = await startLane(defer, healthConfig({ url }));
    observeConnection(lane.sink, "up", realClock.now());
    await until("an event through 3.1.1", () => broker.on("/ev").length === 1);
  }),
);

function forward(socket: Socket, first: Buffer, port: number): void {
  const far = connectTcp(port, "127.0.0.1");
  far.on("error", () => undefined);
  far.write(first);
  socket.pipe(far).pipe(socket);
}

test(
  "with the broker down the queue keeps its bound, counts what it drops, and the newest arrive when it is back",
  scenario(async (defer) => {
    const port = await freePort();
    const config = healthConfig({ url: `mqtt://127.0.0.1:${port}` }, { queueCapacity: 20, batchMs: 20 });
    const lane = await startLane(defer, config);
    for (let i = 0; i < 100; i += 1) lane.feed(faulted16(new Date(1_760_000_000_000 + i).toISOString()));
    await until("80 events of three observations dropped", () => lane.stats().droppedInWorker === 240);
    assert.not.ok(lane.stats().connected);
    const broker = await startAedes(port);
    defer(broker.close);
    await until("the newest 20", () => broker.on("/ev").length === 20);
    assert.is(broker.on("/ev").at(-1)?.json.t, 1_760_000_000_099);
    assert.equal(
      broker.on("/ev").map(({ json }) => json.q),
      Array.from({ length: 20 }, (_, i) => 80 + i),
    );
    const gap = await until("the gap", () => broker.on("/gap")[0]);
    const { messages, observations, from, to } = gap.json;
    assert.equal({ messages, observations, from, to }, { messages: 80, observations: 240, from: 0, to: 79 });
    assert.is(lane.stats().droppedInRing, 0);
  }),
);

test(
  "a server that accepts and never reads is given up again and again; ring and queue keep their bounds",
  scenario(async (defer) => {
    const { url } = await tcpServer(defer, (socket) => void socket.pause());
    const config = healthConfig({ url }, { ringCapacity: 512, queueCapacity: 50, batchMs: 20 });
    const lane = await startLane(defer, config, { tuning: { ...QUICK, connectTimeoutMs: 500 } });
    const total = 3_000;
    for (let i = 0; i < total; i += 1) lane.feed(meterValues16(now(), i));
    // One turn of the event loop: nobody could empty the ring, so all but its capacity is gone.
    assert.is(lane.stats().droppedInRing, 2 * total - 512);
    await until("two attempts given up", () => lane.log.filter(({ level }) => level === "warn").length >= 2);
    assert.ok(lane.log.every(({ fields }) => fields["reason"] === "no CONNACK in time"));
    const { observed, droppedInRing, droppedInWorker, published } = lane.stats();
    assert.is(observed, 2 * total);
    assert.ok(droppedInRing + droppedInWorker <= observed);
    assert.is(published, 0);
    const start = performance.now();
    await lane.stop(200);
    assert.ok(performance.now() - start < 2_000, "stopping does not wait for the broker beyond the deadline");
  }),
);

test(
  "a worker that hangs is terminated and started again",
  scenario(async (defer) => {
    const workerUrl = workerEntry("../../support/hanging-health-worker", import.meta.url);
    const config = healthConfig({ url: "mqtt://127.0.0.1:1" }, { ringCapacity: 100 });
    const tuning = { handOverMs: 10, handOverRecords: 10, workerStartMs: 1_000, workerRestartMs: [20, 20] as const };
    const lane = await startLane(defer, config, { workerUrl, tuning });
    for (let i = 0; i < 500; i += 1) observeConnection(lane.sink, "up", epochMs(i));
    await until("two restarts", () => lane.stats().workerRestarts >= 2, 20_000);
    const { observed, droppedInRing, droppedInWorker } = lane.stats();
    assert.is(observed, 500);
    assert.is(droppedInRing, 400);
    // Two hand-overs of ten went down with each worker.
    assert.is(droppedInWorker % 20, 0);
    assert.ok(droppedInWorker >= 40);
  }),
);

test("what a budget pays for is published, no more; a stop lets the rest go as far as it is paid for", async () => {
  const broker = await startAedes();
  const logger = memoryLogger();
  const uplink = createHealthUplink({
    config: healthConfig({ url: broker.url }),
    clock: realClock,
    logger,
    tuning: QUICK,
  });
  let asked = 0;
  const onSpent = () => {
    asked += 1;
  };
  const give = (bytes: number) => uplink.throttle?.({ kind: "budget", bytes, overheadBytes: 90, onSpent });
  give(0);
  await uplink.start();
  const { sink } = uplink.source(STATION);
  for (let i = 0; i < 10; i += 1) observeConnection(sink, i % 2 === 0 ? "up" : "down", epochMs(1_760_000_000_000 + i));
  await until("the state", () => broker.on("/state").length === 1);
  await until("the lane to ask", () => asked === 1);
  assert.is(broker.messages.length, 1);
  give(1_000);
  await until("the lane to ask again", () => asked === 2);
  // The lane has spent it; the broker may be a moment behind.
  const events = await until("the first events", () => broker.on("/ev").length || undefined);
  assert.ok(events < 10, `${events} events for 1 000 bytes`);
  give(100_000);
  await until("the rest", () => broker.on("/ev").length === 10);
  assert.is(asked, 2);
  await uplink.stop(20_000);
  assert.is(broker.on("/state").at(-1)?.json.state, "offline");
  await broker.close();
});

test("told to yield before it starts the lane says nothing but its state; nobody to yield to, and the rest goes", async () => {
  const broker = await startAedes();
  const logger = memoryLogger();
  const uplink = createHealthUplink({
    config: healthConfig({ url: broker.url }),
    clock: realClock,
    logger,
    tuning: QUICK,
  });
  uplink.throttle?.({ kind: "yield" });
  await uplink.start();
  const { sink } = uplink.source(STATION);
  observeConnection(sink, "up", realClock.now());
  await until("the state", () => broker.on("/state").length === 1);
  await until("the counters", () => uplink.stats().connected);
  assert.is(broker.messages.length, 1);
  await uplink.stop(20_000);
  assert.is(broker.on("/ev").length, 1);
  await broker.close();
});

test("a new year gives every asset a new name", async () => {
  const broker = await startAedes();
  let time = Date.UTC(2029, 11, 31, 23, 59, 59);
  const clock = { ...realClock, now: () => epochMs(time) };
  const config = healthConfig({ url: broker.url });
  const logger = memoryLogger();
  const uplink = createHealthUplink({ config, clock, logger, tuning: { handOverMs: 10, birthLagMs: 10 } });
  await uplink.start();
  const { sink } = uplink.source(STATION);
  assert.is(uplink.source(STATION).sink, sink);
  const topic = (epoch: number) => {
    const name = createPseudonyms({ root: config.pseudonymKey, tenant: config.tenant, epoch })(STATION, 0);
    return `oh/v1/tenant-a/edge-1/${name}/ev`;
  };
  observeConnection(sink, "up", clock.now());
  await until("the old name", () => broker.on("/ev").some((event) => event.topic === topic(2029)));
  time += 2_000;
  observeConnection(sink, "down", clock.now());
  await until("the new name", () => broker.on("/ev").some((event) => event.topic === topic(2030)));
  assert.is(broker.on("/ev").length, 2);
  await uplink.stop(20_000);
  await broker.close();
});

test("stop hands over what the ring holds, and is idempotent", async () => {
  const broker = await startAedes();
  const config = healthConfig({ url: broker.url }, { batchMs: 60_000 });
  const uplink = createHealthUplink({
    config,
    clock: realClock,
    logger: memoryLogger(),
    tuning: { handOverMs: 60_000, handOverRecords: 16 },
  });
  await uplink.start();
  const { sink } = uplink.source(STATION);
  await until("connection", () => uplink.stats().connected);
  for (let i = 0; i < 15; i += 1) observeConnection(sink, i % 2 === 0 ? "up" : "down", epochMs(1_760_000_000_000 + i));
  await Promise.all([uplink.stop(20_000), uplink.stop(20_000)]);
  assert.is(broker.on("/ev").length, 15);
  assert.ok(isGapFree(sequence({ ...broker, close: broker.close })));
  assert.is(broker.on("/state").at(-1)?.json.state, "offline");
  await broker.close();
});

test("a configuration that cannot work is refused before anything starts", () => {
  const make = (config: Parameters<typeof createHealthUplink>[0]["config"]) => () =>
    createHealthUplink({ config, clock: realClock, logger: memoryLogger() });
  const isInvalid = (setting: string) => (error: unknown) =>
    isGatewayError(error, "ERR_CONFIG_INVALID") && error.details.setting === setting;
  const url = "mqtt://127.0.0.1:1883";
  assert.throws(make(healthConfig({ url }, { tenant: "a/b" })), isInvalid("health.tenant"));
  assert.throws(make(healthConfig({ url }, { gateway: "+" })), isInvalid("health.gateway"));
  assert.throws(make(healthConfig({ url }, { pseudonymKey: new Uint8Array(31) })), isInvalid("health.pseudonymKey"));
  assert.throws(make(healthConfig({ url: "mqtts://broker" })), isInvalid("health.mqtt.tls.ca"));
});

test.run();
