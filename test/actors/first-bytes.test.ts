/** What a listener does with a socket before it makes anything of it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { afterFirstBytes } from "../../src/actors/first-bytes.ts";
import { Turnstile } from "../../src/actors/turnstile.ts";
import { until } from "../support/until.ts";

const hello = (length: number, sent = length) =>
  Buffer.concat([Buffer.from([0x16, 3, 1, length >> 8, length & 255]), Buffer.alloc(sent, 7)]);

/** What becomes of a socket that sends these parts: what can be read from it once it has begun, or nothing when it was ended. */
async function becomesOf(isTls: boolean, ...parts: readonly (Buffer | string)[]): Promise<string | undefined> {
  const server = createServer();
  const begun: Socket[] = [];
  const heard: Buffer[] = [];
  let isOver = false;
  server.on("connection", (socket) => {
    socket.once("close", () => {
      isOver = true;
    });
    afterFirstBytes(socket, { isTls, turnstile: new Turnstile() }, () => {
      socket.on("error", () => undefined);
      // As HTTP reads what comes; TLS takes it from the socket.
      if (!isTls) socket.on("data", (part) => heard.push(part));
      begun.push(socket);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1").setNoDelay(true);
  peer.on("error", () => undefined);
  for (const part of parts) {
    peer.write(part);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until("something to become of it", () => isOver || (isTls ? begun : heard).length > 0 || parts.length === 0);
  const [socket] = begun;
  const bytes = socket === undefined ? undefined : ((socket.read() as Buffer | null) ?? Buffer.concat(heard));
  if (bytes === undefined && socket !== undefined) throw new Error("nothing to read");
  peer.destroy();
  socket?.destroy();
  await new Promise((resolve) => server.close(resolve));
  return bytes?.toString("latin1");
}

test("a whole ClientHello begins, however it comes in parts, and can be read again", async () => {
  const whole = hello(200);
  assert.is(await becomesOf(true, whole), whole.toString("latin1"));
  assert.is(
    await becomesOf(true, whole.subarray(0, 1), whole.subarray(1, 7), whole.subarray(7)),
    whole.toString("latin1"),
  );
});

test("garbage, a request in clear and a record that cannot be are ended without a TLS session", async () => {
  for (const bytes of [
    Buffer.from("GET / HTTP/1.1\r\n"),
    Buffer.from([0x16, 2, 0, 0, 1]),
    hello(0),
    hello(17_000, 3),
    Buffer.from([0]),
  ])
    assert.is(await becomesOf(true, bytes), undefined);
});

test("a request begins with its whole head, one that is too long is ended; a ClientHello on a port in clear is ended", async () => {
  const head = "GET /CP1 HTTP/1.1\r\nHost: x\r\n\r\n";
  assert.is(await becomesOf(false, head.slice(0, 1), head.slice(1, -1), head.slice(-1)), head);
  const long = `GET /${"x".repeat(8200)}`;
  assert.is(await becomesOf(false, long), undefined);
  assert.is(await becomesOf(false, `${long} HTTP/1.1\r\n\r\n`), undefined);
  assert.is(await becomesOf(false, hello(200)), undefined);
  assert.is(await becomesOf(false, "\0\0"), undefined);
});

test("newcomers begin in order, and what is under way in the loop comes between two lots", async () => {
  const turnstile = new Turnstile();
  const seen: number[] = [];
  const slow = (no: number) => () => {
    seen.push(no);
    const until = performance.now() + 2;
    while (performance.now() < until);
  };
  for (let i = 0; i < 5; i += 1) turnstile.enter(slow(i));
  assert.equal(seen, [], "not in the turn in which they come");
  let between = 0;
  const look = () => {
    if (seen.length > 0 && seen.length < 5) between += 1;
    if (seen.length < 5) setImmediate(look);
  };
  setImmediate(look);
  await until("all", () => seen.length === 5);
  assert.equal(seen, [0, 1, 2, 3, 4]);
  assert.ok(between > 0);
});

test.run();
