/** From records to what the broker gets: order, numbers, births, gaps, the tripwire. Simulated time, no network. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Publisher } from "../../../src/actors/health/publisher.ts";
import { ObservationRing, RECORD } from "../../../src/actors/health/ring.ts";
import { DEFAULT_TUNING, type WorkerBoot } from "../../../src/actors/health/thread-messages.ts";
import type { HealthConfig } from "../../../src/config/types.ts";
import { epochMs } from "../../../src/domain/ids.ts";
import { OCPP_VERSIONS } from "../../../src/domain/ocpp/version.ts";
import { eventChannel, meterChannel } from "../../../src/domain/telemetry/channels.ts";
import { eventNo, eventValue } from "../../../src/domain/telemetry/event-lists.ts";
import { extract } from "../../../src/domain/telemetry/extract.ts";
import { measurandNo } from "../../../src/domain/telemetry/measurands.ts";
import { TelemetryMemory } from "../../../src/domain/telemetry/memory.ts";
import type { ChannelNo, ObservationSink } from "../../../src/domain/telemetry/observation.ts";
import { baseUnitNo } from "../../../src/domain/telemetry/units.ts";
import { healthText } from "../../../src/sim/health-payload.ts";
import { canaryLeaves } from "../../support/canaries.ts";
import { type FakeClient, fakeBroker, withCode } from "../../support/fake-mqtt.ts";
import { healthConfig } from "../../support/health.ts";
import { call } from "../../support/ocpp-messages.ts";
import { requestSchemas } from "../../support/schema-payloads.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { playSession, stopReason } from "../../support/simulated-evse.ts";
import { tempDir } from "../../support/temp-dir.ts";

const POWER = meterChannel(22, 4, 0, 0);
const STATUS = eventChannel("status");
const INSTALLED = eventValue(eventNo("firmwareStatus"), "Installed");
const TOKEN_KEY = new Uint8Array(32);
const EPOCH = 1_760_000_000_000;

function setUp(rest: Partial<HealthConfig> = {}, life: Partial<WorkerBoot> = {}) {
  const {
    pseudonymKey: _,
    ringCapacity: __,
    ...config
  } = healthConfig({ url: "mqtt://broker", inFlight: 100 }, { batchMs: 1_000, queueCapacity: 10, ...rest });
  const broker = fakeBroker();
  const time = { now: 0 };
  const log: string[] = [];
  const publisher = new Publisher({
    boot: {
      config,
      tuning: DEFAULT_TUNING,
      bootId: "ghjkmnpqrs",
      lostBefore: 0,
      throttle: { kind: "free" },
      spoolDirectory: undefined,
      tokenKey: TOKEN_KEY,
      ...life,
    },
    wallClock: () => EPOCH + time.now,
    log: (level, fields, message) => void log.push(`${level} ${message} ${JSON.stringify(fields)}`),
    onSpent: () => void log.push("spent"),
    onAsk: () => undefined,
    onAudit: () => undefined,
    now: () => time.now,
    random: () => 0,
    connect: broker.connect,
  });
  publisher.start();
  const assets = [
    { no: 0, id: "abcdefghijklmnop", source: 0 },
    { no: 1, id: "ponmlkjihgfedcba", source: 0 },
  ];
  const ring = new ObservationRing(10_000);
  let isTold = false;
  let lost = 0;
  /** Hands the ring over, as the gateway's thread does. */
  const handOver = () => {
    const records = new Float64Array(ring.capacity * RECORD);
    publisher.take({ type: "records", records, count: ring.take(records), assets: isTold ? [] : assets, lost });
    isTold = true;
  };
  const observe = (channel: ChannelNo, value: number) => {
    ring.push(0, 1, 1, channel, epochMs(EPOCH + time.now), value, 0);
    handOver();
  };
  const advance = (ms: number) => {
    time.now += ms;
    publisher.tick();
  };
  const lose = (observations: number) => {
    lost += observations;
    handOver();
  };
  return { publisher, broker, log, ring, handOver, observe, advance, lose };
}

/** Last topic level and content of everything a client was given to send. */
const sent = (client: FakeClient) =>
  client.sent.map(({ topic, payload }) => ({
    level: topic.split("/").at(-1),
    json: JSON.parse(healthText(Buffer.from(payload))),
  }));

const levels = (client: FakeClient): string =>
  sent(client)
    .map(({ level }) => level)
    .join(" ");

function answerAll(client: FakeClient): void {
  for (const { answer } of client.sent) answer();
}

