/** What is settled later is settled once, together, and not forgotten. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Receipts } from "../../../src/actors/spool/receipts.ts";
import { Settlements } from "../../../src/actors/spool/settlements.ts";
import { StationQueue } from "../../../src/actors/spool/station-queue.ts";
import { epochMs, messageId, stationId } from "../../../src/domain/ids.ts";
import { memoryStorage } from "../../support/memory-storage.ts";
import { until } from "../../support/until.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const station = stationId("CP1");
const headOf = (seq: number) =>
  ({
    v: 1,
    id: messageId(`m${seq}`),
    action: "MeterValues",
    messageClass: 1,
    role: "update",
    key: `k${seq}`,
    takenAt: epochMs(seq),
  }) as const;

const queueOf = (storage = memoryStorage()) =>
  new StationQueue({
    total: { bytes: 0 },
    storage,
    station,
    version: "ocpp1.6",
    state: { first: 0, next: 0, count: 0, bytes: 0 },
    onUnreadable: () => undefined,
  });

test("stations are settled in the order of their keys, a few a turn, each once", async () => {
  const settled: string[] = [];
  const steps: (() => void)[] = [];
  const settlements = new Settlements((step) => steps.push(step));
  const all = Array.from({ length: 40 }, (_, i) => {
    const prefix = `p${String(39 - i).padStart(2, "0")}`;
    return { prefix, settle: () => settled.push(prefix) };
  });
  for (const one of [...all, ...all]) settlements.add(one);
  assert.is(settled.length, 0);
  await until("the first turn", () => settled.length > 0);
  assert.ok(settled.length < 40);
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) step();
  assert.equal(settled, [...settled].sort());
  assert.is(settled.length, 40);
});

test("a flush settles at once what waits, also in the midst of a round, and nothing twice", async () => {
  const settled: number[] = [];
  const steps: (() => void)[] = [];
  const settlements = new Settlements((step) => steps.push(step));
  for (let i = 0; i < 40; i += 1) settlements.add({ prefix: `p${i}`, settle: () => settled.push(i) });
  await until("the first turn", () => settled.length > 0);
  settlements.flush();
  assert.is(settled.length, 40);
  for (const step of steps) step();
  assert.is(settled.length, 40);
});

test("a message removed later is gone at once for everybody who asks the queue, and from the store after settling", async () => {
  const storage = memoryStorage();
  const queue = queueOf(storage);
  const [first, second] = [0, 1].map((seq) => queue.append(headOf(seq), `[2,"m${seq}","MeterValues",{}]`));
  await turn();
  if (first !== undefined) queue.remove(first, true);
  assert.is(queue.count, 1);
  assert.is(queue.find(0), undefined);
  assert.equal(
    queue.scan(0, 10).map(({ seq }) => seq),
    [1],
  );
  await turn();
  assert.is(storage.tables.records.size, 2, "the store has not heard of it");
  queue.settle();
  await turn();
  assert.equal([...storage.tables.records.keys()], [`${queue.prefix}000000000001`]);
  assert.is(queue.find(1), second);
});

test("whatever was settled later, the store ends up as if it had been told at once", async () => {
  const step = fc.record({ seq: fc.nat({ max: 20 }), later: fc.boolean(), settles: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const [storage, model] = [memoryStorage(), memoryStorage()];
      const [receipts, plain] = [storage, model].map((one) => new Receipts(one, station, "ocpp1.6"));
      for (const [i, { seq, later, settles }] of steps.entries()) {
        receipts?.answered(`k${seq}`, seq, `{"i":${i}}`, later ? "later" : "now");
        plain?.answered(`k${seq}`, seq, `{"i":${i}}`);
        if (settles) receipts?.settle();
      }
      receipts?.settle();
      await turn();
      const texts = (one: typeof storage) =>
        [...one.tables.receipts].map(([key, value]) => [key, String(value)]).sort();
      assert.equal(texts(storage), texts(model));
    }),
    { numRuns: 50 },
  );
});

test.run();
