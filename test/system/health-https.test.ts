/** The health lane to an HTTPS server that misbehaves in each way: nothing is lost, nothing twice, and one bad message costs one. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HttpsSinkConfig } from "../../src/config/types.ts";
import { hasOpenssl, makeCa } from "../support/certs.ts";
import { type FussyServer, type Post, type Reaction, startFussyServer } from "../support/fussy-server.ts";
import { healthConfig } from "../support/health.ts";
import { startLane } from "../support/health-lane.ts";
import { faulted16 } from "../support/ocpp-messages.ts";
import { requires } from "../support/requires.ts";
import { type Defer, scenario } from "../support/scenario.ts";
import { tempDir } from "../support/temp-dir.ts";
import { until } from "../support/wait.ts";

const withOpenssl = requires("openssl", hasOpenssl());
const OK = { status: 204 };
const PATIENCE_MS = 15_000;
const at = (no: number) => new Date(1_770_000_000_000 + no * 1_000).toISOString();

async function setUp(defer: Defer, react: (post: Post, no: number) => Reaction, more: Partial<HttpsSinkConfig> = {}) {
  const ca = makeCa();
  defer(ca.dispose);
  const server = await startFussyServer(ca, react);
  defer(server.close);
  const tls = { ca: ca.cert, cert: undefined, key: undefined, servername: undefined };
  const https = { url: server.url, token: "s3cret", tls, batchMessages: 50, ...more };
  const config = { ...healthConfig({ url: "mqtt://unused" }), mqtt: undefined, https };
  const lane = await startLane(defer, config, { spoolDirectory: tempDir() });
  const feed = (from: number, count: number) => {
    for (let no = from; no < from + count; no += 1) lane.feed(faulted16(at(no)));
  };
  return { server, lane, feed };
}

const eventsOf = ({ taken }: FussyServer) => taken.filter(({ topic }) => topic.endsWith("/ev"));
const timesOf = (server: FussyServer) => new Set(eventsOf(server).map(({ message }) => message.t));

withOpenssl(
  "batches are gzipped lines with topic and message, under a token and a key; state and birth come first",
  scenario(async (defer) => {
    const { server, lane, feed } = await setUp(defer, () => OK);
    feed(0, 120);
    await until("all events", () => timesOf(server).size === 120, PATIENCE_MS);
    const [first] = server.posts;
    assert.is(first?.headers.authorization, "Bearer s3cret");
    assert.is(first?.headers["content-type"], "application/x-ndjson");
    assert.match(first?.key ?? "", /^edge-1-[\w-]{43}$/);
    assert.match(first?.lines[0].topic, /\/state$/);
    assert.is(first?.lines[0].retain, true);
    assert.is(first?.lines[0].message.state, "online");
    assert.ok(server.posts.every(({ lines }) => lines.length <= 50));
    assert.is(new Set(server.posts.map(({ key }) => key)).size, server.posts.length);
    assert.ok(server.taken.some(({ topic }) => topic.endsWith("/birth")));
    await until("the counters", () => lane.stats().spooled === 0 && lane.stats().protocol === "https");
    await lane.stop(2_000);
    assert.is(server.taken.findLast(({ topic }) => topic.endsWith("/state")).message.state, "offline");
  }),
);

withOpenssl(
  "a batch whose answer is lost comes again under its key; 500, 429 and 408 are asked again, 503 not before its Retry-After",
  scenario(async (defer) => {
    const tried: number[] = [];
    const script: readonly Reaction[] = [
      "taken, silent",
      { status: 500 },
      { status: 429 },
      { status: 408 },
      { status: 401 },
      { status: 503, headers: { "Retry-After": "1" } },
    ];
    const { server, lane, feed } = await setUp(defer, (_, no) => {
      tried.push(performance.now());
      return script[no] ?? OK;
    });
    feed(0, 100);
    await until("all events", () => timesOf(server).size === 100, PATIENCE_MS);
    assert.is(eventsOf(server).length, 100, "none came twice");
    const keys = server.posts.slice(0, script.length + 1).map(({ key }) => key);
    assert.is(new Set(keys).size, 1, "the same batch all the time");
    const [asked = 0, again = 0] = tried.slice(script.length - 1);
    assert.ok(again - asked >= 950, `${again - asked} ms`);
    await until("the disk to be free", () => lane.stats().spooled === 0);
    assert.is(lane.stats().refusedByBroker, 0);
    assert.is(lane.stats().droppedInWorker, 0);
  }),
);

withOpenssl(
  "one message that the server cannot bear is found by halving, counted and told; all others arrive",
  scenario(async (defer) => {
    const poison = Date.parse(at(33));
    const { server, lane, feed } = await setUp(defer, ({ lines }) =>
      lines.some(({ message }) => message.t === poison) ? { status: 422 } : OK,
    );
    feed(0, 100);
    await until("99 events", () => timesOf(server).size === 99, PATIENCE_MS);
    await until("the gap", () => server.taken.some(({ topic }) => topic.endsWith("/gap")), PATIENCE_MS);
    assert.not.ok(timesOf(server).has(poison));
    const gap = server.taken.find(({ topic }) => topic.endsWith("/gap"));
    assert.is(gap.message.messages, 1);
    await until("the counter", () => lane.stats().refusedByBroker === 1);
  }),
);

withOpenssl(
  "a server that another CA vouches for gets nothing, and what waits for it stays on disk",
  scenario(async (defer) => {
    const other = makeCa();
    defer(other.dispose);
    const tls = { ca: other.cert, cert: undefined, key: undefined, servername: undefined };
    const { server, lane, feed } = await setUp(defer, () => OK, { tls });
    await until("the refusal", () => lane.log.some(({ message }) => message.includes("not connected")), PATIENCE_MS);
    feed(0, 10);
    await until("the events to be on disk", () => (lane.stats().spooled ?? 0) >= 10, PATIENCE_MS);
    assert.equal(server.posts, []);
    assert.is(lane.stats().droppedInWorker, 0);
  }),
);

test.run();
