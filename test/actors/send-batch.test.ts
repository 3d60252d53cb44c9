import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BatchedSocket, SendBatch } from "../../src/actors/send-batch.ts";

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

test.run();