test("state and birth go first; an alias is born before the first batch that uses it", () => {
  const { broker, observe, advance } = setUp();
  broker.last.connack();
  assert.is(levels(broker.last), "state birth");
  observe(STATUS, 8);
  assert.is(levels(broker.last), "state birth ev");
  observe(POWER, 7_360);
  advance(1_000);
  assert.is(levels(broker.last), "state birth ev birth m");
  const [, firstBirth, event, birth, batch] = sent(broker.last);
  assert.equal(firstBirth?.json.channels, {});
  assert.equal(birth?.json.assets, ["abcdefghijklmnop", "ponmlkjihgfedcba"]);
  assert.equal(Object.keys(birth?.json.channels), Object.keys(batch?.json.m));
  assert.equal([event?.json.q, batch?.json.q], [0, 1]);
  assert.ok(sent(broker.last).every(({ json }) => json.b === "ghjkmnpqrs"));
});

test("a session's end gives its figures, and a state of health that is retained and does not expire", () => {
  const { broker, observe } = setUp({ features: true });
  broker.last.connack();
  observe(eventChannel("stoppedReason"), stopReason("PowerLoss"));
  assert.is(levels(broker.last), "state birth ev f soh");
  const [, , , features, health] = sent(broker.last);
  assert.equal([features?.json.failed, features?.json.cusum, features?.json.q, health?.json.q], [1, 0, 1, 2]);
  assert.equal(
    [health?.json.model, health?.json.soh, health?.json.coverage, health?.json.confidence],
    [4, 100, 18.6, 0.3721],
  );
  assert.equal(
    health?.json.by.map(({ ind, evidence }: { ind: string; evidence: number }) => [ind, evidence]),
    [
      ["thermalResistance", 0],
      ["failureRate", 1],
      ["cooling", 0],
      ["deliveredPower", 0],
      ["meter", 0],
      ["supply", 0],
      ["voltageStability", 0],
    ],
  );
  const [, , event, , retained] = broker.last.sent.map(({ options }) => options);
  assert.equal([event?.retain, retained?.retain], [false, true]);
  assert.is(retained?.properties?.messageExpiryInterval, undefined);
});

test("for a home there are no figures of sessions, no habits and no minutes; birth and messages say so", () => {
  const privacy = { profile: "home", withhold: ["Voltage"] } as const;
  const { broker, ring, handOver, publisher } = setUp({ features: true, privacy });
  broker.last.connack();
  const at = epochMs(EPOCH + 123_456);
  ring.now = at;
  const voltage = meterChannel(measurandNo("Voltage"), baseUnitNo("V"), 0, 0);
  for (const [channel, value] of [
    [POWER, 7_360],
    [voltage, 230],
    [STATUS, 8],
    [eventChannel("stoppedReason"), stopReason("Local")],
  ] as const) {
    ring.push(0, 1, 1, channel, at, value, 0);
  }
  handOver();
  publisher.flush();
  assert.is(levels(broker.last), "state birth ev soh");
  const [, birth, event, health] = sent(broker.last);
  assert.equal([birth?.json.privacy, birth?.json.channels], ["home", {}]);
  const quarter = Math.floor(at / 900_000) * 900_000;
  assert.equal([event?.json.t, event?.json.r, health?.json.t], [quarter, quarter, quarter]);
  assert.equal(broker.last.sent.at(-1)?.options.properties?.userProperties, { pv: "home" });
  assert.is(publisher.stats().withheld, 2);
});

test("new firmware has the whole station learnt anew; doubtful observations and the station itself are not judged", () => {
  const { broker, ring, handOver, publisher, advance } = setUp({ features: true, queueCapacity: 1_000 });
  broker.last.connack();
  const stopped = eventChannel("stoppedReason");
  ring.push(0, 1, 1, stopped, epochMs(EPOCH), stopReason("Local"), 1);
  ring.push(1, 0, 0, stopped, epochMs(EPOCH), stopReason("Local"), 0);
  handOver();
  assert.is(publisher.stats().sessionsAnalysed, 0);
  const session = (no: number) =>
    playSession(
      { startMs: EPOCH + no * 7_200_000, theta: 0.0008, ambient: 15, ampere: 200, minutes: 45, reason: "Local" },
      (channel, at, value) => ring.push(0, 1, 1, channel, epochMs(at), value, 0),
    );
  const judged = () => {
    handOver();
    // Births keep a distance, and the first needs one.
    advance(100);
    answerAll(broker.last);
    return sent(broker.last).findLast(({ level }) => level === "f")?.json;
  };
  for (let i = 0; i < 51; i += 1) {
    session(i);
    if (i < 50) judged();
  }
  assert.is(typeof judged().z, "number");
  ring.push(1, 0, 0, eventChannel("firmwareStatus"), epochMs(EPOCH), INSTALLED, 0);
  session(51);
  assert.is(judged().z, undefined);
  assert.is(publisher.stats().sessionsAnalysed, 52);
});

