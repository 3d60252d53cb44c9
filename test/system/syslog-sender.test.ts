/** The sender against a server of nothing but `net`, with a clock that stands still. */
import { createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GatewayBus } from "../../src/actors/gateway-bus.ts";
import { SyslogSender } from "../../src/actors/security/syslog-sender.ts";
import { SecurityLog } from "../../src/actors/security-log.ts";
import { silentLogger } from "../../src/actors/silent-logger.ts";
import { Counters } from "../../src/domain/counters.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tempDir } from "../support/temp-dir.ts";

const random = { next: () => 0, uuid: () => "" };
const backoff = { minSec: 2, maxSec: 120, jitterSec: 0 };

/** A server that takes frames apart by their counts. */
async function listen(port = 0) {
  const sockets = new Set<Socket>();
  const got: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const space = rest.indexOf(0x20);
        const length = Number(rest.subarray(0, Math.max(space, 0)).toString());
        if (space < 1 || rest.length < space + 1 + length) return;
        got.push(rest.subarray(space + 1, space + 1 + length).toString());
        rest = rest.subarray(space + 1 + length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const numbers = () => got.map((message) => Number(/ seq="(\d+)"/.exec(message)?.[1]));
  return {
    got,
    numbers,
    sockets,
    port: (server.address() as { port: number }).port,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function world(dataDir: string, port: number, maxFileBytes?: number) {
  const clock = new ManualClock();
  const counters = new Counters(1);
  const bus = new GatewayBus(silentLogger);
  const shared = { dataDir, clock, counters, bus, logger: silentLogger };
  const log = new SecurityLog({ ...shared, ...(maxFileBytes === undefined ? {} : { maxFileBytes }) });
  const syslog = { host: "127.0.0.1", port, tls: undefined, enterpriseId: 32473 };
  /** Called once, in the middle of the next look. */
  const during: { look: (() => void) | undefined } = { look: undefined };
  const written = async () => {
    await log.flush();
    during.look?.();
    during.look = undefined;
  };
  const sender = new SyslogSender({ ...shared, syslog, backoff, random, written });
  const event = (detail: string) => bus.emit("security", { type: "LanFlood", stationId: 'CP"1', detail });
  /** Time goes on in steps, and the sockets get theirs. */
  const pass = async (sec: number) => {
    for (let i = 0; i < sec; i += 1) {
      await clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  /** Time goes on until it is so: a disk that is slow takes more of it. */
  const passUntil = async (what: string, isSo: () => boolean) => {
    for (let tries = 0; tries < 600 && !isSo(); tries += 1) await pass(1);
    assert.ok(isSo(), what);
  };
  return { clock, counters, during, log, sender, event, pass, passUntil };
}

test("what was in the log and what comes is sent once, in order, with octet counts", async () => {
  const server = await listen();
  const { counters, log, sender, event, pass, passUntil } = world(tempDir(), server.port);
  event("before the start, ä€");
  await log.flush();
  await sender.start();
  await pass(1);
  await passUntil("the first", () => server.got.length === 1);
  event("two\nlines");
  event("third");
  await pass(2);
  await passUntil("all", () => server.got.length === 3);
  assert.match(
    server.got[0] ?? "",
    /^<108>1 2026-\S+ \S+ twinlane - LanFlood \[twinlane@32473 seq="1" station="CP\\"1"\] \uFEFFbefore the start, ä€$/,
  );
  assert.match(server.got[1] ?? "", /two lines$/);
  await pass(4);
  await passUntil("settled", () => counters.syslogSent === 3);
  assert.equal([server.numbers(), counters.syslogConnectedNow, counters.syslogLost], [[1, 2, 3], 1, 0]);
  await sender.stop();
  await server.close();
});

test("after a restart it goes on after the last that settled; a log that has begun anew is sent from its beginning", async () => {
  const server = await listen();
  const dir = tempDir();
  const first = world(dir, server.port);
  first.event("a");
  await first.sender.start();
  await first.pass(5);
  await first.passUntil("settled", () => first.counters.syslogSent === 1);
  await first.sender.stop();
  const second = world(dir, server.port);
  second.event("b");
  await second.log.flush();
  await second.sender.start();
  await second.pass(5);
  await second.passUntil("the second", () => second.counters.syslogSent === 1);
  assert.equal(server.numbers(), [1, 2]);
  await second.sender.stop();
  await server.close();
});

test("a server that goes gets what had not settled again, after a back-off that grows", async () => {
  const server = await listen();
  const { counters, sender, event, pass, passUntil } = world(tempDir(), server.port);
  await sender.start();
  await pass(1);
  await passUntil("the connection", () => counters.syslogConnectedNow === 1);
  event("a");
  await pass(1);
  await passUntil("it", () => server.got.length === 1);
  server.cut();
  // On a slow machine it may have settled already.
  const again = counters.syslogSent === 0 ? [1, 2] : [2];
  await passUntil("the end", () => counters.syslogConnectedNow === 0);
  await server.close();
  event("b");
  await pass(30);
  assert.ok(counters.syslogFailures >= 2 && counters.syslogFailures <= 8, String(counters.syslogFailures));
  const back = await listen(server.port);
  await pass(40);
  await passUntil("both", () => back.got.length === again.length);
  assert.equal(back.numbers(), again);
  await pass(4);
  await passUntil("settled", () => counters.syslogSent === 2);
  assert.is(counters.syslogLost, 0);
  await sender.stop();
  await back.close();
});

test("what was rotated away before the server came back is counted", async () => {
  const server = await listen();
  const { counters, log, sender, event, pass, passUntil } = world(tempDir(), server.port, 600);
  event("first");
  await sender.start();
  await pass(5);
  await passUntil("settled", () => counters.syslogSent === 1);
  await server.close();
  await passUntil("the end", () => counters.syslogConnectedNow === 0);
  for (let i = 0; i < 40; i += 1) {
    event(`event ${i}`);
    await log.flush();
  }
  const back = await listen(server.port);
  await pass(130);
  await passUntil("the rest", () => back.got.length > 0);
  await pass(5);
  await passUntil("settled", () => counters.syslogSent === 1 + back.got.length);
  assert.is(back.numbers().at(-1), 41);
  assert.is(counters.syslogLost, 40 - back.got.length);
  assert.ok(counters.syslogLost > 0);
  await sender.stop();
  await back.close();
});

// A look that had just found nothing forgot that an event had come meanwhile, and the record waited for the next event.
test("an event in the middle of a look is sent by the next one", async () => {
  const server = await listen();
  const { counters, during, sender, event, pass, passUntil } = world(tempDir(), server.port);
  await sender.start();
  await pass(1);
  await passUntil("the connection", () => counters.syslogConnectedNow === 1);
  for (let round = 1; round <= 10; round += 1) {
    event("a");
    await passUntil("the first", () => server.got.length === 2 * round - 1);
    during.look = () => event("b");
    await pass(3);
    // The look that finds nothing may have been over before the first was seen here: then this is an event like any other.
    if (during.look !== undefined) {
      during.look = undefined;
      event("b");
    }
    await pass(3);
    await passUntil("the second", () => server.got.length === 2 * round);
  }
  await sender.stop();
  await server.close();
});

test("a server that does not read is given up, and the log waits on the disk", async () => {
  const server = await listen();
  const { counters, log, sender, event, pass, passUntil } = world(tempDir(), server.port);
  await sender.start();
  await pass(1);
  await passUntil("the connection", () => server.sockets.size === 1);
  for (const socket of server.sockets) socket.pause();
  for (let round = 0; round < 12; round += 1) {
    for (let i = 0; i < 900; i += 1) event("x".repeat(480));
    await log.flush();
    await pass(1);
  }
  await pass(70);
  await passUntil("the end", () => counters.syslogFailures >= 1);
  await sender.stop();
  await server.close();
});

test.run();
