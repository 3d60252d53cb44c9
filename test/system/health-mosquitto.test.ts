/** The health lane against a real broker: Debian's mosquitto, MQTT 5, TLS. */
import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { workerEntry } from "../../src/actors/health/worker-entry.ts";
import { createPseudonyms } from "../../src/domain/privacy/pseudonym.ts";
import { observeConnection } from "../../src/domain/telemetry/extract.ts";
import { makeCa, type TestCa } from "../support/certs.ts";
import { cuttableProxy } from "../support/cuttable-proxy.ts";
import { healthConfig, realClock } from "../support/health.ts";
import { isGapFree, STATION, sequence, startBroker, startLane, watch } from "../support/health-lane.ts";
import { hasMosquitto } from "../support/mosquitto.ts";
import { faulted16, meterValues16 } from "../support/ocpp-messages.ts";
import { requires } from "../support/requires.ts";
import { type Defer, scenario } from "../support/scenario.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());

const now = () => new Date().toISOString();

const newCa = (defer: Defer): TestCa => {
  const ca = makeCa();
  defer(ca.dispose);
  return ca;
};

withMosquitto(
  "over mutual TLS with MQTT 5, a subscriber gets state, birth, batches and events",
  scenario(async (defer) => {
    const ca = newCa(defer);
    const { certFile, keyFile } = ca.issue({ cn: "localhost", for: "server" });
    const gateway = ca.issue({ cn: "edge-1", for: "client" });
    const reader = ca.issue({ cn: "tenant-a", for: "client" });
    const broker = await startBroker(defer, { tls: { caFile: ca.certFile, certFile, keyFile, clientCert: true } });
    const readerTls = { ca: ca.cert, cert: reader.cert, key: reader.key };
    const watcher = await watch(defer, broker.url, readerTls);
    const tls = { ca: ca.cert, cert: gateway.cert, key: gateway.key, servername: undefined };
    const config = healthConfig({ url: broker.url, tls });
    const lane = await startLane(defer, config);

    observeConnection(lane.sink, "up", realClock.now());
    const at = now();
    assert.is(lane.feed(meterValues16(at, 7_360)), 0);
    assert.is(lane.feed(faulted16(at)), 0);
    const batch = await until("a batch", () => watcher.on("/m")[0]);
    const event = await until("the fault", () => watcher.on("/ev").find(({ json }) => json.e.status === "Faulted"));
    const birth = await until("a birth with channels", () =>
      watcher.on("/birth").find(({ json }) => Object.keys(json.channels).length === 2),
    );

    const epoch = new Date().getUTCFullYear();
    const pseudonym = createPseudonyms({ root: config.pseudonymKey, tenant: "tenant-a", epoch });
    assert.is(batch.topic, `oh/v1/tenant-a/edge-1/${pseudonym(STATION, 1)}/m`);
    assert.is(event.topic, `oh/v1/tenant-a/edge-1/${pseudonym(STATION, 1)}/ev`);
    assert.ok(birth.json.assets.includes(pseudonym(STATION, 1)));
    assert.is(batch.packet.properties?.contentType, "application/json");
    assert.ok((batch.packet.properties?.messageExpiryInterval ?? 0) > 86_000);
    assert.equal(event.json.e, { status: "Faulted", errorCode: "GroundFailure", vendorErrorCode: "CX002" });
    assert.equal([event.json.t, event.json.c], [Date.parse(at), 1]);

    const named = Object.entries(batch.json.m as Record<string, number[]>).map(([alias, [dt, value]]) => {
      const { name, unit, location } = birth.json.channels[alias];
      return [name, unit, location, batch.json.t0 + dt, value];
    });
    assert.equal(named, [
      ["Power.Active.Import", "W", "Outlet", Date.parse(at), 7_360],
      ["Temperature", "Celsius", "Cable", Date.parse(at), 41.5],
    ]);
    assert.ok(isGapFree(sequence(watcher)));
    assert.is(new Set(watcher.messages.map(({ json }) => json.b)).size, 1);
    const everything = watcher.messages.map(({ topic, text }) => topic + text).join("\n");
    for (const secret of [STATION, "91234567", "John", "com.example"]) assert.not.ok(everything.includes(secret));
    await until("the counters", () => lane.stats().protocol === "5" && lane.stats().published >= 4);

    await lane.stop(2_000);
    await until("the orderly good-bye", () => watcher.on("/state").at(-1)?.json.state === "offline");
    const late = await watch(defer, broker.url, readerTls);
    await until("retained birth and state", () => late.messages.length === 2);
    assert.ok(late.messages.every(({ retain }) => retain));
  }),
);