test("a session out of the usual makes a scene, whose chunks go to the asset's own topic as snapshots", () => {
  const dashcam = { ...healthConfig({ url: "mqtt://broker" }).dashcam, enabled: true, directory: tempDir() };
  const { broker, ring, handOver, publisher, advance } = setUp({ features: true, queueCapacity: 1_000, dashcam });
  broker.last.connack();
  const session = (no: number, theta: number) => {
    playSession(
      { startMs: EPOCH + no * 7_200_000, theta, ambient: 15, ampere: 200, minutes: 45, reason: "Local" },
      (channel, at, value) => ring.push(0, 1, 1, channel, epochMs(at), value, 0),
    );
    handOver();
    advance(100);
    answerAll(broker.last);
  };
  for (let i = 0; i < 51; i += 1) session(i, 0.0008);
  session(51, 0.0016);
  advance(61_000);
  advance(1_001);
  answerAll(broker.last);
  assert.is(publisher.stats().scenes, 1);
  const chunks = sent(broker.last).filter(({ level }) => level === "scene");
  assert.equal(
    chunks.map(({ json }) => [json.id, json.n, json.of]),
    [["ghjkmnpqrs-1", 1, 1]],
  );
  assert.is(publisher.stats().tripwireHits, 0);
});

test("births keep a distance, and what needs one waits for it", () => {
  const { broker, observe, advance, publisher } = setUp({ batchMs: 10 });
  broker.last.connack();
  advance(200);
  for (let phase = 0; phase < 5; phase += 1) {
    observe(meterChannel(22, 4, phase, 0), 1);
    publisher.flush();
    advance(10);
  }
  assert.is(levels(broker.last), "state birth birth m");
  advance(100);
  assert.is(levels(broker.last), "state birth birth m birth m m m m");
});

test("a new asset is announced within the birth lag even when it sends nothing new", () => {
  const { broker, handOver, advance } = setUp();
  broker.last.connack();
  advance(500);
  handOver();
  advance(DEFAULT_TUNING.birthLagMs - 1);
  assert.is(levels(broker.last), "state birth");
  advance(1);
  assert.is(levels(broker.last), "state birth birth");
  advance(10_000);
  assert.is(levels(broker.last), "state birth birth");
});

test("after a reconnect: state, birth, then what was not acknowledged, newest event first and with its old numbers", () => {
  const { broker, observe, advance } = setUp();
  const first = broker.last;
  first.connack();
  for (const status of [1, 2, 3]) observe(STATUS, status);
  first.sent[2]?.answer();
  first.emit("close");
  observe(STATUS, 4);
  advance(2_000);
  broker.last.connack();
  assert.is(levels(broker.last), "state birth ev ev ev");
  assert.equal(
    sent(broker.last).flatMap(({ json }) => json.q ?? []),
    [3, 2, 1],
  );
});

test("what does not fit while the broker is away is told in one gap, which does not push out anything else", () => {
  const { broker, observe, advance, publisher } = setUp();
  for (let i = 0; i < 25; i += 1) observe(STATUS, i % 9);
  assert.is(publisher.stats().dropped, 15);
  assert.is(publisher.stats().pending, 10);
  broker.last.connack();
  advance(100);
  answerAll(broker.last);
  const gap = sent(broker.last).find(({ level }) => level === "gap");
  assert.equal(gap?.json, { b: "ghjkmnpqrs", q: 25, t: EPOCH + 100, observations: 15, messages: 15, from: 0, to: 14 });
  assert.equal(
    sent(broker.last).flatMap(({ json }) => json.q ?? []),
    [24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 25],
  );
  assert.equal([publisher.stats().pending, publisher.stats().dropped], [0, 15]);
  assert.is(publisher.stats().published, 2 + 11);
});

test("what was lost before it reached the worker is told as well", () => {
  const { broker, lose, advance } = setUp();
  broker.last.connack();
  lose(7);
  lose(5);
  advance(100);
  const gaps = () => sent(broker.last).filter(({ level }) => level === "gap");
  assert.equal(
    gaps().map(({ json }) => [json.observations, json.messages]),
    [[12, undefined]],
  );
  advance(100);
  assert.is(gaps().length, 1);
});

