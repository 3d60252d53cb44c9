/** The queue against a plain array: whatever is appended, removed and restarted, the order stays, and nothing is lost or comes twice. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Entry } from "../../../src/actors/spool/entry.ts";
import { type QueueState, StationQueue } from "../../../src/actors/spool/station-queue.ts";
import { stationId } from "../../../src/domain/ids.ts";
import { parseSpoolKey, seqText, spoolPrefix } from "../../../src/domain/spool/record.ts";
import { settle } from "../../support/manual-clock.ts";
import { type MemoryStorage, memoryStorage } from "../../support/memory-storage.ts";
import { spoolHead } from "../../support/spool-head.ts";

const STATION = stationId("CP 1/ü");
const VERSION = "ocpp1.6";
const PREFIX = spoolPrefix(STATION, VERSION);
const WINDOW = 128;

function stateOf(storage: MemoryStorage, next: number): QueueState {
  const keys = [...storage.keys("records")].filter((key) => key.startsWith(PREFIX));
  const [first] = keys;
  return { first: first === undefined ? 0 : (parseSpoolKey(first)?.seq ?? 0), next, count: keys.length, bytes: 0 };
}

function open(storage: MemoryStorage, next: number, unreadable: number[] = []): StationQueue {
  return new StationQueue({
    total: { bytes: 0 },
    storage,
    station: STATION,
    version: VERSION,
    state: stateOf(storage, next),
    onUnreadable: (seq) => unreadable.push(seq),
  });
}

type Step =
  | { readonly kind: "append"; readonly count: number }
  | { readonly kind: "remove"; readonly at: number; readonly count: number }
  | { readonly kind: "thin"; readonly every: number }
  | { readonly kind: "rewrite"; readonly at: number }
  | { readonly kind: "look" | "commit" | "restart" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("append" as const), count: fc.integer({ min: 1, max: 150 }) }),
    fc.record({
      kind: fc.constant("remove" as const),
      at: fc.nat({ max: 200 }),
      count: fc.integer({ min: 1, max: 130 }),
    }),
    fc.record({ kind: fc.constant("thin" as const), every: fc.integer({ min: 2, max: 5 }) }),
    fc.record({ kind: fc.constant("rewrite" as const), at: fc.nat({ max: 200 }) }),
    fc.record({ kind: fc.constantFrom("look" as const, "commit" as const, "restart" as const) }),
  ),
  { maxLength: 25, size: "max" },
);

interface Model {
  storage: MemoryStorage;
  queue: StationQueue;
  /** What the queue should hold: number and text. */
  held: { readonly seq: number; text: string }[];
  next: number;
}

/** What can be seen of the queue is what the array has. */
function look({ queue, held }: Model): void {
  assert.is(queue.count, held.length);
  const window = queue.window();
  assert.equal(
    window.map(({ seq, text }) => ({ seq, text })),
    held.slice(0, window.length),
  );
  assert.ok(window.length <= WINDOW);
}

async function apply(model: Model, step: Step): Promise<void> {
  const { queue, held } = model;
  switch (step.kind) {
    case "append":
      for (let i = 0; i < step.count; i += 1) {
        const entry = queue.append(spoolHead(), `text ${model.next}`);
        assert.is(entry.seq, model.next);
        held.push({ seq: entry.seq, text: entry.text });
        model.next += 1;
      }
      return;
    case "remove":
      for (let i = 0; i < step.count; i += 1) {
        const window: readonly Entry[] = queue.window();
        const entry = window[step.at % Math.max(1, window.length)];
        if (entry === undefined) return;
        queue.remove(entry);
        model.held = model.held.filter(({ seq }) => seq !== entry.seq);
      }
      return;
    case "thin": {
      const left = held.filter((_, i) => i % step.every === 0).map(({ seq }) => seq);
      queue.removeAll(left);
      model.held = held.filter(({ seq }) => !left.includes(seq));
      return;
    }
    case "rewrite": {
      const chosen = held[step.at % Math.max(1, held.length)];
      if (chosen === undefined) return;
      const entry = queue.find(chosen.seq);
      // What is neither in memory nor committed yet cannot be there, for appending keeps it in memory.
      assert.ok(entry !== undefined);
      entry.text = `${entry.text}'`;
      chosen.text = entry.text;
      queue.write(entry);
      return;
    }
    case "look":
      return look(model);
    case "commit":
      return settle();
    case "restart":
      await settle();
      model.queue = open(model.storage, model.next);
  }
}

