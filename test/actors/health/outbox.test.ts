/** The queue towards the broker: in order, bounded twice, metrics go before events, nothing is dropped in silence. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Gap, GapBook } from "../../../src/actors/health/gap-book.ts";
import { Outbox, type OutboxLimits, type Outgoing } from "../../../src/actors/health/outbox.ts";

const message = (seq: number, kind: Outgoing["kind"] = "metrics", bytes = 10): Outgoing => ({
  topic: "t",
  payload: "",
  bytes,
  seq,
  boot: "ghjk",
  kind,
  observations: 2,
  createdAt: 0,
});

/** An outbox, and the book that its losses go into. */
class BookedOutbox extends Outbox {
  readonly book: GapBook;

  constructor(limits: OutboxLimits) {
    const book = new GapBook();
    super(limits, (message) => book.writeOff(message));
    this.book = book;
  }
}

const gap = (messages: number, observations: number, from: number, to: number): Gap => ({
  boot: "ghjk",
  messages,
  observations,
  from,
  to,
});

const oldestOf = (outbox: Outbox): Outgoing | undefined => outbox.take("oldest") ?? outbox.take("fresh");

function drain(outbox: Outbox): readonly number[] {
  const out: number[] = [];
  for (let next = oldestOf(outbox); next !== undefined; next = oldestOf(outbox)) out.push(next.seq);
  return out;
}

test("metrics and events leave in the order of their numbers", () => {
  const outbox = new BookedOutbox({ messages: 10, bytes: 1_000 });
  outbox.push(message(0));
  outbox.push(message(1, "event"));
  outbox.push(message(2));
  outbox.push(message(3, "gap"));
  assert.equal(drain(outbox), [0, 1, 2, 3]);
});

test("full of messages: the oldest metrics go first, events only when no metrics are left", () => {
  const outbox = new BookedOutbox({ messages: 3, bytes: 1_000 });
  outbox.push(message(0, "event"));
  for (const seq of [1, 2, 3]) outbox.push(message(seq));
  for (const seq of [4, 5, 6]) outbox.push(message(seq, "event"));
  assert.equal(drain(outbox), [4, 5, 6]);
  assert.equal(outbox.book.take(), gap(4, 8, 0, 3));
  assert.is(outbox.book.take(), undefined);
});

test("between metrics and events go snapshots, then figures and states of health", () => {
  const outbox = new BookedOutbox({ messages: 5, bytes: 1_000 });
  for (const [seq, kind] of (["event", "soh", "feature", "snapshot", "metrics"] as const).entries())
    outbox.push(message(seq, kind));
  const left = [5, 6, 7, 8].map((seq) => {
    outbox.push(message(seq, "event"));
    return outbox.book.take()?.from;
  });
  assert.equal(left, [4, 3, 1, 2]);
});

test("full of bytes counts as full", () => {
  const outbox = new BookedOutbox({ messages: 100, bytes: 100 });
  for (let seq = 0; seq < 4; seq += 1) outbox.push(message(seq, "metrics", 40));
  assert.is(outbox.bytes, 80);
  assert.equal(drain(outbox), [2, 3]);
});

test("what comes back undelivered is first again, and the first to go when there is no room", () => {
  const outbox = new BookedOutbox({ messages: 2, bytes: 1_000 });
  outbox.push(message(0));
  outbox.push(message(1));
  const [a, b] = [oldestOf(outbox), oldestOf(outbox)];
  outbox.push(message(2));
  if (a === undefined || b === undefined) throw new Error("nothing came out");
  outbox.putBack(b);
  outbox.putBack(a);
  assert.equal(drain(outbox), [1, 2]);
  assert.equal(outbox.book.take(), gap(1, 2, 0, 0));
});

test("a gap message that is lost makes no new gap", () => {
  const outbox = new BookedOutbox({ messages: 1, bytes: 1_000 });
  outbox.push(message(0, "gap"));
  outbox.push(message(1, "gap"));
  assert.is(outbox.book.take(), undefined);
});

type Step = "shift" | "putBack" | { readonly push: Outgoing["kind"]; readonly bytes: number };

/** Does one step; `out` holds what has left and may come back. Returns how many messages it made. */
function apply(step: Step, outbox: Outbox, out: Outgoing[], seq: number): number {
  if (typeof step === "object") {
    outbox.push(message(seq, step.push, step.bytes));
    return 1;
  }
  if (step === "shift") {
    const next = oldestOf(outbox);
    if (next !== undefined) out.push(next);
    return 0;
  }
  const last = out.pop();
  if (last !== undefined) outbox.putBack(last);
  return 0;
}

test("bounds hold, order holds, and what is missing is accounted for, whatever happens", () => {
  const kind = fc.constantFrom<Outgoing["kind"]>("metrics", "event", "soh", "snapshot");
  const step = fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ push: kind, bytes: fc.nat(60) }),
    fc.constant("shift"),
    fc.constant("putBack"),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80, size: "max" }), (messages, steps) => {
      const outbox = new BookedOutbox({ messages, bytes: 150 });
      const out: Outgoing[] = [];
      let seq = 0;
      for (const each of steps) {
        seq += apply(each, outbox, out, seq);
        assert.ok(outbox.size <= messages && outbox.bytes <= 150);
      }
      const rest = drain(outbox);
      assert.equal(rest, [...rest].sort(ascending));
      assert.is(out.length + rest.length + (outbox.book.take()?.messages ?? 0), seq);
      assert.equal([outbox.size, outbox.bytes, outbox.observations], [0, 0, 0]);
    }),
  );
});

const ascending = (a: number, b: number): number => a - b;

test("a long queue is as quick as a short one", () => {
  const outbox = new BookedOutbox({ messages: 50_000, bytes: 1e9 });
  for (let seq = 0; seq < 300_000; seq += 1) {
    outbox.push(message(seq));
    if (seq % 3 === 0) oldestOf(outbox);
  }
  assert.is(outbox.size, 50_000);
});

test.run();
