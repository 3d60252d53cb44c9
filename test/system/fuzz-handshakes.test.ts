// deadline: 300s
/**
 * 10 000 hostile handshakes: the process stays up, its memory flat, connected stations notice nothing, and the limits of an
 * address, when they are on, keep a flood out (field-lessons 3, 38).
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeCa } from "../support/certs.ts";
import { type GatewayProcess, pause, SLOWNESS, startGatewayProcess } from "../support/gateway-process.ts";
import { type CitizensReport, changedLatency, type GoodCitizens, startGoodCitizens } from "../support/good-citizens.ts";
import { type Neighbour, reportBoth, startNeighbour } from "../support/neighbour.ts";
import { seededRandom } from "../support/scripted-fleet.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const HANDSHAKES = 10_000;
const SIDE_BY_SIDE = 24;
/** Between two of them on each side: some 250 a second in all, which leaves the machine time for others. */
const PAUSE_MS = 60;
/** Sockets that say little and stay; the gateway has to end them itself. */
const SLOW = 200;
const QUIET_MS = 4_000;
const GROWTH_BYTES = 24 * 1024 * 1024;

const seed = Number(process.env["TWINLANE_TEST_SEED"] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const int = (n: number) => Math.floor(random() * n);
const server = makeCa().issue({ cn: "localhost", for: "server" });
let citizens: GoodCitizens;
let gateway: GatewayProcess;
let neighbour: Neighbour;
let quiet: CitizensReport;

const document = (limits: object) => ({
  listen: [{ port: 0 }, { port: 0, tls: { cert: { file: server.certFile }, key: { file: server.keyFile } } }],
  stations: [
    { match: "GOOD-*", securityProfile: 0, csms: { url: citizens.csmsUrl } },
    { match: "LOCKED-*", securityProfile: 1, password: { env: "TWINLANE_TEST_KEY" } },
  ],
  limits: { probeMs: 300, ...limits },
});

test.before(async () => {
  console.log(`seed ${seed} (TWINLANE_TEST_SEED)`);
  process.env["TWINLANE_TEST_KEY"] = "correct horse battery";
  citizens = await startGoodCitizens();
  gateway = await startGatewayProcess(
    tempDir(),
    document({ connectionsPerAddress: 0, connectRatePerAddress: 0 }),
    true,
  );
  await citizens.connect(gateway.urls[0] ?? "");
  neighbour = await startNeighbour();
});
test.after(async () => {
  await Promise.all([citizens.stop(), neighbour.stop()]);
});

const portOf = (index: number) => Number(new URL(gateway.urls[index] ?? "").port);

const upgrade = (path: string, ...headers: readonly string[]): string =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: gateway",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
    "\r\n",
  ].join("\r\n");

const basic = (text: string) => `Authorization: Basic ${Buffer.from(text).toString("base64")}`;
const protocol = "Sec-WebSocket-Protocol: ocpp1.6";
const noise = (length: number) => Buffer.from(Array.from({ length }, () => int(256)));

/** Requests over plain TCP. */
const REQUESTS: readonly (() => string | Buffer)[] = [
  () => upgrade(`/GOOD-${int(20)}`, protocol).slice(0, int(150)),
  () => noise(1 + int(500)),
  () => upgrade("/GOOD-0", protocol, `X-Long: ${"x".repeat(20_000)}`),
  () => upgrade("/GOOD-0", protocol, ...Array.from({ length: 500 }, (_, i) => `X-${i}: y`)),
  () => upgrade(`/${"x".repeat(5_000)}`, protocol),
  // escapes that are none, or that try to leave the path
  () => upgrade("/GOOD-%", protocol),
  () => upgrade("/%c3%28%00%ff", protocol),
  () => upgrade("/GOOD-1%2f..%2f..%2fetc", protocol),
  () => upgrade("/../../../GOOD-1", protocol),
  () => upgrade("//@:/%20", protocol),
  () => upgrade(`/UNKNOWN-${int(1e9)}`, protocol),
  () => upgrade("/LOCKED-1", protocol),
  () => upgrade("/LOCKED-1", protocol, basic(`LOCKED-1:wrong${int(1e9)}`)),
  () => upgrade("/LOCKED-1", protocol, "Authorization: Basic ====="),
  () => upgrade("/LOCKED-1", protocol, `Authorization: Bearer ${"a".repeat(3000)}`),
  () => upgrade("/GOOD-1", protocol, "Origin: http://evil.example"),
  () => upgrade("/GOOD-1", protocol).replace("Version: 13", `Version: ${int(99)}`),
  () => upgrade("/GOOD-1", protocol).replace(/Key: .*/, "Key: short"),
  () => upgrade("/GOOD-1", protocol).replace("GET", "POST"),
  () => upgrade("/GOOD-1", protocol).replace("HTTP/1.1", "HTTP/9.9"),
  () => upgrade("/LATE-1", "Sec-WebSocket-Protocol: ocpp9.9, , ,,"),
  () => "GET / HTTP/1.1\r\nHost: gateway\r\n\r\n",
  () => `POST /GOOD-1 HTTP/1.1\r\nHost: g\r\nContent-Length: 999999999\r\n\r\n${"x".repeat(2000)}`,
  () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  // a second connection under the name of a station that is there (newcomer.ts)
  () => upgrade(`/GOOD-${int(20)}`, protocol),
  () => "",
];

