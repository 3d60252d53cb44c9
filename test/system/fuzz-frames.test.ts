// deadline: 300s
/**
 * 100 000 malformed frames from hostile stations and from a hostile CSMS: the process stays up, its memory flat, and the good
 * stations beside them notice nothing (field-lessons 40; the malformed-input table of docs/protocol.md).
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type WebSocket, WebSocketServer } from "ws";
import { type GatewayProcess, pause, startGatewayProcess } from "../support/gateway-process.ts";
import { type CitizensReport, changedLatency, type GoodCitizens, startGoodCitizens } from "../support/good-citizens.ts";
import { hostileBytes, hostileTexts } from "../support/hostile-frames.ts";
import { type Neighbour, reportBoth, startNeighbour } from "../support/neighbour.ts";
import { frame, RawWebSocket } from "../support/raw-websocket.ts";
import { seededRandom } from "../support/scripted-fleet.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const FRAMES = 100_000;
const HOSTILE_STATIONS = 16;
/** Malformed frames of each side between two heartbeats; below the limit at which the connection is closed. */
const BATCH = 30;
/** Between two batches of a station: some 5 000 frames a second in all, which leaves the gateway time for others. */
const BATCH_EVERY_MS = 180;
const BROKEN_CONNECTIONS = 1_200;
/** Some 70 new connections a second: what is asked is what they break, not how many a gateway can take. */
const BROKEN_EVERY_MS = 80;
const QUIET_MS = 5_000;
/** What the heap may keep after warming up: fragmentation, compiled code; a leak of 1 KiB a frame would be 90 MiB. */
const GROWTH_BYTES = 24 * 1024 * 1024;

const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const nextText = hostileTexts(random, seed);
const nextBytes = hostileBytes(random);
let citizens: GoodCitizens;
let gateway: GatewayProcess;
let neighbour: Neighbour;
let hostileCsms: WebSocketServer;
let quiet: CitizensReport;
let sent = 0;

test.before(async () => {
  console.log(`seed ${seed} (TWINLANE_TEST_SEED)`);
  citizens = await startGoodCitizens();
  hostileCsms = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 1 << 20 });
  hostileCsms.on("connection", tormentFromNorth);
  await once(hostileCsms, "listening");
  const document = {
    listen: { port: 0 },
    stations: [
      { match: "GOOD-*", csms: { url: citizens.csmsUrl } },
      { match: "EVIL-*", csms: { url: `ws://127.0.0.1:${(hostileCsms.address() as AddressInfo).port}` } },
    ],
    limits: {
      connectionsPerAddress: 0,
      connectRatePerAddress: 0,
      malformedInARow: 100,
      callTimeoutSec: 1,
      stationCallTimeoutSec: 1,
    },
    // Whoever is kept out breaks nothing more.
    intrusion: { quarantineMin: 0 },
    backoff: { minSec: 0.1, maxSec: 0.5, jitterSec: 0.1 },
  };
  gateway = await startGatewayProcess(tempDir(), document, true);
  await citizens.connect(gateway.urls[0] ?? "");
  neighbour = await startNeighbour();
});
test.after(async () => {
  await Promise.all([citizens.stop(), neighbour.stop()]);
  for (const client of hostileCsms.clients) client.terminate();
  hostileCsms.close();
});

/** Answers what can be answered, after a batch of frames that cannot. */
function tormentFromNorth(ws: WebSocket): void {
  ws.on("error", () => undefined);
  ws.on("message", (data) => {
    const id = idOf(String(data));
    const isHeartbeat = String(data).startsWith('[2,"hb');
    for (let i = 0; isHeartbeat && i < BATCH; i += 1) {
      ws.send(nextText(), { binary: false });
      sent += 1;
    }
    if (id !== undefined) ws.send(JSON.stringify([3, id, {}]));
  });
}

/** Id of a CALL, as it would have to be answered. */
function idOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value[0] === 2 ? value[1] : undefined;
  } catch {
    return undefined;
  }
}

