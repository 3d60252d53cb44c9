/** The health lane against a real broker: Debian's mosquitto, MQTT 5, TLS. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHealthUplink } from "../../src/actors/health/health-uplink.actor.ts";
import type { HealthConfig } from "../../src/config/types.ts";
import { stationId } from "../../src/domain/ids.ts";
import { createPseudonyms } from "../../src/domain/privacy/pseudonym.ts";
import { extract, observeConnection } from "../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../src/domain/telemetry/memory.ts";
import type { HealthUplink } from "../../src/ports.ts";
import { makeCa } from "../support/certs.ts";
import { cuttableProxy } from "../support/cuttable-proxy.ts";
import { healthConfig, memoryLogger, QUICK, realClock } from "../support/health.ts";
import { hasMosquitto, type Subscriber, startMosquitto, subscribe } from "../support/mosquitto.ts";
import { faulted16, meterValues16 } from "../support/ocpp-messages.ts";
import { requires } from "../support/requires.ts";
import { until } from "../support/wait.ts";

const STATION = stationId("DE*ABC*E0042");
const withMosquitto = requires("mosquitto", hasMosquitto());

async function started(config: HealthConfig, workerUrl?: URL): Promise<HealthUplink> {
  const logger = memoryLogger();
  const uplink = createHealthUplink({
    config,
    clock: realClock,
    logger,
    tuning: QUICK,
    ...(workerUrl !== undefined && { workerUrl }),
  });
  await uplink.start();
  return uplink;
}

function feeder(uplink: HealthUplink) {
  const { sink } = uplink.source(STATION);
  const memory = new TelemetryMemory();
  return {
    sink,
    feed: (frame: ReturnType<typeof meterValues16>) =>
      extract("ocpp1.6", frame, { receivedAt: realClock.now(), sink, memory }),
  };
}

const now = () => new Date().toISOString();

/** Distinct sequence numbers received under one boot id. */
function sequence(watcher: Subscriber, boot?: string): readonly number[] {
  const numbers = watcher.messages.flatMap(({ json }) =>
    json.q === undefined || (boot !== undefined && json.b !== boot) ? [] : [json.q as number],
  );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

const isGapFree = (numbers: readonly number[]): boolean => numbers.every((q, i) => q === i);

withMosquitto("over mutual TLS with MQTT 5, a subscriber gets state, birth, batches and events", async () => {
  const ca = makeCa();
  const server = ca.issue({ cn: "localhost", for: "server" });
  const gateway = ca.issue({ cn: "edge-1", for: "client" });
  const reader = ca.issue({ cn: "tenant-a", for: "client" });
  const broker = await startMosquitto({
    tls: { caFile: ca.certFile, certFile: server.certFile, keyFile: server.keyFile, clientCert: true },
  });
  const watcher = await subscribe(broker.url, { ca: ca.cert, cert: reader.cert, key: reader.key });
  const tls = { ca: ca.cert, cert: gateway.cert, key: gateway.key, servername: undefined };
  const config = healthConfig({ url: broker.url, tls });
  const uplink = await started(config);
  try {
    const { sink, feed } = feeder(uplink);
    observeConnection(sink, "up", realClock.now());
    const at = now();
    assert.is(feed(meterValues16(at, 7_360)), 0);
    assert.is(feed(faulted16(at)), 0);
    const batch = await until("a batch", () => watcher.on("/m")[0]);
    const event = await until("the fault", () => watcher.on("/ev").find(({ json }) => json.e.status === "Faulted"));
    const birth = await until("a birth with channels", () =>
      watcher.on("/birth").find(({ json }) => Object.keys(json.channels).length === 2),
    );

    const pseudonym = createPseudonyms({
      root: config.pseudonymKey,
      tenant: "tenant-a",
      epoch: new Date().getUTCFullYear(),
    });
    assert.is(batch.topic, `oh/v1/tenant-a/edge-1/${pseudonym(STATION, 1)}/m`);
    assert.is(event.topic, `oh/v1/tenant-a/edge-1/${pseudonym(STATION, 1)}/ev`);
    assert.is(batch.packet.properties?.contentType, "application/json");
    assert.ok((batch.packet.properties?.messageExpiryInterval ?? 0) > 86_000);
    assert.equal(event.json.e, { status: "Faulted", errorCode: "GroundFailure", vendorErrorCode: "CX002" });
    assert.is(event.json.t, Date.parse(at));
    assert.is(event.json.c, 1);

    const named = Object.entries(batch.json.m as Record<string, number[]>).map(([alias, series]) => [
      birth.json.channels[alias].name,
      birth.json.channels[alias].unit,
      birth.json.channels[alias].location,
      batch.json.t0 + (series[0] ?? Number.NaN),
      series[1],
    ]);
    assert.equal(named, [
      ["Power.Active.Import", "W", "Outlet", Date.parse(at), 7_360],
      ["Temperature", "Celsius", "Cable", Date.parse(at), 41.5],
    ]);
    assert.equal(watcher.on("/state").at(-1)?.json.state, "online");
    assert.ok(birth.json.assets.includes(pseudonym(STATION, 1)));
    assert.ok(watcher.on("/birth")[0]?.json.b === batch.json.b);
    assert.ok(isGapFree(sequence(watcher)));
    const everything = watcher.messages.map(({ topic, text }) => topic + text).join("\n");
    for (const secret of [STATION, "91234567", "John", "com.example"]) assert.not.ok(everything.includes(secret));
    await until("the counters", () => uplink.stats().protocol === "5" && uplink.stats().published >= 4);
  } finally {
    await uplink.stop(2_000);
    await until("the orderly good-bye", () => watcher.on("/state").at(-1)?.json.state === "offline");
    await watcher.close();
    const late = await subscribe(broker.url, { ca: ca.cert, cert: reader.cert, key: reader.key });
    await until("retained birth and state", () => late.on("/birth").length + late.on("/state").length === 2);
    assert.ok(late.messages.every(({ retain }) => retain));
    await late.close();
    await broker.stop();
    ca.dispose();
  }
});

withMosquitto("a broker whose certificate another CA issued gets nothing", async () => {
  const [ours, theirs] = [makeCa(), makeCa()];
  const server = theirs.issue({ cn: "localhost", for: "server" });
  const broker = await startMosquitto({
    tls: { caFile: theirs.certFile, certFile: server.certFile, keyFile: server.keyFile },
  });
  const logger = memoryLogger();
  const tls = { ca: ours.cert, cert: undefined, key: undefined, servername: undefined };
  const config = healthConfig({ url: broker.url, tls });
  const uplink = createHealthUplink({ config, clock: realClock, logger, tuning: QUICK });
  await uplink.start();
  await until(
    "three refusals",
    () => logger.lines.filter(({ message }) => message.includes("not connected")).length > 2,
  );
  assert.not.ok(uplink.stats().connected);
  assert.match(String(logger.lines[0]?.fields["reason"]), /certificate/);
  await uplink.stop(200);
  await broker.stop();
  ours.dispose();
  theirs.dispose();
});

withMosquitto(
  "when the connection is cut, the will says offline; after the reconnect the state is online again",
  async () => {
    const broker = await startMosquitto();
    const proxy = await cuttableProxy(broker);
    const watcher = await subscribe(broker.url);
    const uplink = await started(healthConfig({ url: `mqtt://localhost:${proxy.port}` }));
    const states = () => watcher.on("/state").map(({ json }) => json.state as string);
    await until("online", () => states().at(-1) === "online");
    proxy.cut();
    await until("offline, then online", () => states().join() === "online,offline,online");
    const { sink } = feeder(uplink);
    observeConnection(sink, "up", realClock.now());
    await until("an event", () => watcher.on("/ev").length === 1);
    assert.is(uplink.stats().connects, 2);
    await uplink.stop(1_000);
    await watcher.close();
    await proxy.close();
    await broker.stop();
  },
);

withMosquitto("what is observed while the broker restarts arrives afterwards, gap-free", async () => {
  const first = await startMosquitto();
  const uplink = await started(healthConfig({ url: first.url }, { batchMs: 50 }));
  const { feed } = feeder(uplink);
  await until("connection", () => uplink.stats().connected);
  await first.stop();
  await until("the loss to be noticed", () => !uplink.stats().connected);
  for (let i = 0; i < 50; i += 1) feed(faulted16(new Date(Date.now() + i).toISOString()));
  feed(meterValues16(now(), 1_000));
  const second = await startMosquitto({ port: first.port });
  const watcher = await subscribe(second.url);
  await until("all events", () => sequence(watcher).length >= 51);
  assert.ok(isGapFree(sequence(watcher)));
  assert.is(uplink.stats().droppedInWorker + uplink.stats().droppedInRing, 0);
  await uplink.stop(1_000);
  await watcher.close();
  await second.stop();
});

withMosquitto(
  "a broker that hangs costs what does not fit, says how much, and gets the rest when it goes on",
  async () => {
    const broker = await startMosquitto();
    const watcher = await subscribe(broker.url);
    const config = healthConfig({ url: broker.url, inFlight: 8 }, { batchMs: 20, queueCapacity: 40 });
    const uplink = await started(config);
    const { feed } = feeder(uplink);
    await until("connection", () => uplink.stats().connected);
    broker.signal("SIGSTOP");
    for (let i = 0; i < 300; i += 1) feed(faulted16(new Date(Date.now() - i).toISOString()));
    await until("the stall to be noticed", () => !uplink.stats().connected);
    await until("an overflow", () => uplink.stats().droppedInWorker > 0);
    broker.signal("SIGCONT");
    const gap = await until("the gap message", () => watcher.on("/gap")[0]);
    await until("the queue to empty", () => uplink.stats().connected && watcher.on("/ev").length >= 40);
    const numbers = sequence(watcher, gap.json.b);
    const missing = (numbers.at(-1) ?? 0) + 1 - numbers.length;
    assert.is(missing, gap.json.messages);
    assert.is(gap.json.observations, uplink.stats().droppedInWorker);
    assert.is(gap.json.observations, 3 * gap.json.messages);
    await uplink.stop(2_000);
    await watcher.close();
    await broker.stop();
  },
);

withMosquitto("what the broker's access list refuses is counted and not sent again", async () => {
  const ca = makeCa();
  const acl = `${ca.dir}/acl`;
  const { writeFileSync } = await import("node:fs");
  writeFileSync(
    acl,
    "topic read oh/#\ntopic write oh/v1/tenant-a/edge-1/state\ntopic write oh/v1/tenant-a/edge-1/birth\n",
  );
  const broker = await startMosquitto({ config: [`acl_file ${acl}`] });
  const watcher = await subscribe(broker.url);
  const uplink = await started(healthConfig({ url: broker.url }));
  const { feed } = feeder(uplink);
  feed(faulted16(now()));
  await until("the refusal", () => (uplink.stats().refusedByBroker ?? 0) > 0);
  await until("the state", () => watcher.on("/state").length > 0);
  assert.is(watcher.on("/ev").length, 0);
  assert.ok(uplink.stats().connected);
  assert.is(uplink.stats().connects, 1);
  await until("the count", () => uplink.stats().droppedInWorker >= 3);
  await uplink.stop(1_000);
  await watcher.close();
  await broker.stop();
  ca.dispose();
});

withMosquitto("a worker that dies is started again, under a new boot id, with the same assets", async () => {
  const broker = await startMosquitto();
  const watcher = await subscribe(broker.url);
  const fixture = new URL("../support/dying-health-worker.ts", import.meta.url);
  const { workerEntry } = await import("../../src/actors/health/worker-entry.ts");
  const ca = makeCa();
  process.env["TWINLANE_TEST_DIED"] = `${ca.dir}/died`;
  const uplink = await started(
    healthConfig({ url: broker.url }),
    workerEntry(fixture.href.replace(/\.ts$/, ""), import.meta.url),
  );
  const { sink, feed } = feeder(uplink);
  observeConnection(sink, "up", realClock.now());
  await until("the first worker's death", () => uplink.stats().droppedInWorker === 1);
  feed(faulted16(now()));
  await until("the restart", () => uplink.stats().workerRestarts === 1);
  await until("the event", () => watcher.on("/ev").length === 1);
  const birth = await until("birth with both assets", () =>
    watcher.on("/birth").find(({ json }) => json.assets.length === 2),
  );
  const gap = await until("a gap message for what died", () => watcher.on("/gap")[0]);
  assert.is(gap.json.observations, 1);
  assert.is(new Set(watcher.messages.map(({ json }) => json.b)).size, 1);
  assert.is(birth.json.b, gap.json.b);
  await uplink.stop(1_000);
  await watcher.close();
  await broker.stop();
  ca.dispose();
});

test.run();
