/** 1.6 §4.8, §4.10 - the names of a transaction: the gateway's, and the CSMS's. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ProvisionalIds } from "../../../src/actors/spool/provisional-ids.ts";
import { TransactionIds } from "../../../src/actors/spool/transaction-ids.ts";
import { epochMs, stationId } from "../../../src/domain/ids.ts";
import { isProvisional } from "../../../src/domain/spool/provisional-id.ts";
import { settle } from "../../support/manual-clock.ts";
import { memoryStorage } from "../../support/memory-storage.ts";

const DAY_MS = 86_400_000;
const open = (storage: ReturnType<typeof memoryStorage>) => new TransactionIds(storage, stationId("CP1"), "ocpp1.6");

test("both names lead to the transaction, in both directions, also after a restart", async () => {
  const storage = memoryStorage();
  const ids = open(storage);
  assert.ok(ids.isEmpty);
  ids.open(2_000_000_001, 3);
  ids.change(2_000_000_001, { real: 17 });
  const check = (known: TransactionIds) => {
    assert.is(known.toStation(17), 2_000_000_001);
    assert.equal(known.byProvisional(2_000_000_001), { provisional: 2_000_000_001, connectorId: 3, real: 17 });
    assert.ok(known.has(17) && known.has(2_000_000_001));
    assert.not.ok(known.has(18));
    assert.is(known.toStation(2_000_000_001), undefined);
  };
  check(ids);
  await settle();
  check(open(storage));
});

test("names stay a day after the stop was acknowledged, for what comes late, and go then", async () => {
  const storage = memoryStorage();
  const ids = open(storage);
  ids.open(2_000_000_001, 1);
  ids.open(2_000_000_002, 2);
  ids.change(2_000_000_001, { real: 17 });
  ids.close(2_000_000_001, epochMs(0));
  ids.forgetOld(epochMs(DAY_MS - 1));
  assert.is(ids.toStation(17), 2_000_000_001);
  ids.forgetOld(epochMs(DAY_MS));
  assert.is(ids.toStation(17), undefined);
  await settle();
  assert.equal(
    [...open(storage).all()].map(({ provisional }) => provisional),
    [2_000_000_002],
  );
});

test("when there are too many, the oldest closed one goes, and never one that is open", () => {
  const ids = open(memoryStorage());
  for (let i = 0; i < 256; i += 1) ids.open(2_000_000_000 + i, 1);
  ids.close(2_000_000_100, epochMs(0));
  ids.close(2_000_000_050, epochMs(0));
  ids.open(2_000_001_000, 1);
  assert.is(ids.byProvisional(2_000_000_050), undefined);
  assert.ok(ids.byProvisional(2_000_000_100) !== undefined && ids.byProvisional(2_000_000_000) !== undefined);
});

test("damage costs the one transaction that it struck", async () => {
  const storage = memoryStorage();
  const ids = open(storage);
  ids.open(2_000_000_001, 1);
  ids.open(2_000_000_002, 1);
  await settle();
  const [key = ""] = storage.tables.notes.keys();
  storage.tables.notes.set(key, Buffer.from("{"));
  assert.equal(
    [...open(storage).all()].map(({ provisional }) => provisional),
    [2_000_000_002],
  );
});

test("no id is given twice, over restarts and with a store that was lost in between", async () => {
  const lives = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 400_000, max: 90_000_000 })), {
    maxLength: 8,
  });
  const property = fc.asyncProperty(lives, fc.nat({ max: 7 }), async (list, lostAt) => {
    let storage = memoryStorage();
    let now = Date.UTC(2026, 0, 1);
    const given = new Set<number>();
    for (const [life, [count, restMs]] of list.entries()) {
      if (life === lostAt) storage = memoryStorage();
      const ids = new ProvisionalIds(storage, now);
      for (let i = 0; i < count; i += 1) {
        const id = ids.allocate((taken) => taken % 5 === 0);
        assert.ok(isProvisional(id) && id % 5 !== 0);
        assert.not.ok(given.has(id), `${id} is given again`);
        given.add(id);
      }
      await settle();
      now += restMs;
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

test.run();
