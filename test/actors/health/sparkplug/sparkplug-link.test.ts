/** The lane as an edge node, on simulated time, read by a strict host. */
import { deflateSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Outcome } from "../../../../src/actors/health/flight-window.ts";
import { SparkplugLink } from "../../../../src/actors/health/sparkplug/sparkplug-link.ts";
import { DEFAULT_TUNING } from "../../../../src/actors/health/thread-messages.ts";
import { fakeBroker } from "../../../support/fake-mqtt.ts";
import { healthConfig } from "../../../support/health.ts";
import { decodeSparkplug, SparkplugHost } from "../../../support/sparkplug-host.ts";

const NOW = 1_767_225_600_000;
const PREFIX = "oh/v1/tenant-a/edge-1";
/** The Eclipse project's encoder made it: `Node Control/Rebirth` is true. */
const REBIRTH = Buffer.from(
  "0880d0eab6b73312210a144e6f646520436f6e74726f6c2f526562697274681880d0eab6b733200b7001",
  "hex",
);
const BIRTH = { b: "boot", channels: { 0: { name: "Voltage", unit: "V", phase: "L1", location: "Outlet" } } };

function setUp() {
  const broker = fakeBroker();
  const time = { now: 0 };
  const outcomes: Outcome[] = [];
  const link = new SparkplugLink({
    mqtt: healthConfig({ url: "mqtt://broker", inFlight: 10_000 }).mqtt,
    tenant: "tenant-a",
    gateway: "edge-1",
    clientId: "c",
    tuning: { ...DEFAULT_TUNING, reconnectMs: [1_000, 8_000] },
    hooks: { onUp: () => undefined, onDown: () => undefined, onRoom: () => undefined },
    now: () => time.now,
    wallClock: () => NOW + time.now,
    random: () => 0,
    connect: broker.connect,
  });
  link.start();
  const host = new SparkplugHost();
  let heard = 0;
  /** What the broker has got since, to the host. */
  const listen = () => {
    const { sent } = broker.last;
    for (; heard < sent.length; heard += 1) {
      const message = sent[heard];
      if (message === undefined) continue;
      host.take(message.topic, message.payload as Buffer);
      message.answer();
    }
    return host;
  };
  const publish = (level: string, message: object, deflate = false) => {
    const text = JSON.stringify(message);
    const payload = deflate ? deflateSync(text) : text;
    const [topic, bytes] = [`${PREFIX}/${level}`, text.length];
    link.publish({ topic, payload, bytes, retain: false, expirySec: 60 }, (outcome) => void outcomes.push(outcome));
    listen();
  };
  const advance = (ms: number) => {
    time.now += ms;
    link.tick();
  };
  const up = () => {
    heard = 0;
    broker.last.connack();
    return listen();
  };
  return { broker, link, host, listen, publish, advance, up, outcomes };
}

const batch = (fields: object = {}) => ({ b: "boot", t0: NOW, r: NOW, m: { 0: [0, 231.2, 1000, 229.8] }, ...fields });

test("§4.1, §5.4: a session that ends with its connection, a death as will, and births before data", () => {
  const { broker, publish, up, host } = setUp();
  const { clean, will, properties } = broker.last.options;
  assert.equal([clean, properties?.sessionExpiryInterval], [true, 0]);
  assert.equal([will?.topic, will?.qos, will?.retain], ["spBv1.0/tenant-a/NDEATH/edge-1", 1, false]);
  up();
  assert.equal(broker.last.subscribed, ["spBv1.0/tenant-a/NCMD/edge-1"]);
  publish("state", { state: "online" });
  publish("birth", BIRTH);
  publish("assetone/m", batch({ s: { 0: [1] }, w: { 0: [9, 229, 232, 230.5, 0.4] } }), true);
  publish("assetone/ev", { b: "boot", t: NOW, r: NOW, e: { status: "Faulted", "Temperature.alert": 96 }, c: 2 });
  assert.equal(host.births, ["", "assetone", "assetone"]);
  assert.equal(host.seen, [
    "assetone Voltage/L1/Outlet=231.2",
    "assetone Voltage/L1/Outlet=229.8",
    ...["Samples=9", "Minimum=229", "Maximum=232", "Mean=230.5", "Deviation=0.4"].map(
      (w) => `assetone Voltage/L1/Outlet/${w}`,
    ),
    "assetone Connector 2/Event/status=Faulted",
    "assetone Connector 2/Event/Temperature.alert=96",
  ]);
  assert.ok(broker.last.sent.every(({ options }) => options.qos === 0 && options.retain === false));
});

