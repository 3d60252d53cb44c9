/** The link's promises, on simulated time, with a broker that does what the test says. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Outcome } from "../../../src/actors/health/flight-window.ts";
import { MqttLink } from "../../../src/actors/health/mqtt-link.ts";
import { DEFAULT_TUNING } from "../../../src/actors/health/thread-messages.ts";
import type { MqttConfig } from "../../../src/config/types.ts";
import { fakeBroker, withCode } from "../../support/fake-mqtt.ts";
import { healthConfig } from "../../support/health.ts";

function setUp(mqtt: Partial<MqttConfig> = {}, random = 0) {
  const broker = fakeBroker();
  const events: string[] = [];
  const outcomes: [number, Outcome][] = [];
  const time = { now: 0 };
  const link = new MqttLink({
    mqtt: healthConfig({ url: "mqtt://broker", inFlight: 4, ...mqtt }).mqtt,
    encoding: "json",
    privacy: "operator",
    clientId: "twinlane-t-g",
    will: () => ({ topic: "state", payload: "{}", isState: true }),
    tuning: { ...DEFAULT_TUNING, reconnectMs: [1_000, 8_000], stableMs: 60_000, inFlightBytes: 100 },
    hooks: {
      onUp: (protocol) => void events.push(`up ${protocol}`),
      onDown: (reason) => void events.push(`down: ${reason}`),
      onRoom: () => void events.push("room"),
    },
    now: () => time.now,
    random: () => random,
    connect: broker.connect,
  });
  let no = 0;
  const publish = (bytes = 10) => {
    no += 1;
    const mine = no;
    const message = { topic: "t", payload: "x", bytes, retain: false, expirySec: 60 };
    link.publish(message, (outcome) => void outcomes.push([mine, outcome]));
  };
  const advance = (ms: number) => {
    time.now += ms;
    link.tick();
  };
  link.start();
  return { broker, events, outcomes, link, publish, advance };
}

test("the window is the smaller of the broker's Receive Maximum and the configured one (MQTT 5 §3.2.2.3.3)", () => {
  for (const [receiveMaximum, expected] of [
    [2, 2],
    [100, 4],
    [undefined, 4],
  ] as const) {
    const { broker, link, publish } = setUp();
    assert.not.ok(link.hasRoom);
    broker.last.connack({ receiveMaximum });
    while (link.hasRoom) publish();
    assert.is(broker.last.sent.length, expected);
    broker.last.sent[0]?.answer();
    assert.ok(link.hasRoom);
  }
});

test("bytes in flight are bounded too, but one message always may go", () => {
  const { broker, link, publish } = setUp();
  broker.last.connack();
  assert.ok(link.hasRoom);
  publish(5_000);
  assert.not.ok(link.hasRoom);
  broker.last.sent[0]?.answer();
  assert.ok(link.hasRoom);
});

test("what the broker refuses is refused once; the connection goes on", () => {
  const { broker, outcomes, events, publish } = setUp();
  broker.last.connack();
  publish();
  broker.last.sent[0]?.answer(withCode("Publish error: Not authorized", 0x87));
  assert.equal(outcomes, [[1, "refused"]]);
  assert.equal(events, ["up 5", "room"]);
});

test("what is larger than the broker's Maximum Packet Size is not sent (MQTT 5 §3.2.2.3.6)", () => {
  const { broker, outcomes, publish } = setUp();
  broker.last.connack({ maximumPacketSize: 200 });
  publish(190);
  assert.equal(outcomes, [[1, "refused"]]);
  assert.is(broker.last.sent.length, 0);
});

test("a broker without QoS 1 gets QoS 0, one without retained messages gets none", () => {
  const { broker, link } = setUp();
  broker.last.connack({ maximumQoS: 0, retainAvailable: false });
  link.publish({ topic: "t", payload: "x", bytes: 1, retain: true, expirySec: undefined }, () => undefined);
  const { qos, retain } = broker.last.sent[0]?.options ?? {};
  assert.equal([qos, retain], [0, false]);
});

test("when the connection ends, what was in flight comes back newest first, once, and late callbacks are not heard", () => {
  const { broker, outcomes, events, publish } = setUp();
  const client = broker.last;
  client.connack();
  for (let i = 0; i < 3; i += 1) publish();
  client.emit("close");
  for (const { answer } of client.sent) answer(new Error("Connection closed"));
  for (const { answer } of client.sent) answer();
  assert.equal(outcomes, [
    [3, "lost"],
    [2, "lost"],
    [1, "lost"],
  ]);
  assert.equal(events, ["up 5", "down: connection closed"]);
  assert.equal(client.ended, [true]);
});

test("a PUBLISH that is not acknowledged in time ends the connection", () => {
  const { broker, outcomes, events, publish, advance } = setUp();
  broker.last.connack();
  publish();
  advance(DEFAULT_TUNING.ackTimeoutMs);
  assert.equal(outcomes, []);
  advance(1);
  assert.equal(outcomes, [[1, "lost"]]);
  assert.match(events.at(-1) ?? "", /not acknowledged/);
});

test("an attempt without CONNACK is given up, and its client is heard no more", () => {
  const { broker, events, advance } = setUp();
  const stuck = broker.last;
  advance(DEFAULT_TUNING.connectTimeoutMs + 1);
  assert.equal(events, ["down: no CONNACK in time"]);
  stuck.connack();
  stuck.emit("close");
  stuck.emit("error", new Error("late"));
  assert.equal(events.length, 1);
  assert.equal(stuck.ended, [true]);
});

function waits(random: number): readonly number[] {
  const { broker, advance } = setUp({ protocol: "5" }, random);
  return Array.from({ length: 6 }, () => {
    const before = broker.clients.length;
    broker.last.emit("close");
    let waited = 0;
    while (broker.clients.length === before) {
      advance(100);
      waited += 100;
    }
    return waited;
  });
}

test("attempts back off from the minimum to the maximum, with full jitter between", () => {
  assert.equal(waits(0), [1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  assert.equal(waits(1), [1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

test("a connection that holds resets the back-off; one that does not hold does not", () => {
  for (const [heldMs, expectedWait] of [
    [60_100, 1_000],
    [1_000, 4_000],
  ] as const) {
    const { broker, advance } = setUp({ protocol: "5" }, 1);
    broker.last.emit("close");
    advance(1_000);
    broker.last.emit("close");
    advance(2_000);
    broker.last.connack();
    advance(heldMs);
    const before = broker.clients.length;
    broker.last.emit("close");
    advance(expectedWait - 1);
    assert.is(broker.clients.length, before);
    advance(1);
    assert.is(broker.clients.length, before + 1);
  }
});

test("a broker that refuses MQTT 5 is offered 3.1.1 at once, whichever code it knows", () => {
  for (const code of [1, 0x84]) {
    const { broker, events } = setUp();
    assert.is(broker.last.options.protocolVersion, 5);
    broker.last.emit("error", withCode("Connection refused: Unacceptable protocol version", code));
    assert.is(broker.clients.length, 2);
    assert.equal([broker.last.options.protocolVersion, broker.last.options.clean], [4, true]);
    assert.is(broker.last.options.properties, undefined);
    broker.last.connack();
    assert.equal(events, ["up 3.1.1"]);
  }
});

test("bad credentials are no reason to change the version", () => {
  const { broker, events, advance } = setUp();
  broker.last.emit("error", withCode("Connection refused: Not authorized", 0x87));
  advance(1_000);
  assert.is(broker.last.options.protocolVersion, 5);
  assert.equal(events, ["down: Connection refused: Not authorized"]);
});

test("a silent hang-up makes the versions take turns, until one has worked", () => {
  const { broker, advance } = setUp();
  const hangUp = () => {
    broker.last.emit("close");
    advance(10_000);
    return broker.last.options.protocolVersion;
  };
  assert.equal([hangUp(), hangUp(), hangUp()], [4, 5, 4]);
  broker.last.connack();
  assert.equal([hangUp(), hangUp()], [4, 4]);
});

test("a refused or reset TCP connection says nothing about versions", () => {
  const { broker, advance } = setUp();
  broker.last.emit("error", withCode("connect ECONNREFUSED", "ECONNREFUSED"));
  advance(10_000);
  assert.is(broker.last.options.protocolVersion, 5);
});

test("every client is made with the traps of mqtt.js shut", () => {
  const { broker } = setUp({ username: "u", password: "p" });
  const { reconnectPeriod, queueQoSZero, resubscribe, timerVariant, messageIdProvider, will } = broker.last.options;
  assert.equal([reconnectPeriod, queueQoSZero, resubscribe, timerVariant], [0, false, false, "native"]);
  assert.is(messageIdProvider?.constructor.name, "UniqueMessageIdProvider");
  assert.equal([will?.qos, will?.retain, will?.properties?.willDelayInterval], [1, true, DEFAULT_TUNING.willDelaySec]);
  const { sessionExpiryInterval = 0 } = broker.last.options.properties ?? {};
  assert.ok(sessionExpiryInterval > DEFAULT_TUNING.willDelaySec, "a session that ends earlier fires the will earlier");
  assert.is(broker.last.options.rejectUnauthorized, true);
});

test("a URL that mqtt.js throws at is a failed attempt like any other", () => {
  const events: string[] = [];
  const { link } = setUp();
  assert.not.ok(link.isUp);
  const broken = new MqttLink({
    mqtt: healthConfig({ url: "mqtt://broker" }).mqtt,
    encoding: "json",
    privacy: "operator",
    clientId: "c",
    will: () => ({ topic: "s", payload: "", isState: true }),
    tuning: DEFAULT_TUNING,
    hooks: { onUp: () => undefined, onDown: (reason) => void events.push(reason), onRoom: () => undefined },
    now: () => 0,
    random: () => 0,
    connect: () => {
      throw new Error("Unknown protocol");
    },
  });
  broken.start();
  assert.equal(events, ["Unknown protocol"]);
});

test("closing is orderly while up, final in any case, and nothing is opened afterwards", async () => {
  const { broker, link, outcomes, publish, advance } = setUp();
  broker.last.connack();
  publish();
  await link.close(100);
  assert.equal(broker.last.ended, [false, true]);
  assert.equal(outcomes, [[1, "lost"]]);
  advance(1e6);
  assert.is(broker.clients.length, 1);
  publish();
  assert.equal(outcomes.at(-1), [2, "lost"]);
});

test.run();
