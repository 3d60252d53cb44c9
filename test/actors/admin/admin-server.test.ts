import { request } from "node:http";
import { connect, createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Admin, createAdmin } from "../../../src/actors/admin/admin-server.ts";
import { isGatewayError } from "../../../src/domain/error.ts";
import { memoryLogger, stubGateway } from "../../support/stub-gateway.ts";

const test = suite<{ admin: Admin; stub: ReturnType<typeof stubGateway> }>("administration port");

test.before.each(async (context) => {
  context.stub = stubGateway();
  context.admin = createAdmin({
    host: "127.0.0.1",
    port: 0,
    allowedHosts: ["scraper.example"],
    gateway: context.stub.gateway,
    version: "1.2.3",
    logger: memoryLogger().logger,
  });
  await context.admin.start();
});

test.after.each(async ({ admin }) => {
  await admin.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function ask(port: number, path: string, options: { method?: string; host?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    const outgoing = request({ port, path, method: options.method ?? "GET", headers, agent: false }, (incoming) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
    });
    outgoing.on("error", reject).end();
  });
}

test("live and ready while the gateway says so", async ({ admin, stub }) => {
  assert.equal(await ask(admin.port, "/livez").then(({ status, body }) => [status, body]), [200, '{"status":"ok"}\n']);
  assert.is((await ask(admin.port, "/readyz")).status, 200);
  stub.state.status = { ...stub.state.status, ready: false, reason: "stopping" };
  assert.is((await ask(admin.port, "/livez")).status, 200);
  const readyz = await ask(admin.port, "/readyz");
  assert.is(readyz.status, 503);
  assert.equal(JSON.parse(readyz.body), { status: "unavailable", reason: "stopping" });
  stub.state.status = { ...stub.state.status, live: false, ready: false };
  assert.is((await ask(admin.port, "/livez")).status, 503);
});

test("how the lanes are, as one JSON object, also while one is impaired", async ({ admin, stub }) => {
  const value = { state: "impaired", queued: 3, oldestSec: 40, dead: 1, since: 1_000 };
  stub.state.status = { ...stub.state.status, value };
  const { status, body } = await ask(admin.port, "/healthz");
  assert.is(status, 200);
  assert.equal(JSON.parse(body), {
    live: true,
    ready: true,
    lanes: { value: { ...value, since: "1970-01-01T00:00:01.000Z" } },
  });
  stub.state.status = { ...stub.state.status, live: false };
  assert.is((await ask(admin.port, "/healthz")).status, 503);
});

test("metrics are in Prometheus text format", async ({ admin, stub }) => {
  stub.gateway.counters.framesSouthIn = 7;
  const { status, headers, body } = await ask(admin.port, "/metrics");
  assert.is(status, 200);
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  assert.match(body, 'twinlane_link_frames_total{side="south",direction="in"} 7');
  assert.match(body, `twinlane_build_info{version="1.2.3",node="${process.version}"} 1`);
  assert.match(body, 'twinlane_event_loop_lag_seconds{quantile="0.99"}');
});

test("there are no other routes", async ({ admin }) => {
  for (const path of ["/", "/metrics/", "/Metrics", "//metrics", "/livez/x", "/favicon.ico"]) {
    assert.is((await ask(admin.port, path)).status, 404, path);
  }
  assert.is((await ask(admin.port, "/livez?verbose=1")).status, 200);
});

test("only GET and HEAD; HEAD has no body", async ({ admin }) => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const { status, headers } = await ask(admin.port, "/livez", { method });
    assert.is(status, 405, method);
    assert.is(headers["allow"], "GET, HEAD");
  }
  const head = await ask(admin.port, "/livez", { method: "HEAD" });
  assert.is(head.status, 200);
  assert.is(head.body, "");
});

test("a Host that is not on the list is refused: DNS rebinding", async ({ admin }) => {
  const status = async (host: string) => (await ask(admin.port, "/metrics", { host })).status;
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1:9797", "[::1]:9797", "scraper.example"]) {
    assert.is(await status(host), 200, host);
  }
  for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"]) {
    assert.is(await status(host), 403, host);
  }
});

test("a port in use rejects with ERR_LISTEN and the setting that helps", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const { gateway } = stubGateway();
  const admin = createAdmin({ host: "127.0.0.1", port, gateway, version: "0", logger: memoryLogger().logger });
  try {
    await admin.start();
    assert.unreachable();
  } catch (error) {
    assert.ok(isGatewayError(error, "ERR_LISTEN"));
    assert.match((error as Error).message, "EADDRINUSE");
  } finally {
    await admin.stop();
    taken.close();
  }
});

test("stop ends idle connections and may be called twice", async ({ admin }) => {
  const idle = connect(admin.port, "127.0.0.1");
  await new Promise((resolve) => idle.once("connect", resolve));
  const closed = new Promise((resolve) => idle.once("close", resolve));
  idle.on("error", () => {});
  idle.resume();
  await admin.stop();
  await admin.stop();
  await closed;
});

test.run();
