/** After an outage: what is new, then its events from the newest, then the rest from the oldest, at its rate. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Backlog } from "../../../src/actors/health/backlog.ts";
import type { Outgoing } from "../../../src/actors/health/outbox.ts";
import { SendOrder } from "../../../src/actors/health/send-order.ts";
import { SplitQueue, type Turn } from "../../../src/actors/health/split-queue.ts";

const message = (seq: number, kind: Outgoing["kind"]): Outgoing => ({
  topic: "t",
  payload: "",
  bytes: 100,
  seq,
  boot: "ghjk",
  kind,
  observations: 1,
  createdAt: 0,
});

function setUp(bytesPerSec = 0) {
  const time = { ms: 0 };
  const backlog = new Backlog({ memory: { messages: 1_000, bytes: 1e6 }, spool: undefined, boot: "ghjk" });
  const order = new SendOrder({ backlog, bytesPerSec, now: () => time.ms });
  const push = (kind: Outgoing["kind"], ...numbers: number[]) => {
    for (const seq of numbers) backlog.push(message(seq, kind));
  };
  const send = (): number | undefined => {
    const turn = order.next();
    const sent = turn && backlog.take(turn);
    if (turn !== undefined && sent !== undefined) order.sent(turn, sent.bytes);
    return sent?.seq;
  };
  const sendAll = (): readonly number[] => {
    const out: number[] = [];
    for (let seq = send(); seq !== undefined; seq = send()) out.push(seq);
    return out;
  };
  return { time, backlog, push, send, sendAll };
}

test("without an outage everything leaves in the order of its numbers", () => {
  const { push, sendAll } = setUp();
  push("metrics", 0, 1);
  push("event", 2);
  push("soh", 3);
  push("event", 4);
  assert.equal(sendAll(), [0, 1, 2, 3, 4]);
});

test("after it: what is new, its events from the newest, the rest from the oldest", () => {
  const { push, backlog, sendAll } = setUp();
  push("birth", 0);
  push("metrics", 0, 1);
  push("event", 2, 3);
  push("feature", 4);
  push("event", 5);
  backlog.settle();
  push("metrics", 6);
  push("event", 7);
  assert.equal(sendAll(), [6, 7, 5, 3, 2, 0, 0, 1, 4]);
});

test("what comes between while it is sent goes before it", () => {
  const { push, backlog, send, sendAll } = setUp();
  push("event", 0, 1);
  backlog.settle();
  assert.is(send(), 1);
  push("metrics", 2);
  assert.equal(sendAll(), [2, 0]);
});

test("the rest keeps to its rate, which holds back neither events nor what is new", () => {
  const { push, backlog, time, sendAll } = setUp(200);
  push("metrics", ...Array.from({ length: 20 }, (_, seq) => seq));
  push("event", 20, 21);
  backlog.settle();
  // A second's worth is there at once, and one more may overdraw it.
  assert.equal(sendAll(), [21, 20, 0, 1, 2]);
  push("event", 22);
  assert.equal(sendAll(), [22]);
  time.ms = 10_000;
  assert.equal(sendAll(), [3, 4, 5]);
  time.ms = 10_500;
  assert.equal(sendAll(), [6]);
});

test("what was in flight when the connection ended has its place again, whatever way it was taken", () => {
  const { push, backlog, sendAll } = setUp();
  push("metrics", 0, 1);
  push("event", 2, 3, 4);
  backlog.settle();
  push("event", 5);
  const turns: readonly Turn[] = ["fresh", "newest", "newest", "oldest"];
  const flights = turns.flatMap((turn) => backlog.take(turn) ?? []);
  assert.equal(
    flights.map(({ seq }) => seq),
    [5, 4, 3, 0],
  );
  push("event", 6);
  for (const flight of flights.reverse()) backlog.putBack(flight);
  backlog.settle();
  assert.equal(sendAll(), [6, 5, 4, 3, 2, 0, 1]);
});

type Step = "push" | "back" | "settle" | "shift" | Turn;

/** A queue, what is out and may come back, and what is gone. */
function history(steps: readonly Step[]) {
  const queue = new SplitQueue<number>((item) => item);
  const [out, gone]: [number[], number[]] = [[], []];
  let pushed = 0;
  const keep = (into: number[], item: number | undefined) => item !== undefined && into.push(item);
  const acts: Readonly<Record<Step, () => unknown>> = {
    push: () => queue.push(pushed++),
    settle: () => queue.settle(),
    shift: () => keep(gone, queue.shift()),
    back: () =>
      out
        .splice(0)
        .reverse()
        .map((item) => queue.putBack(item)),
    fresh: () => keep(out, queue.take("fresh")),
    newest: () => keep(out, queue.take("newest")),
    oldest: () => keep(out, queue.take("oldest")),
  };
  for (const step of steps) {
    acts[step]();
    assert.is(queue.size + out.length + gone.length, pushed);
  }
  const rest: number[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) rest.push(item);
  return { rest, all: [...rest, ...out, ...gone], pushed };
}

test("nothing is lost or doubled, and what waits is in order, whatever comes and goes", () => {
  const step = fc.constantFrom<Step[]>("push", "fresh", "newest", "oldest", "back", "settle", "shift");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const { rest, all, pushed } = history(steps);
      assert.equal(
        rest,
        [...rest].sort((a, b) => a - b),
      );
      assert.is(new Set(all).size, pushed);
    }),
  );
});

test.run();