/** One hostile handshake: opens, says its piece, and stays until it is refused or it has seen enough. */
function attempt(open: () => Socket, bytes: string | Buffer, stayMs: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = open();
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.once("close", () => resolve());
    socket.write(bytes);
    setTimeout(() => socket.destroy(), stayMs);
  });
}

function hostileHandshake(): Promise<void> {
  const roll = random();
  const plain = () => connectTcp(portOf(0), "127.0.0.1");
  const tls = () => connectTcp(portOf(1), "127.0.0.1");
  // Nothing is said, or it is not waited for an answer.
  if (roll < 0.1) return attempt(plain, "", int(3));
  if (roll < 0.2) return attempt(tls, noise(1 + int(300)), int(30));
  if (roll < 0.25)
    return attempt(tls, Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), noise(400)]), 20);
  const request = (REQUESTS[int(REQUESTS.length)] as () => string | Buffer)();
  if (roll < 0.35) {
    const open = () => connectTls({ port: portOf(1), host: "127.0.0.1", rejectUnauthorized: false });
    return attempt(open, request, 100);
  }
  return attempt(plain, request, 30 + int(40));
}

async function flood(count: number): Promise<void> {
  let left = count;
  const one = async () => {
    for (; left > 0; left -= 1) {
      await hostileHandshake();
      await pause(PAUSE_MS * 2 * random());
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, one));
}

test("good stations are served in a quiet gateway", async () => {
  await pause(1_000);
  await citizens.report();
  await pause(QUIET_MS);
  quiet = await citizens.report();
  show("quiet", quiet);
  assert.ok(quiet.count > 400 && quiet.failures === 0);
});

test("10 000 hostile handshakes: the process is up, its memory flat, connected stations notice nothing", async () => {
  await flood(HANDSHAKES / 4);
  const before = await gateway.memory();
  await reportBoth(citizens, neighbour);
  const startedAt = performance.now();
  await flood(HANDSHAKES);
  const tookSec = (performance.now() - startedAt) / 1000;
  const { here: flooded, beside } = await reportBoth(citizens, neighbour);
  show("flood", flooded);
  show("beside it", beside);
  const after = await gateway.memory();
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
  console.log(`${HANDSHAKES} handshakes in ${tookSec.toFixed(1)} s; memory ${mib(before)} → ${mib(after)} MiB`);
  assert.ok(gateway.isUp);
  assert.is(flooded.failures, 0);
  assert.is(flooded.disconnects, 0, "nobody who proves nothing can replace a station that answers");
  assert.is(changedLatency(flooded, quiet, beside), undefined);
  assert.ok(after - before < GROWTH_BYTES, `grew by ${mib(after - before)} MiB`);
  assert.ok((await gateway.metric('twinlane_connections_total{outcome="refused"}')) > HANDSHAKES / 4);
  assert.is(await gateway.metric("twinlane_stations_connected"), 20);
});

test("sockets that send their request drop by drop, or nothing, are ended by the gateway", async () => {
  const sockets: Socket[] = [];
  const request = upgrade("/GOOD-1", protocol);
  for (let i = 0; i < SLOW; i += 1) {
    const socket = connectTcp(portOf(i % 4 === 3 ? 1 : 0), "127.0.0.1");
    socket.on("error", () => undefined);
    sockets.push(socket);
  }
  let sent = 0;
  const drip = setInterval(() => {
    for (const [i, socket] of sockets.entries())
      if (i % 2 === 0 && socket.writable) socket.write(request[sent % 40] ?? "");
    sent += 1;
  }, 200);
  await until("all of them to be ended", () => sockets.every(({ closed }) => closed), 15_000 * SLOWNESS);
  clearInterval(drip);
  const dripped = await citizens.report();
  show("slow handshakes", dripped);
  assert.is(dripped.disconnects, 0);
});

test("with the limits of an address on, a flood is refused at the door and stations that are connected stay", async () => {
  assert.equal(
    gateway.log.filter(({ level }) => level >= 50),
    [],
  );
  assert.is(await gateway.kill("SIGTERM"), 143);
  const { failures, disconnects } = await citizens.report();
  gateway = await startGatewayProcess(tempDir(), document({ connectionsPerAddress: 60, connectRatePerAddress: 500 }));
  await citizens.connect(gateway.urls[0] ?? "");
  await flood(HANDSHAKES / 4);
  const after = await citizens.report();
  show("flood against limits", after);
  assert.is(after.failures, failures);
  assert.is(after.disconnects, disconnects);
  assert.is(await gateway.metric("twinlane_stations_connected"), 20);
  // After a hundred too many the address is kept out altogether; whoever is connected stays.
  const turnedAway = ['twinlane_connections_total{outcome="refused"}', "twinlane_kept_out_total"];
  const [refused = 0, keptOut = 0] = await Promise.all(turnedAway.map((name) => gateway.metric(name)));
  assert.ok(refused + keptOut > HANDSHAKES / 4 - 600, `${refused} refused, ${keptOut} kept out`);
  assert.is(await gateway.kill("SIGTERM"), 143);
});

function show(phase: string, { count, p50, p99, max }: CitizensReport): void {
  console.log(
    `${phase}: ${count} calls, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, worst ${max.toFixed(1)} ms`,
  );
}

test.run();