withMosquitto(
  "as CBOR the same messages come, marked as such, deflated ones too; state and birth stay JSON",
  scenario(async (defer) => {
    const broker = await startBroker(defer);
    const watcher = await watch(defer, broker.url);
    const config = healthConfig({ url: broker.url }, { encoding: "cbor", deflate: true });
    const lane = await startLane(defer, config, { spoolDirectory: tempDir() });
    for (let i = 0; i < 100; i += 1)
      lane.feed(meterValues16(new Date(Date.now() - 1_000 * i).toISOString(), 7_000 + i));
    lane.feed(faulted16(now()));
    const event = await until("the fault", () => watcher.on("/ev").find(({ json }) => json.e.status === "Faulted"));
    const batch = await until("a batch", () => watcher.on("/m")[0]);
    assert.equal(event.json.e, { status: "Faulted", errorCode: "GroundFailure", vendorErrorCode: "CX002" });
    assert.is(event.packet.properties?.contentType, "application/cbor");
    assert.is.not(event.packet.payload[0], 0x7b);
    assert.is(batch.packet.properties?.userProperties?.["enc"], "deflate");
    assert.is(batch.packet.properties?.contentType, "application/cbor");
    assert.ok(Object.values(batch.json.m as Record<string, number[]>).some((points) => points.length > 20));
    const birth = watcher.on("/birth")[0];
    assert.is(birth?.packet.properties?.contentType, "application/json");
    assert.is(birth?.packet.payload[0], 0x7b);
  }),
);

withMosquitto(
  "a broker whose certificate another CA issued gets nothing",
  scenario(async (defer) => {
    const [ours, theirs] = [newCa(defer), newCa(defer)];
    const { certFile, keyFile } = theirs.issue({ cn: "localhost", for: "server" });
    const broker = await startBroker(defer, { tls: { caFile: theirs.certFile, certFile, keyFile } });
    const tls = { ca: ours.cert, cert: undefined, key: undefined, servername: undefined };
    const lane = await startLane(defer, healthConfig({ url: broker.url, tls }));
    const refusals = () => lane.log.filter(({ message }) => message.includes("not connected"));
    await until("three refusals", () => refusals().length > 2);
    assert.not.ok(lane.stats().connected);
    assert.match(String(refusals()[0]?.fields["reason"]), /certificate/);
  }),
);

withMosquitto(
  "when the connection is cut, the will says offline; after the reconnect the state is online again",
  scenario(async (defer) => {
    const broker = await startBroker(defer);
    const proxy = await cuttableProxy(broker);
    defer(proxy.close);
    const watcher = await watch(defer, broker.url);
    const lane = await startLane(defer, healthConfig({ url: `mqtt://localhost:${proxy.port}` }));
    const states = () => watcher.on("/state").map(({ json }) => json.state as string);
    await until("online", () => states().at(-1) === "online");
    proxy.cut();
    await until("offline, then online", () => states().join() === "online,offline,online");
    observeConnection(lane.sink, "up", realClock.now());
    await until("an event", () => watcher.on("/ev").length === 1);
    assert.is(lane.stats().connects, 2);
  }),
);

withMosquitto(
  "what is observed while the broker restarts arrives afterwards, gap-free",
  scenario(async (defer) => {
    const first = await startBroker(defer);
    const lane = await startLane(defer, healthConfig({ url: first.url }, { batchMs: 50 }));
    await until("connection", () => lane.stats().connected);
    await first.stop();
    await until("the loss to be noticed", () => !lane.stats().connected);
    for (let i = 0; i < 50; i += 1) lane.feed(faulted16(new Date(Date.now() - i).toISOString()));
    lane.feed(meterValues16(now(), 1_000));
    const second = await startBroker(defer, { port: first.port });
    const watcher = await watch(defer, second.url);
    await until("all events", () => sequence(watcher).length >= 51);
    assert.ok(isGapFree(sequence(watcher)));
    assert.is(lane.stats().droppedInWorker + lane.stats().droppedInRing, 0);
  }),
);

