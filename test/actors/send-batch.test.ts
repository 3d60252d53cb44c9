import { createRequire } from "node:module";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BatchedSocket, SendBatch } from "../../src/actors/send-batch.ts";
import { serverTextFrame } from "../../src/actors/server-frame.ts";

function socket(name: string, log: string[]): BatchedSocket {
  return { writeNow: (frame) => void log.push(`${name}:${String(frame)}`) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("what is pushed in one turn leaves at its end, in order", async () => {
  const log: string[] = [];
  const batch = new SendBatch();
  const [a, b] = [socket("a", log), socket("b", log)];
  batch.push(a, "1");
  batch.push(b, "2");
  batch.push(a, "3");
  assert.equal(log, []);
  await turn();
  assert.equal(log, ["a:1", "b:2", "a:3"]);
  batch.push(b, "4");
  await turn();
  assert.equal(log.at(-1), "b:4");
});

test("a long turn does not hold its first frames back", () => {
  const log: string[] = [];
  const batch = new SendBatch();
  for (let i = 0; i < 32; i += 1) batch.push(socket("a", log), String(i));
  assert.is(log.length, 32);
});

test("a socket that sends while the batch is written loses nothing and repeats nothing", async () => {
  const log: string[] = [];
  const batch = new SendBatch();
  const late = socket("late", log);
  const chatty: BatchedSocket = {
    writeNow: (frame) => {
      log.push(`chatty:${String(frame)}`);
      batch.push(late, "after");
    },
  };
  batch.push(chatty, "1");
  batch.push(late, "2");
  await turn();
  await turn();
  assert.equal([...log].sort(), ["chatty:1", "late:2", "late:after"]);
});

test("RFC 6455 §5.2 - a server frame of any length is read back as the text it was made of", () => {
  const lengths = fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536, 70_000);
  fc.assert(
    fc.property(lengths, fc.string({ unit: "grapheme", maxLength: 20 }), fc.boolean(), (length, tail, asText) => {
      const text = "x".repeat(length) + tail;
      assert.equal(read(serverTextFrame(asText ? text : Buffer.from(text))), { text, isBinary: false });
    }),
    { numRuns: 60 },
  );
});

const { Receiver } = createRequire(import.meta.url)("ws") as {
  readonly Receiver: new (options: object) => NodeJS.EventEmitter & { write(bytes: Buffer): void };
};

/** What `ws` itself makes of the frame. */
function read(frame: Buffer): { readonly text: string; readonly isBinary: boolean } | undefined {
  let message: { readonly text: string; readonly isBinary: boolean } | undefined;
  const receiver = new Receiver({ isServer: false, binaryType: "nodebuffer" });
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    message = { text: data.toString("utf8"), isBinary };
  });
  receiver.write(frame);
  return message;
}

test.run();