/** One hostile station: batches of malformed frames, each followed by a good one whose answer it waits for. */
async function torment(no: number, until: number): Promise<void> {
  for (let round = 0; sent < until; ) {
    const raw = await RawWebSocket.open(`${gateway.urls[0]}/EVIL-${no}`);
    if (raw === undefined) {
      assert.ok(gateway.isUp);
      await pause(20);
      continue;
    }
    let answered: (() => void) | undefined;
    raw.onText = (text) => {
      if (text.startsWith('[3,"hb')) answered?.();
      const id = idOf(text);
      if (id !== undefined) raw.write(frame(Buffer.from(JSON.stringify([3, id, {}]))));
    };
    while (raw.isOpen && sent < until) {
      for (let i = 0; i < BATCH; i += 1) raw.write(frame(nextText()));
      sent += BATCH;
      round += 1;
      const answer = new Promise<void>((resolve) => {
        answered = resolve;
      });
      raw.write(frame(Buffer.from(`[2,"hb${no}-${round}","Heartbeat",{}]`)));
      await Promise.race([answer, raw.closed, pause(1_500)]);
      await pause(BATCH_EVERY_MS * random() * 2);
    }
    raw.destroy();
    await raw.closed;
  }
}

const tormentAll = (until: number) =>
  Promise.all(Array.from({ length: HOSTILE_STATIONS }, (_, no) => torment(no, until)));

test("good stations are served in a quiet gateway", async () => {
  await pause(1_000);
  await citizens.report();
  await pause(QUIET_MS);
  quiet = await citizens.report();
  show("quiet", quiet);
  assert.ok(quiet.count > 500 && quiet.failures === 0);
});

test("100 000 malformed frames from both sides: the process is up, its memory flat, good stations' latency unchanged", async () => {
  await tormentAll(FRAMES / 4);
  await breakConnections(BROKEN_CONNECTIONS / 4);
  const before = await settledMemory();
  await reportBoth(citizens, neighbour);
  const startedAt = performance.now();
  await tormentAll(FRAMES);
  const tookSec = (performance.now() - startedAt) / 1000;
  const tormented = await reportBoth(citizens, neighbour);
  show("malformed frames", tormented.here);
  show("beside it", tormented.beside);
  await breakConnections(BROKEN_CONNECTIONS);
  const broken = await reportBoth(citizens, neighbour);
  show("broken connections", broken.here);
  show("beside it", broken.beside);
  const after = await settledMemory();
  const malformed = await gateway.metric("twinlane_malformed_frames_total");
  console.log(`${sent} frames in ${tookSec.toFixed(1)} s, ${malformed} of them counted as malformed`);
  console.log(`memory ${mib(before)} MiB after a quarter, ${mib(after)} MiB at the end`);
  assert.ok(gateway.isUp);
  assert.ok(sent >= FRAMES);
  assert.ok(malformed > FRAMES / 4, "most were malformed, the others broke a schema");
  assert.ok(after - before < GROWTH_BYTES, `grew by ${mib(after - before)} MiB`);
  for (const { here, beside } of [tormented, broken]) {
    assert.is(here.failures, 0);
    assert.is(here.disconnects, 0);
    assert.is(changedLatency(here, quiet, beside), undefined);
  }
});

test("nothing of it made a lane or an actor fail, and the gateway stops in order", async () => {
  assert.is(await gateway.metric("twinlane_lane_errors_total"), 0);
  assert.is(await gateway.metric("twinlane_actor_restarts_total"), 0);
  assert.equal(
    gateway.log.filter(({ level }) => level >= 50),
    [],
  );
  assert.is(await gateway.kill("SIGTERM"), 143);
});

/** Connections that end in the middle of broken WebSocket traffic; the gateway has to close each of them itself. */
async function breakConnections(count: number): Promise<void> {
  let left = count;
  const one = async (no: number): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      const raw = await RawWebSocket.open(`${gateway.urls[0]}/EVIL-B${no}`);
      if (raw === undefined) continue;
      raw.write(nextBytes());
      sent += 1;
      // Some of it is only the beginning of a frame, which the gateway waits for; then this end goes away.
      await Promise.race([raw.closed, pause(30)]);
      raw.destroy();
      await raw.closed;
      await pause(BROKEN_EVERY_MS * 2 * random());
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, no) => one(no)));
}

/** Memory when all hostile connections have ended on both sides. */
async function settledMemory(): Promise<number> {
  await until("hostile stations to be gone", async () => (await gateway.metric("twinlane_stations_connected")) === 20);
  await until("links to the hostile CSMS to be gone", () => hostileCsms.clients.size === 0);
  return gateway.memory();
}

function show(phase: string, { count, p50, p99, max }: CitizensReport): void {
  console.log(
    `${phase}: ${count} calls, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, worst ${max.toFixed(1)} ms`,
  );
}

const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

test.run();
