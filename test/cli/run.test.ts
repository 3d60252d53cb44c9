// deadline: 120s
/** The daemon as a process: real configuration file, real sockets, real signals. */
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket, WebSocketServer } from "ws";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { tempDir } from "../support/temp-dir.ts";

const PASSWORD = "north-and-south-1";
const BOOT = '[2,"b-1","BootNotification",{"chargePointVendor":"Acme","chargePointModel":"One"}]';

interface Context {
  dir: string;
  csms: WebSocketServer;
  /** Texts the CSMS got. */
  received: string[];
  /** Whether the CSMS answers. */
  answers: boolean;
  daemon: Daemon | undefined;
}

const test = suite<Context>("twinlane run");

test.before.each(async (context) => {
  context.dir = tempDir();
  context.received = [];
  context.answers = true;
  context.csms = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "ocpp1.6" });
  await new Promise((resolve) => context.csms.once("listening", resolve));
  context.csms.on("connection", (socket) => {
    socket.on("message", (data) => {
      const text = String(data);
      context.received.push(text);
      const [, id] = JSON.parse(text);
      const payload = '{"status":"Accepted","currentTime":"2026-01-01T00:00:00Z","interval":300}';
      if (context.answers) socket.send(`[3,"${id}",${payload}]`);
    });
  });
});

test.after.each(async ({ csms, daemon }) => {
  daemon?.kill("SIGKILL");
  for (const client of csms.clients) client.terminate();
  await new Promise((resolve) => csms.close(resolve));
});

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

/** Writes a configuration and starts the daemon with it. */
async function start(context: Context, extra = ""): Promise<{ readonly daemon: Daemon; readonly url: string }> {
  const file = join(context.dir, "twinlane.yaml");
  const text = [
    "dataDir: state",
    "listen: { port: 0 }",
    "path: /ocpp",
    `csms: { url: "ws://127.0.0.1:${portOf(context.csms)}/csms" }`,
    `stations: [{ match: "CS-*", password: { env: STATION_KEY } }]`,
    extra.includes("admin:") ? "" : "admin: { port: 0 }",
    extra,
  ];
  writeFileSync(file, `${text.join("\n")}\n`, { mode: 0o600 });
  context.daemon = startDaemon(["run", "--config", file], { STATION_KEY: PASSWORD });
  const ready = await context.daemon.logged("ready");
  return { daemon: context.daemon, url: String(ready["urls"]) };
}

/** Connects a station and sends its BootNotification. */
async function connect(url: string): Promise<WebSocket> {
  const auth = `Basic ${Buffer.from(`CS-1:${PASSWORD}`).toString("base64")}`;
  const station = new WebSocket(`${url}/CS-1`, "ocpp1.6", { headers: { authorization: auth } });
  await new Promise((resolve, reject) => {
    station.once("open", resolve);
    station.once("error", reject);
  });
  station.send(BOOT);
  return station;
}

const nextMessage = (station: WebSocket) =>
  new Promise<string>((resolve) => station.once("message", (data) => resolve(String(data))));
const closeOf = (station: WebSocket) =>
  new Promise<number>((resolve) => station.once("close", (code) => resolve(code)));

