/** The faulty network does what it is told, within bounds: everything that is proved with it rests on that. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FaultyNetwork, type NetworkOptions } from "../support/faulty-network.ts";
import { until } from "../support/until.ts";

/** A network with one link to a server that does what `serve` says with each socket. */
async function world(serve: (socket: Socket) => void, options: NetworkOptions = {}) {
  const sockets: Socket[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const network = new FaultyNetwork(options);
  const link = await network.link(address.port);
  return {
    network,
    link,
    sockets,
    dial: async () => {
      const socket = connect({ port: link.port, host: "127.0.0.1", noDelay: true });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      return socket;
    },
    [Symbol.asyncDispose]: async () => {
      await network.close();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const echo = (socket: Socket) => void socket.pipe(socket);

async function roundTripMs(socket: Socket, text = "ping"): Promise<number> {
  const from = performance.now();
  const answered = once(socket, "data");
  socket.write(text);
  await answered;
  return performance.now() - from;
}

test("bytes pass unchanged and in order, whatever the conditions do meanwhile", async () => {
  await using w = await world(echo, { bandwidthBps: 8_000_000, delayMs: 3 });
  const client = await w.dial();
  const sent = Buffer.alloc(200_000, "0123456789");
  const got: Buffer[] = [];
  client.on("data", (chunk) => got.push(chunk));
  client.write(sent);
  w.link.set({ delayMs: 40 });
  await until("some bytes", () => got.length > 0);
  w.link.set({ delayMs: 0 });
  await until("all bytes", () => Buffer.concat(got).length === sent.length);
  assert.ok(Buffer.concat(got).equals(sent));
  assert.is(w.link.bytes("up"), sent.length);
  assert.is(w.link.bytes("down"), sent.length);
  client.destroy();
});

test("a delay of 40 ms each way makes a round trip of 80 ms, of one link or of all", async () => {
  await using w = await world(echo);
  const client = await w.dial();
  assert.ok((await roundTripMs(client)) < 30);
  w.link.set({ delayMs: 40 });
  const slow = await roundTripMs(client);
  assert.ok(slow >= 79 && slow < 130, `${slow} ms`);
  w.link.set({});
  w.network.delayMs = 20;
  const global = await roundTripMs(client);
  assert.ok(global >= 39 && global < 90, `${global} ms`);
  client.destroy();
});

test("connections of a network share its bandwidth, and what waits for it is bounded", async () => {
  const bandwidthBps = 800_000;
  let received = 0;
  await using w = await world((socket) => socket.on("data", (chunk: Buffer) => (received += chunk.length)), {
    bandwidthBps,
    bufferBytes: 8192,
  });
  const clients = await Promise.all([w.dial(), w.dial()]);
  const from = performance.now();
  for (const client of clients) client.write(Buffer.alloc(4_000_000));
  await until("100 kB", () => received >= 100_000);
  const bps = (8 * received) / ((performance.now() - from) / 1000);
  assert.ok(bps > 0.75 * bandwidthBps && bps < 1.1 * bandwidthBps, `${bps.toFixed(0)} bit/s`);
  // Taken from the senders: what has arrived, the queue, and one read of each connection.
  assert.ok(w.link.bytes("up") < received + 8192 + 2 * 65_536, `${w.link.bytes("up")} taken, ${received} through`);
  for (const client of clients) client.destroy();
});

test("whoever comes first to a full queue is let in first", async () => {
  await using w = await world(echo);
  w.network.throttle(400_000);
  const [greedy, modest] = [await w.dial(), await w.dial()];
  greedy.write(Buffer.alloc(200_000));
  await until("the queue to be full", () => w.network.up.isCrowded);
  const taken = w.link.bytes("up");
  const ms = await roundTripMs(modest);
  // What was taken before it, at 50 bytes a millisecond; not what the other one still has to send.
  assert.ok(ms < (taken + 65_536) / 50 + 200, `${ms} ms, ${taken} B before it`);
  greedy.destroy();
  modest.destroy();
});

test("directions do not share bandwidth with each other", async () => {
  await using w = await world((socket) => socket.resume());
  w.network.throttle(80_000);
  const client = await w.dial();
  client.write(Buffer.alloc(100_000));
  await until("the upward queue to fill", () => w.network.up.isCrowded);
  const from = performance.now();
  const answered = once(client, "data");
  w.sockets[0]?.write("down");
  await answered;
  assert.ok(performance.now() - from < 100);
  client.destroy();
});

test("half-open: bytes vanish, nobody is told, and the connection stays dead; new ones pass", async () => {
  await using w = await world(echo);
  const client = await w.dial();
  await roundTripMs(client);
  w.link.set({ halfOpen: "both" });
  client.write("lost");
  await until("the bytes to vanish", () => w.link.swallowed === 4);
  w.link.set({});
  let heard = false;
  client.once("data", () => (heard = true)).once("close", () => (heard = true));
  client.write("lost too");
  await until("these to vanish as well", () => w.link.swallowed === 12);
  const fresh = await w.dial();
  await roundTripMs(fresh);
  assert.not.ok(heard);
  // The end of one side does not reach the other either.
  client.destroy();
  await roundTripMs(fresh);
  assert.not.ok(w.sockets[0]?.destroyed);
  fresh.destroy();
});

test("half-open in one direction only: the other still carries", async () => {
  await using w = await world(echo);
  const client = await w.dial();
  await roundTripMs(client);
  w.link.set({ halfOpen: "up" });
  client.write("lost");
  await until("the bytes to vanish", () => w.link.swallowed === 4);
  const heard = once(client, "data");
  w.sockets[0]?.write("still here");
  assert.is(String((await heard)[0]), "still here");
  client.destroy();
});

test("a cut with RST is an error at both ends, a cut with FIN an end", async () => {
  await using w = await world(echo);
  const first = await w.dial();
  await roundTripMs(first);
  const errors: string[] = [];
  first.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
  w.sockets[0]?.on("error", (error: NodeJS.ErrnoException) => errors.push(error.code ?? ""));
  w.link.cut("rst");
  await until("both ends to be reset", () => errors.length === 2);
  assert.equal(errors, ["ECONNRESET", "ECONNRESET"]);
  const second = await w.dial();
  await roundTripMs(second);
  const ended = once(second, "end");
  w.link.cut("fin");
  await ended;
  await until("the link to forget them", () => w.link.open === 0);
});

test("a cut may be of some connections only", async () => {
  await using w = await world(echo);
  const clients = [await w.dial(), await w.dial()];
  for (const client of clients) await roundTripMs(client);
  w.link.cut("rst", (nth) => nth === 0);
  await until("the first to be gone", () => clients[0]?.destroyed);
  const [, second] = clients;
  if (second !== undefined) await roundTripMs(second);
  second?.destroy();
});

test("refused connections are reset, a stalled link loses nothing", async () => {
  await using w = await world(echo);
  const client = await w.dial();
  w.link.set({ refusing: true });
  const refused = connect({ port: w.link.port, host: "127.0.0.1" });
  const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
  assert.is(error.code, "ECONNRESET");
  assert.is(w.sockets.length, 1);
  w.link.set({ stalled: true });
  let heard = false;
  client.once("data", () => (heard = true));
  client.write("wait");
  await until("the bytes to be taken", () => w.link.bytes("up") === 4);
  assert.not.ok(heard);
  w.link.set({});
  await until("them to come back", () => heard);
  client.destroy();
});

test("an end of either side reaches the other", async () => {
  await using w = await world(() => undefined);
  const client = await w.dial();
  await until("the far side", () => w.sockets[0]);
  client.resetAndDestroy();
  await until("the far side to be closed", () => w.sockets[0]?.destroyed);
  await until("the link to forget it", () => w.link.open === 0);
});

test.run();
