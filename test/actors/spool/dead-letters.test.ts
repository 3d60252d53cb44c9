/** A dead letter is never lost between the queue that it leaves and the store that it goes to. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { DeadLetters } from "../../../src/actors/spool/dead-letters.ts";
import { epochMs, messageId } from "../../../src/domain/ids.ts";
import type { SpoolHead } from "../../../src/domain/spool/record.ts";
import { memoryStorage } from "../../support/memory-storage.ts";

const PREFIX = "ocpp1.6/CS-1/";
const AT = epochMs(1_000);
const head: SpoolHead = {
  v: 1,
  id: messageId("m"),
  action: "StopTransaction",
  messageClass: 1,
  role: "stop",
  transaction: "7",
  key: "k",
  takenAt: epochMs(0),
  notBefore: epochMs(5),
};
const letter = { head, text: '[2,"m","StopTransaction",{}]' };
const REFUSED = { reason: "refused", at: AT } as const;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a letter says why and since when, and keeps its frame", async () => {
  const storage = memoryStorage();
  const dead = new DeadLetters(storage);
  dead.put(PREFIX, 3, letter, REFUSED, () => undefined);
  await turn();
  const [found] = dead.of(PREFIX);
  const { notBefore: _, ...kept } = head;
  assert.equal(found, { seq: 3, head: { ...kept, dead: { reason: "refused", at: AT } }, text: letter.text });
  assert.equal([dead.count, new DeadLetters(storage).count], [1, 1]);
});

test("a letter put aside while the store takes no writes is seen, and written when it does", async () => {
  const storage = memoryStorage();
  const dead = new DeadLetters(storage);
  storage.failure = new Error("full");
  dead.put(PREFIX, 3, letter, REFUSED, () => undefined);
  await turn();
  assert.is(storage.tables.dead.size, 0);
  assert.is(dead.of(PREFIX).length, 1);
  assert.equal(dead.countByPrefix(), new Map([[PREFIX, 1]]));
  storage.failure = undefined;
  dead.resync();
  await turn();
  assert.is(storage.tables.dead.size, 1);
  assert.is(dead.count, 1);
});

test("what was put aside is said when the store has it or has refused it, once, and not before", async () => {
  const storage = memoryStorage();
  const dead = new DeadLetters(storage);
  const said: number[] = [];
  for (const failure of [undefined, new Error("full")]) {
    storage.failure = failure;
    dead.put(PREFIX, 3, letter, REFUSED, () => said.push(storage.tables.dead.size));
    assert.is(said.length, failure === undefined ? 0 : 1);
    await turn();
  }
  storage.failure = undefined;
  dead.resync();
  await turn();
  assert.equal(said, [1, 1]);
});

test("a removal that the store did not take is repeated, and the letter is not seen meanwhile", async () => {
  const storage = memoryStorage();
  const dead = new DeadLetters(storage);
  dead.put(PREFIX, 3, letter, REFUSED, () => undefined);
  await turn();
  storage.failure = new Error("full");
  dead.remove(PREFIX, 3);
  await turn();
  assert.equal([dead.count, dead.of(PREFIX).length, dead.countByPrefix().get(PREFIX)], [0, 0, 0]);
  storage.failure = undefined;
  dead.resync();
  await turn();
  assert.is(storage.tables.dead.size, 0);
});

test("a letter that cannot be read is there with its bytes, and comes after none that it does not belong to", async () => {
  const storage = memoryStorage();
  const dead = new DeadLetters(storage);
  dead.putBytes(PREFIX, 10, Buffer.from("rubbish"));
  dead.put("ocpp1.6/CS-10/", 1, letter, REFUSED, () => undefined);
  await turn();
  assert.equal(dead.of(PREFIX), [{ seq: 10, head: undefined, text: "rubbish" }]);
});

test.run();