test("a state of health and a gap travel whole; the gap is the node's own", () => {
  const { publish, up, host, outcomes } = setUp();
  up();
  publish("assetone/soh", { b: "boot", q: 1, t: NOW, soh: 93 });
  publish("gap", { b: "boot", q: 2, t: NOW, observations: 4 });
  publish("assetone/else", {});
  assert.equal(host.seen, [
    `assetone Health={"b":"boot","q":1,"t":${NOW},"soh":93}`,
    ` Gap={"b":"boot","q":2,"t":${NOW},"observations":4}`,
  ]);
  assert.equal(outcomes, ["acknowledged", "acknowledged", "refused"]);
});

test("§6.4.26: what waited for the connection is historical; a birth has the newest value, and when it was", () => {
  const { broker, publish, up, host, advance } = setUp();
  advance(5_000);
  up();
  publish("birth", BIRTH);
  publish("assetone/m", batch());
  publish("assetone/m", batch({ t0: NOW - 9_000, r: NOW - 9_000, m: { 0: [0, 1] } }));
  publish("assetone/ev", { b: "boot", t: NOW, r: NOW, e: { status: "Faulted" } });
  const [born] = decodeSparkplug(broker.last.sent.at(-2)?.payload as Buffer).metrics;
  assert.equal([born?.name, born?.value, born?.timestamp], ["Voltage/L1/Outlet", 229.8, NOW + 1000]);
  publish("assetone/m", batch({ r: NOW + 5_000, t0: NOW + 5_000, m: { 0: [0, 230] } }));
  assert.equal(host.seen, [
    "assetone Voltage/L1/Outlet~=231.2",
    "assetone Voltage/L1/Outlet~=229.8",
    "assetone Voltage/L1/Outlet~=1",
    "assetone Event/status~=Faulted",
    "assetone Voltage/L1/Outlet=230",
  ]);
});

test("a batch whose channels nobody has explained is refused; one of an earlier boot is read by that boot's birth", () => {
  const { publish, up, host, outcomes } = setUp();
  up();
  publish("birth", BIRTH);
  publish("assetone/m", batch({ b: "other" }));
  publish("birth", { b: "other", channels: { 0: { name: "Frequency" } } });
  publish("assetone/m", batch({ b: "other", m: { 0: [0, 50] } }));
  assert.equal(outcomes, ["acknowledged", "refused", "acknowledged", "acknowledged"]);
  assert.equal(host.seen, ["assetone Frequency=50"]);
});

test("§6.4.20: numbers go on over 255, and begin again with a birth that a host asks for", () => {
  const { broker, publish, up, host, advance, listen } = setUp();
  up();
  publish("birth", BIRTH);
  for (let i = 0; i < 600; i += 1) publish("assetone/m", batch({ m: { 0: [i, i] } }));
  assert.is(host.seen.length, 600);
  const message = (retain: boolean) => broker.last.emit("message", "spBv1.0/tenant-a/NCMD/edge-1", REBIRTH, { retain });
  message(false);
  advance(1_000);
  assert.equal(listen().births.slice(-2), ["", "assetone"]);
  const births = host.births.length;
  message(false);
  advance(500);
  assert.is(listen().births.length, births, "not more than one a second");
  advance(500);
  assert.is(listen().births.length, births + 2);
  message(true);
  advance(1_000);
  assert.is(listen().births.length, births + 2, "a retained command is an old one");
  publish("assetone/m", batch());
  assert.is(host.seen.length, 602);
});

test("§5.3: each connection has a death of its own, and all devices are born again", () => {
  const { broker, publish, up, host, advance } = setUp();
  up();
  publish("birth", BIRTH);
  publish("assetone/m", batch());
  const first = broker.last.options.will?.payload as Buffer;
  broker.last.emit("close");
  advance(10_000);
  const second = broker.last.options.will?.payload as Buffer;
  up();
  assert.equal(host.births, ["", "assetone", "", "assetone"]);
  host.take("spBv1.0/tenant-a/NDEATH/edge-1", first);
  assert.is(host.deaths, 0, "the death of the connection before says nothing");
  host.take("spBv1.0/tenant-a/NDEATH/edge-1", second);
  assert.equal([host.deaths, host.isOnline], [1, false]);
});

test("an orderly end says so itself, with QoS 1", async () => {
  const { broker, up, host, link, listen } = setUp();
  up();
  const closing = link.close(0);
  assert.is(broker.last.sent.at(-1)?.options.qos, 1);
  listen();
  await closing;
  assert.is(host.deaths, 1);
});

test.run();