test("a message that looks like personal data is held back, counted, and raises an alarm that does not repeat it", () => {
  const { broker, publisher, ring, handOver, advance, log } = setUp();
  broker.last.connack();
  // Extraction refuses such a number; here something has gone wrong.
  ring.push(0, 1, 0, POWER, epochMs(EPOCH), 262_011_234_567_890, 0);
  handOver();
  advance(1_000);
  assert.not.ok(levels(broker.last).includes("m"));
  assert.equal([publisher.stats().tripwireHits, publisher.stats().dropped, publisher.stats().pending], [1, 1, 0]);
  const alarm = log.find((line) => line.startsWith("error"));
  assert.match(alarm ?? "", /IMSI/);
  assert.not.ok(log.some((line) => line.includes("262011234567890")));
});

test("batches of a boot that found no broker are sent by the next one, after the birth that explains them", () => {
  const spoolDirectory = tempDir();
  const killed = setUp({}, { spoolDirectory });
  killed.observe(POWER, 7_360);
  killed.advance(1_000);
  assert.is(killed.publisher.stats().pending, 0);
  assert.is(killed.publisher.stats().spooled, 2);
  const { broker, observe } = setUp({}, { spoolDirectory, bootId: "tvwxyztvwx" });
  broker.last.connack();
  observe(STATUS, 1);
  assert.is(levels(broker.last), "state birth birth m ev");
  const [, , birth, batch, event] = sent(broker.last);
  assert.equal([birth?.json.b, batch?.json.b, event?.json.b], ["ghjkmnpqrs", "ghjkmnpqrs", "tvwxyztvwx"]);
  assert.equal(Object.keys(birth?.json.channels), Object.keys(batch?.json.m));
  assert.is(broker.last.sent[2]?.options.retain, false);
});

test("a boot that finds its broker late sends no birth twice", () => {
  const { broker, observe, advance } = setUp({}, { spoolDirectory: tempDir() });
  observe(POWER, 7_360);
  advance(1_000);
  broker.last.connack();
  assert.is(levels(broker.last), "state birth m");
});

test("what waited longer than its expiry is not sent, and what waited long has less of it left", () => {
  const { broker, observe, advance, publisher } = setUp();
  observe(STATUS, 1);
  observe(POWER, 1);
  advance(1_000);
  advance(604_000_000);
  observe(STATUS, 2);
  advance(800_000);
  broker.last.connack();
  const events = broker.last.sent.filter(({ topic }) => topic.endsWith("/ev"));
  assert.equal(
    events.map(({ options }) => options.properties?.messageExpiryInterval),
    [604_000],
  );
  assert.not.ok(levels(broker.last).includes(" m"));
  assert.is(publisher.stats().dropped, 2);
});

test("counters follow the broker's answers", () => {
  const { broker, observe, publisher } = setUp();
  broker.last.connack();
  for (const status of [1, 2]) observe(STATUS, status);
  const [state, birth, first, second] = broker.last.sent;
  state?.answer();
  birth?.answer();
  first?.answer();
  second?.answer(withCode("Publish error: Not authorized", 0x87));
  const { published, publishedBytes, refusedByBroker, dropped, pending } = publisher.stats();
  const bytes = [state, birth, first].reduce((sum, message) => sum + Buffer.byteLength(message?.payload ?? ""), 0);
  assert.equal([published, publishedBytes, refusedByBroker, dropped, pending], [3, bytes, 1, 1, 0]);
});

test("at the end everything leaves: open batches, then the good-bye", () => {
  const { broker, observe, publisher, advance } = setUp();
  broker.last.connack();
  advance(200);
  observe(POWER, 1);
  publisher.flush();
  assert.ok(publisher.isBusy);
  answerAll(broker.last);
  publisher.announceEnd();
  assert.is(levels(broker.last), "state birth birth m state");
  assert.is(sent(broker.last).at(-1)?.json.state, "offline");
  assert.ok(publisher.isBusy);
  answerAll(broker.last);
  assert.not.ok(publisher.isBusy);
});

