/** Whether a live connection still answers, asked by newcomers that want its place (field-lessons 3). */
import { EventEmitter } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { WebSocket } from "ws";
import { PeerSocket } from "../../src/actors/peer-socket.ts";
import { SendBatch } from "../../src/actors/send-batch.ts";

function peer(): { readonly socket: PeerSocket; readonly ws: EventEmitter; readonly pings: () => number } {
  let pings = 0;
  const ws = Object.assign(new EventEmitter(), {
    readyState: 1,
    ping: () => {
      pings += 1;
    },
  });
  const socket = new PeerSocket(ws as unknown as WebSocket, {
    role: "server",
    maxPayloadBytes: 1000,
    batch: new SendBatch(),
    onFrame: () => undefined,
    onClosed: () => undefined,
    pingIntervalMs: 30_000,
    missedPongs: 2,
    now: 0,
  });
  return { socket, ws, pings: () => pings };
}

test("newcomers that ask at the same time get the same answer: one cannot make the other believe the peer is gone", async () => {
  const { socket, ws, pings } = peer();
  const asked = [socket.probe(1000), socket.probe(1000), socket.probe(1000)];
  ws.emit("pong");
  assert.equal(await Promise.all(asked), [true, true, true]);
  assert.is(pings(), 1);
  const again = socket.probe(1000);
  ws.emit("pong");
  assert.ok(await again);
  assert.is(pings(), 2, "a later question is asked anew");
});

test("a peer that does not answer in time is gone", async () => {
  assert.not(await peer().socket.probe(1));
});

test.run();
