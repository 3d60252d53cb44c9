// deadline: 120s
/** Outages, full quotas and brokers that are hard to please: nothing is lost within the quota, and every loss is told. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { healthConfig } from "../support/health.ts";
import { startBroker, startLane, watch } from "../support/health-lane.ts";
import { freePort, hasMosquitto, type Subscriber } from "../support/mosquitto.ts";
import { faulted16 } from "../support/ocpp-messages.ts";
import { requires } from "../support/requires.ts";
import { scenario } from "../support/scenario.ts";
import { startStrictBroker } from "../support/strict-broker.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const withMosquitto = requires("mosquitto", hasMosquitto());
const EVENTS = 1_600;
const PATIENCE_MS = 40_000;
const MEGABYTE = 1_048_576;
/** All of them fit before the first hand-over. */
const ringCapacity = 4 * EVENTS;

const at = (no: number) => new Date(1_770_000_000_000 + no * 1_000).toISOString();
const numbersOf = (watcher: Subscriber) => new Set(watcher.messages.map(({ json }) => json.q as number | undefined));

withMosquitto(
  "two outages of thousands of messages: all of them arrive, newest event first, the disk is free again and memory is flat",
  scenario(async (defer) => {
    const port = await freePort();
    const config = healthConfig({ url: `mqtt://127.0.0.1:${port}` }, { queueCapacity: 16, ringCapacity });
    const lane = await startLane(defer, config, { spoolDirectory: tempDir() });
    const memory: number[] = [];
    let sent = 0;
    for (let outage = 1; outage <= 2; outage += 1) {
      for (let no = 0; no < EVENTS; no += 1) lane.feed(faulted16(at(no)));
      await until("all to be on disk", () => (lane.stats().spooled ?? 0) >= EVENTS, PATIENCE_MS);
      const waiting = lane.stats().spooled ?? 0;
      // Nothing goes before somebody reads.
      lane.throttle({ kind: "yield" });
      const broker = await startBroker(defer, { port });
      const watcher = await watch(defer, broker.url);
      lane.throttle({ kind: "free" });
      await until("all to arrive", () => watcher.on("/ev").length >= waiting, PATIENCE_MS);
      await until("the disk to be free", () => lane.stats().spooled === 0, PATIENCE_MS);
      const numbers = numbersOf(watcher);
      for (let q = sent; q < sent + waiting; q += 1) assert.ok(numbers.has(q), `${q} is missing`);
      sent += waiting;
      assert.equal(watcher.on("/gap"), []);
      assert.is(watcher.on("/ev")[0]?.json.q, sent - 1);
      memory.push(process.memoryUsage().rss / MEGABYTE);
      await watcher.close();
      await broker.stop();
      await until("the loss to be noticed", () => !lane.stats().connected, PATIENCE_MS);
    }
    const [first = 0, second = 0] = memory;
    assert.ok(second < first + 64, `${first} MB, then ${second} MB`);
    assert.is(lane.stats().droppedInRing + lane.stats().droppedInWorker, 0);
  }),
);

withMosquitto(
  "beyond the quota the oldest go, and the gaps say exactly which numbers may be missing",
  scenario(async (defer) => {
    const port = await freePort();
    const spool = { enabled: true, maxBytes: MEGABYTE };
    const config = healthConfig({ url: `mqtt://127.0.0.1:${port}` }, { queueCapacity: 16, ringCapacity, spool });
    const lane = await startLane(defer, config, { spoolDirectory: tempDir() });
    for (let no = 0; no < EVENTS; no += 1) lane.feed(faulted16(at(no)));
    await until("an overflow", () => lane.stats().droppedInWorker > EVENTS, PATIENCE_MS);
    assert.ok((lane.stats().spoolBytes ?? 0) < MEGABYTE, String(lane.stats().spoolBytes));
    lane.throttle({ kind: "yield" });
    const broker = await startBroker(defer, { port });
    const watcher = await watch(defer, broker.url);
    lane.throttle({ kind: "free" });
    await until("the gap", () => watcher.on("/gap").length > 0, PATIENCE_MS);
    await until("the disk to be free", () => lane.stats().spooled === 0, PATIENCE_MS);
    const numbers = numbersOf(watcher);
    const highest = Math.max(...watcher.messages.map(({ json }) => Number(json.q ?? 0)));
    const missing = Array.from({ length: highest }, (_, q) => q).filter((q) => !numbers.has(q));
    const gaps = watcher.on("/gap").map(({ json }) => json);
    assert.ok(missing.length > EVENTS / 10);
    assert.ok(missing.every((q) => gaps.some(({ from, to }) => q >= from && q <= to)));
    assert.is(
      gaps.reduce((sum, { messages }) => sum + messages, 0),
      missing.length,
    );
    assert.is(
      gaps.reduce((sum, { observations }) => sum + observations, 0),
      lane.stats().droppedInWorker,
    );
  }),
);

test(
  "a broker that acknowledges late and hangs up with 0x93 gets every message, repeats under their old number, and never one too many at a time",
  scenario(async (defer) => {
    const broker = await startStrictBroker({ receiveMaximum: 20, ackDelayMs: 5, hangUpEvery: 200 });
    defer(broker.close);
    const lane = await startLane(defer, healthConfig({ url: broker.url }, { ringCapacity }), {
      spoolDirectory: tempDir(),
    });
    for (let no = 0; no < EVENTS; no += 1) lane.feed(faulted16(at(no)));
    await until("all to arrive", () => broker.received.size >= EVENTS, PATIENCE_MS);
    await until("the disk to be free", () => lane.stats().spooled === 0, PATIENCE_MS);
    const repeats = [...broker.received.values()].reduce((sum, times) => sum + times - 1, 0);
    assert.ok(broker.hangUps > 3);
    assert.is(broker.violations, 0);
    assert.ok(repeats > 0 && repeats <= 20 * broker.hangUps, `${repeats} repeats`);
    assert.not.ok(broker.levels.includes("gap"));
    assert.is(lane.stats().droppedInRing + lane.stats().droppedInWorker, 0);
    assert.is(lane.stats().connects, broker.hangUps + 1);
  }),
);

test.run();