withMosquitto(
  "a broker that hangs costs what does not fit, says how much, and gets the rest when it goes on",
  scenario(async (defer) => {
    const broker = await startBroker(defer);
    const watcher = await watch(defer, broker.url);
    const config = healthConfig({ url: broker.url, inFlight: 8 }, { batchMs: 20, queueCapacity: 40 });
    const lane = await startLane(defer, config);
    await until("connection", () => lane.stats().connected);
    broker.signal("SIGSTOP");
    for (let i = 0; i < 300; i += 1) lane.feed(faulted16(new Date(Date.now() - i).toISOString()));
    await until("the stall to be noticed", () => !lane.stats().connected);
    await until("an overflow", () => lane.stats().droppedInWorker > 0);
    broker.signal("SIGCONT");
    const sumOf = (field: string) => watcher.on("/gap").reduce((sum, { json }) => sum + json[field], 0);
    await until("gap messages that account for every loss", () => {
      const numbers = sequence(watcher);
      const missing = (numbers.at(-1) ?? 0) + 1 - numbers.length;
      // What was in flight when the connection ended counts as lost when it had to go, though the broker may have it.
      const isExplained =
        missing > 0 && missing <= sumOf("messages") && sumOf("messages") <= missing + config.mqtt.inFlight;
      return isExplained && sumOf("observations") === lane.stats().droppedInWorker;
    });
    assert.is(sumOf("observations"), 3 * sumOf("messages"));
    // A gap message may come before what was kept behind it.
    await until("what was kept", () => watcher.on("/ev").length >= 40);
  }),
);

withMosquitto(
  "what the broker's access list refuses is counted and not sent again",
  scenario(async (defer) => {
    const acl = `${newCa(defer).dir}/acl`;
    const mine = "oh/v1/tenant-a/edge-1";
    writeFileSync(acl, `topic read oh/#\ntopic write ${mine}/state\ntopic write ${mine}/birth\n`);
    const broker = await startBroker(defer, { config: [`acl_file ${acl}`] });
    const watcher = await watch(defer, broker.url);
    const lane = await startLane(defer, healthConfig({ url: broker.url }));
    lane.feed(faulted16(now()));
    await until("the refusal", () => (lane.stats().refusedByBroker ?? 0) > 0);
    await until("the state", () => watcher.on("/state").length > 0);
    await until("the count", () => lane.stats().droppedInWorker === 3);
    // This mosquitto hangs up after a refusal. The event and one gap message are refused, and then there is peace.
    await until("the refused gap message", () => lane.stats().refusedByBroker === 2);
    await until("the connection", () => lane.stats().connected);
    lane.feed(faulted16(now()));
    await until("the next refusals", () => lane.stats().refusedByBroker === 4 && lane.stats().droppedInWorker === 6);
    assert.is(watcher.on("/ev").length + watcher.on("/gap").length, 0);
  }),
);

withMosquitto(
  "a worker that dies is started again, under a new boot id, with the same assets",
  scenario(async (defer) => {
    const broker = await startBroker(defer);
    const watcher = await watch(defer, broker.url);
    process.env["TWINLANE_TEST_DIED"] = `${newCa(defer).dir}/died`;
    const workerUrl = workerEntry("../support/dying-health-worker", import.meta.url);
    const lane = await startLane(defer, healthConfig({ url: broker.url }), { workerUrl });
    observeConnection(lane.sink, "up", realClock.now());
    await until("the first worker's death", () => lane.stats().droppedInWorker === 1);
    lane.feed(faulted16(now()));
    await until("the event", () => watcher.on("/ev").length === 1);
    const birth = await until("birth with both assets", () =>
      watcher.on("/birth").find(({ json }) => json.assets.length === 2),
    );
    const gap = await until("a gap message for what died", () => watcher.on("/gap")[0]);
    assert.is(lane.stats().workerRestarts, 1);
    assert.is(gap.json.observations, 1);
    assert.is(birth.json.b, gap.json.b);
  }),
);

test.run();
