import { test } from "uvu";
import * as assert from "uvu/assert";
import { TranslationStore } from "../../../src/actors/translation/translation-store.ts";
import { stationId } from "../../../src/domain/ids.ts";
import { initialTranslation } from "../../../src/domain/translate/blocks.ts";
import type { Durable } from "../../../src/domain/translate/engine-types.ts";
import { type MemoryStorage, memoryStorage } from "../../support/memory-storage.ts";

const CP1 = stationId("CP/1");
const initial = (): Durable => ({ state: initialTranslation(), kept: [], waiting: [], alarms: [] });
const never = () => assert.unreachable();
const open = (storage: MemoryStorage, onFailure: (error: unknown) => void = never) =>
  new TranslationStore(storage, CP1, onFailure);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A store that has loaded, and what it loaded. */
function loaded(storage: MemoryStorage, onBad: (slice: string, reason: string) => void = never) {
  const store = open(storage);
  return { store, durable: store.load(initial(), onBad) };
}

test("what was saved is what the next process loads; stations do not see each other's", async () => {
  const storage = memoryStorage();
  const { store, durable } = loaded(storage);
  const alarms = [{ job: { kind: "a", key: "b" }, at: 5 as never }];
  const changed = { ...durable, alarms, state: { ...durable.state, device: { known: true } } };
  store.save(changed);
  await turn();
  assert.equal(loaded(storage).durable, changed);
  const other = new TranslationStore(storage, stationId("CP/2"), never).load(initial(), never);
  assert.equal(other, initial());
});

test("only what has changed is written, and nobody waits where nothing has", async () => {
  const storage = memoryStorage();
  const { store, durable } = loaded(storage);
  assert.is(store.save(durable), "none");
  assert.is(store.save({ ...durable, state: { ...durable.state, commands: {} } }), "committed");
  await turn();
  assert.equal([...storage.tables.notes.keys()], ["translate/ocpp1.6/CP%2F1/commands"]);
});

test("what only helps after a restart makes nobody wait; a new transaction id waits for the disk", () => {
  const { store, durable } = loaded(memoryStorage());
  assert.is(store.save({ ...durable, waiting: [{ kind: "x" }] }), "none");
  const tx = { ...durable.state.tx, highestTx16: 17 };
  assert.is(store.save({ ...durable, state: { ...durable.state, tx } }), "flushed");
});

test("a slice that cannot be read begins anew and is told; the others are kept", async () => {
  const storage = memoryStorage();
  const { store, durable } = loaded(storage);
  store.save({ ...durable, state: { ...durable.state, commands: { a: 1 }, device: { b: 2 }, charging: { c: 3 } } });
  await turn();
  storage.tables.notes.set("translate/ocpp1.6/CP%2F1/commands", Buffer.from("{"));
  storage.tables.notes.set("translate/ocpp1.6/CP%2F1/charging", Buffer.from('{"format":99,"slice":{}}'));
  const bad: string[] = [];
  const after = loaded(storage, (slice, reason) => bad.push(`${slice}: ${reason}`)).durable;
  assert.equal(bad, ["commands: not JSON", "charging: written by format 99"]);
  assert.equal([after.state.commands, after.state.device], [initial().state.commands, { b: 2 }]);
});

test("a write that was not taken is told, lets go who waited, and is written again with the next change", async () => {
  const storage = memoryStorage();
  const failures: unknown[] = [];
  const store = open(storage, (error) => failures.push(error));
  const durable = store.load(initial(), never);
  storage.failure = new Error("disk full");
  const first = { ...durable, state: { ...durable.state, device: { b: 2 } } };
  store.save(first);
  let isDone = false;
  store.when("committed", () => {
    isDone = true;
  });
  await turn();
  assert.equal([isDone, failures.length, storage.tables.notes.size], [true, 1, 0]);
  storage.failure = undefined;
  store.save({ ...first, state: { ...first.state, commands: { a: 1 } } });
  await turn();
  assert.equal(loaded(storage).durable.state.device, { b: 2 });
});

test.run();