test("while it yields nothing is published but the state; the oldest are dropped, counted, and told of afterwards", () => {
  const { broker, observe, publisher, advance } = setUp();
  publisher.throttle({ kind: "yield" });
  broker.last.connack();
  for (let i = 0; i < 25; i += 1) observe(STATUS, i % 9);
  advance(1_000);
  assert.is(levels(broker.last), "state");
  assert.equal([publisher.stats().dropped, publisher.stats().pending], [15, 10]);
  publisher.throttle({ kind: "free" });
  advance(100);
  assert.equal(
    sent(broker.last).flatMap(({ json }) => json.q ?? []),
    [15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
  );
  assert.is(sent(broker.last).find(({ level }) => level === "gap")?.json.observations, 15);
});

test("with a budget it publishes until that is spent, asks once for more, and gets no further without", () => {
  const { broker, observe, publisher, advance, log } = setUp();
  publisher.throttle({ kind: "budget", bytes: 0, overheadBytes: 90 });
  broker.last.connack();
  for (let i = 0; i < 5; i += 1) observe(STATUS, i);
  advance(1_000);
  assert.is(levels(broker.last), "state");
  const asked = () => log.filter((line) => line === "spent").length;
  assert.is(asked(), 1);
  // What the state has cost, and one byte: enough for the birth, which overdraws.
  const state = broker.last.sent[0];
  const cost = ({ topic = "", payload = "" }: { topic?: string; payload?: string | Buffer } = {}) =>
    topic.length + payload.length + 48 + 90;
  publisher.throttle({ kind: "budget", bytes: cost(state) + 1, overheadBytes: 90 });
  assert.is(levels(broker.last), "state birth");
  assert.is(asked(), 2);
  publisher.throttle({ kind: "budget", bytes: cost(broker.last.sent[1]), overheadBytes: 90 });
  advance(1_000);
  assert.is(levels(broker.last), "state birth ev");
  assert.is(asked(), 3);
  publisher.throttle({ kind: "free" });
  assert.is(levels(broker.last), "state birth ev ev ev ev ev");
});

test("no text of any official message, and no identifier in it, is in anything published", () => {
  const schemas = OCPP_VERSIONS.map((version) => ({ version, requests: requestSchemas(version) }));
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { broker, publisher, ring, handOver, advance } = setUp({ features: true, queueCapacity: 10_000 });
      const sink: ObservationSink = {
        observe: (evse, connector, channel, at, value, quality) =>
          ring.push(evse === 0 ? 1 : 0, evse, connector, channel, at, value, quality),
      };
      const leaves = canaryLeaves(seededRandom(seed));
      for (const { version, requests } of schemas) {
        const context = { receivedAt: epochMs(Date.UTC(2026, 3, 1)), sink, memory: new TelemetryMemory() };
        for (const { action, fill } of requests) extract(version, call(action, fill(leaves)), context);
      }
      // By chance no session ends in one run or another; here one does, after all the rest.
      sink.observe(1, 1, eventChannel("stoppedReason"), epochMs(Date.UTC(2026, 3, 1)), stopReason("Local"), 0);
      handOver();
      publisher.flush();
      broker.last.connack();
      advance(200);
      answerAll(broker.last);
      const everything = broker.last.sent.map(({ topic, payload }) => topic + payload).join("\n");
      for (const level of ["m", "ev", "birth", "f", "soh"]) assert.ok(levels(broker.last).split(" ").includes(level));
      assert.not.ok(everything.includes("CANARY"));
      for (const identifier of leaves.numbers) assert.not.ok(everything.includes(String(identifier)));
      assert.is(publisher.stats().tripwireHits, 0);
    }),
    { numRuns: 60 },
  );
});

test("a large batch is deflated, and says so; a small message stays text", () => {
  const { broker, observe, advance, publisher } = setUp({ deflate: true });
  const client = broker.last;
  client.connack();
  for (let i = 0; i < 100; i += 1) {
    observe(POWER, 7_000 + i);
    advance(1);
  }
  observe(STATUS, 1);
  publisher.flush();
  const of = (level: string) => client.sent.find(({ topic }) => topic.endsWith(level));
  const [batch, event] = [of("/m"), of("/ev")];
  assert.instance(batch?.payload, Buffer);
  assert.equal(batch?.options.properties?.userProperties, { enc: "deflate" });
  assert.is(batch?.options.properties?.payloadFormatIndicator, false);
  assert.is(JSON.parse(healthText(Buffer.from(batch?.payload ?? ""))).m["0"].length, 200);
  assert.type(event?.payload, "string");
  assert.is(event?.options.properties?.userProperties, undefined);
  const { bytesOut, samplesIn, pointsOut } = publisher.stats();
  assert.equal([samplesIn, pointsOut], [100, 100]);
  assert.ok(bytesOut > client.sent.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0));
});

test.run();