async function adminStatus(daemon: Daemon, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const { port } = await daemon.logged("administration port open");
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test("relays byte for byte, drains on SIGTERM and ends by itself with 143", async (context) => {
  const { daemon, url } = await start(context);
  assert.match(url, /^ws:\/\/127\.0\.0\.1:\d+\/ocpp$/);
  const station = await connect(url);
  assert.match(await nextMessage(station), '"status":"Accepted"');
  assert.equal(context.received, [BOOT]);

  const closed = closeOf(station);
  daemon.kill("SIGTERM");
  assert.ok([1001, 1012].includes(await closed));
  assert.equal(await daemon.exit, { code: 143, signal: null });
  const messages = daemon.lines().map(({ msg }) => msg);
  assert.ok(messages.indexOf("stopping") < messages.indexOf("stopped"), messages.join(", "));
  assert.not.ok(messages.includes("something is still open after the stop"));
});

test("SIGINT ends with 130", async (context) => {
  const { daemon } = await start(context);
  daemon.kill("SIGINT");
  assert.is((await daemon.exit).code, 130);
});

test("SIGHUP ends nothing", async (context) => {
  const { daemon } = await start(context);
  daemon.kill("SIGHUP");
  await daemon.logged("certificates of the listeners read again; other settings need a restart");
  assert.is((await adminStatus(daemon, "/readyz")).status, 200);
});

test("a second signal ends a drain that takes long, at once", async (context) => {
  context.answers = false;
  const { daemon, url } = await start(context, "shutdownSec: 60");
  const station = await connect(url);
  station.on("error", () => {});
  await new Promise<void>((resolve) => {
    const check = () => (context.received.length > 0 ? resolve() : setImmediate(check));
    check();
  });
  daemon.kill("SIGTERM");
  await daemon.logged("stopping");
  const started = performance.now();
  daemon.kill("SIGTERM");
  assert.is((await daemon.exit).code, 143);
  assert.ok(performance.now() - started < 5_000);
});

test("ready and live also while the CSMS is away; metrics count", async (context) => {
  const { daemon, url } = await start(context);
  const station = await connect(url);
  await nextMessage(station);
  const before = (await adminStatus(daemon, "/metrics")).text;
  assert.match(before, "twinlane_stations_connected 1");
  assert.match(before, "twinlane_csms_links_up 1");
  assert.match(before, /twinlane_frames_total\{lane="value",direction="from_station",action="BootNotification"\} 1/);
  for (const client of context.csms.clients) client.terminate();
  assert.is((await adminStatus(daemon, "/livez")).status, 200);
  assert.is((await adminStatus(daemon, "/readyz")).status, 200);
  station.terminate();
});

test("the log is JSON lines, and no secret is in it", async (context) => {
  const { daemon, url } = await start(context, "log: { level: debug }");
  const station = await connect(url);
  await nextMessage(station);
  const closed = closeOf(station);
  daemon.kill("SIGTERM");
  await closed;
  await daemon.exit;
  assert.ok(daemon.lines().length >= 4);
  for (const text of [PASSWORD, Buffer.from(`CS-1:${PASSWORD}`).toString("base64")]) {
    assert.not.match(daemon.stdout, text);
    assert.not.match(daemon.stderr, text);
  }
});

test("lines carry their priority where the configuration asks for it", async (context) => {
  const { daemon } = await start(context, "log: { prefix: journal }");
  daemon.kill("SIGTERM");
  await daemon.exit;
  assert.ok(
    daemon.stdout
      .split("\n")
      .slice(0, -1)
      .every((line) => /^<[3-7]>\{/.test(line)),
    daemon.stdout,
  );
});

test("a configuration that is not valid ends with 78 and says where", async ({ dir }) => {
  const file = join(dir, "wrong.yaml");
  writeFileSync(file, "listen: { port: 1 }\nlimts: {}\n");
  const daemon = startDaemon(["run", "--config", file]);
  assert.is((await daemon.exit).code, 78);
  assert.is(daemon.stdout, "");
  assert.match(daemon.stderr, `${file}:2:1 /limts unknown key; did you mean "limits"?`);
  assert.is((await startDaemon(["run", "--config", join(dir, "none.yaml")]).exit).code, 78);
});

test("a port in use ends with 75, worth another try, and leaves nothing open", async (context) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const file = join(context.dir, "twinlane.yaml");
  for (const text of [
    `listen: { port: ${portOf(taken)} }\nadmin: false\n`,
    `listen: { port: 0 }\nadmin: { port: ${portOf(taken)} }\n`,
  ]) {
    writeFileSync(file, text);
    const daemon = startDaemon(["run", "--config", file]);
    assert.is((await daemon.exit).code, 75, daemon.stderr);
    assert.match(daemon.stderr, "ERR_LISTEN");
  }
  taken.close();
});

test.run();