test("order and content are those of a plain array, under appends, removals, rewriting and restarts", async () => {
  const property = fc.asyncProperty(steps, async (list) => {
    const storage = memoryStorage();
    const model: Model = { storage, queue: open(storage, 0), held: [], next: 0 };
    for (const step of list) await apply(model, step);
    await settle();
    for (look(model); model.held.length > 0; look(model)) {
      const [entry] = model.queue.window();
      if (entry === undefined) break;
      model.queue.remove(entry);
      model.held.shift();
      if (model.held.length % 40 === 0) await settle();
    }
    assert.is(model.held.length, 0);
    await settle();
    assert.is(storage.tables.records.size, 0);
  });
  await fc.assert(property, { numRuns: 60 });
});

test("the window is refilled from the store when half of it is gone, and never grows beyond its bound", async () => {
  const storage = memoryStorage();
  const queue = open(storage, 0);
  for (let i = 0; i < 1000; i += 1) queue.append(spoolHead(), `text ${i}`);
  await settle();
  assert.is(queue.window().length, WINDOW);
  for (let i = 0; i < WINDOW / 2; i += 1) queue.remove(queue.window()[0] as Entry);
  assert.is(queue.window().length, WINDOW / 2);
  queue.remove(queue.window()[0] as Entry);
  assert.is(queue.window().length, WINDOW);
  assert.is(queue.window()[0]?.text, `text ${WINDOW / 2 + 1}`);
});

test("what was rewritten and is not committed yet is not read from the store in its old form", async () => {
  const storage = memoryStorage();
  const queue = open(storage, 0);
  for (let i = 0; i < 200; i += 1) queue.append(spoolHead(), `text ${i}`);
  await settle();
  const late = queue.find(150) as Entry;
  late.head = spoolHead({ owned: true });
  queue.write(late);
  assert.ok(queue.find(150) === late);
  for (let i = 0; i < 100; i += 1) queue.remove(queue.window()[0] as Entry);
  assert.is(queue.window().find(({ seq }) => seq === 150)?.head.owned, true);
  await settle();
  assert.is(queue.find(150)?.head.owned, true);
});

test("a record that cannot be read leaves the queue, once, and nobody waits for it", async () => {
  const storage = memoryStorage();
  const queue = open(storage, 0);
  for (let i = 0; i < 3; i += 1) queue.append(spoolHead(), `text ${i}`);
  await settle();
  storage.tables.records.set(PREFIX + seqText(1), Buffer.from("damage"));
  const unreadable: number[] = [];
  const later = open(storage, 3, unreadable);
  assert.equal(
    later.latest(64).map(({ seq }) => seq),
    [0, 2],
  );
  assert.equal(
    later.window().map(({ seq }) => seq),
    [0, 2],
  );
  assert.is(later.count, 2);
  await settle();
  assert.equal(unreadable, [1]);
  assert.is(storage.tables.records.size, 2);
});

test("a store that took no writes for a while is told everything again", async () => {
  const storage = memoryStorage();
  const queue = open(storage, 0);
  const [first, second] = [queue.append(spoolHead(), "a"), queue.append(spoolHead(), "b")];
  await settle();
  storage.failure = new Error("ENOSPC");
  queue.remove(first);
  second.head = spoolHead({ attempts: 2 });
  queue.write(second);
  await settle();
  assert.is(storage.tables.records.size, 2);
  storage.failure = undefined;
  queue.resync();
  await settle();
  assert.equal([...storage.tables.records.keys()], [PREFIX + seqText(1)]);
  assert.is(open(storage, 2).window()[0]?.head.attempts, 2);
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("who depends on a message writes before it is forgotten, into the same commit", async () => {
  const storage = memoryStorage();
  const queue = open(storage, 0);
  const [first, second] = [0, 1].map((i) => queue.append(spoolHead({ id: `m${i}` as never }), `[2,"m${i}","A",{}]`));
  await turn();
  const seen: string[] = [];
  queue.beforeForgetting = () => {
    seen.push("written");
    storage.put("notes", "n", `${seen.length}`);
  };
  queue.remove(first as Entry);
  assert.equal(seen, ["written"]);
  queue.remove(second as Entry, true);
  assert.equal(seen, ["written"], "not told yet");
  queue.settle();
  assert.equal(seen, ["written", "written"]);
  assert.is(storage.tables.records.size, 2);
  await turn();
  assert.equal([storage.tables.records.size, storage.tables.notes.get("n")?.toString()], [0, "2"]);
});

test.run();
