/** Whoever asks again gets the same answer: after a new connection, and after a new process. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Receipts } from "../../../src/actors/spool/receipts.ts";
import { stationId } from "../../../src/domain/ids.ts";
import { settle } from "../../support/manual-clock.ts";
import { memoryStorage } from "../../support/memory-storage.ts";

const open = (storage: ReturnType<typeof memoryStorage>, station = "CP1") =>
  new Receipts(storage, stationId(station), "ocpp1.6");
const SLOTS = 64;

test("a message waits until it is answered, and then every repetition has its answer", () => {
  const receipts = open(memoryStorage());
  assert.is(receipts.recall("a"), undefined);
  receipts.note("a", 7);
  assert.equal(receipts.recall("a"), { kind: "waiting", seq: 7 });
  receipts.answered("a", 7, '{"x":1}');
  assert.equal(receipts.recall("a"), { kind: "answered", payload: '{"x":1}', seq: 7 });
});

test("the latest 64 are known, of every history, also after a restart", async () => {
  const history = fc.uniqueArray(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 200, size: "max" });
  const property = fc.asyncProperty(history, fc.nat({ max: 200 }), async (numbers, restartAt) => {
    const storage = memoryStorage();
    let receipts = open(storage);
    for (const [seq, number] of numbers.entries()) {
      receipts.note(`k${number}`, seq);
      receipts.answered(`k${number}`, seq, `{"n":${number}}`);
      if (seq !== restartAt) continue;
      await settle();
      receipts = open(storage);
    }
    const check = () => {
      for (const [back, number] of numbers.toReversed().entries()) {
        const known = receipts.recall(`k${number}`);
        if (back >= SLOTS) assert.is(known, undefined);
        else assert.is(known?.kind === "answered" ? known.payload : "", `{"n":${number}}`);
      }
    };
    check();
    await settle();
    receipts = open(storage);
    check();
  });
  await fc.assert(property, { numRuns: 40 });
});

test("a start whose transaction has been stopped is forgotten, and no other", async () => {
  const storage = memoryStorage();
  const receipts = open(storage);
  const start = (id: number) => JSON.stringify({ transactionId: id, idTagInfo: { status: "Accepted" } });
  receipts.answered("one", 0, start(17));
  receipts.answered("two", 1, start(170));
  receipts.answered("three", 2, JSON.stringify({ data: "17" }));
  receipts.forgetStart("17");
  assert.is(receipts.recall("one"), undefined);
  assert.is(receipts.recall("two")?.kind, "answered");
  assert.is(receipts.recall("three")?.kind, "answered");
  await settle();
  assert.is(open(storage).recall("one"), undefined);
  assert.is(open(storage).recall("two")?.kind, "answered");
});

test("numbers that begin anew after a restart do not make the latest receipts the first to go", async () => {
  const storage = memoryStorage();
  const before = open(storage);
  for (let seq = 500; seq < 500 + SLOTS; seq += 1) before.answered(`old${seq}`, seq, "{}");
  await settle();
  const after = open(storage);
  for (let seq = 0; seq < 10; seq += 1) after.answered(`new${seq}`, seq, "{}");
  await settle();
  const again = open(storage);
  again.answered("newest", 10, "{}");
  for (let seq = 0; seq < 10; seq += 1) assert.is(again.recall(`new${seq}`)?.kind, "answered", `new${seq}`);
});

test("stations and versions do not share receipts, and damage is as if nothing had been kept", async () => {
  const storage = memoryStorage();
  open(storage).answered("a", 0, "{}");
  await settle();
  assert.is(open(storage, "CP11").recall("a"), undefined);
  assert.is(new Receipts(storage, stationId("CP1"), "ocpp2.0.1").recall("a"), undefined);
  for (const key of storage.tables.receipts.keys()) storage.tables.receipts.set(key, Buffer.from("{"));
  assert.is(open(storage).recall("a"), undefined);
});

test.run();
