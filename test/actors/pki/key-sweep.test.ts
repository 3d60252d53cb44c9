/** Keys without a name go, from a store that fails or lies now and then. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KeySweep } from "../../../src/actors/pki/key-sweep.ts";
import { type KeyId, keyId } from "../../../src/domain/ids.ts";
import type { KeyStore } from "../../../src/ports.ts";
import { SimulatedClock } from "../../support/simulated-clock.ts";

const [NAMED, OLD] = [keyId("A.1"), keyId("A.2")];
const HOUR_MS = 3_600_000;
/** Whoever waits for a store that answers at once has its answer then. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

class Store {
  readonly keys = new Set<KeyId>([NAMED, OLD]);
  lists = 0;
  /** Questions that will fail. */
  failures = 0;
  /** Deletions that will be forgotten. */
  lies = 0;

  async list(): Promise<readonly KeyId[]> {
    this.lists += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw Object.assign(new Error("away"), { code: "ERR_KEY_TOKEN_MISSING" });
    }
    return [...this.keys];
  }

  async destroy(id: KeyId): Promise<void> {
    if (this.lies > 0) this.lies -= 1;
    else this.keys.delete(id);
  }
}

function rig(named: () => ReadonlySet<KeyId> | undefined = () => new Set([NAMED])) {
  const [store, clock] = [new Store(), new SimulatedClock()];
  const warnings: object[] = [];
  const quiet = () => undefined;
  const logger = { trace: quiet, debug: quiet, info: quiet, warn: (o: object) => void warnings.push(o), error: quiet };
  const sweep = new KeySweep({
    keys: store as unknown as KeyStore,
    slot: "A",
    clock,
    logger: logger as never,
    named,
  });
  const pass = async (ms: number) => {
    // In pieces: each sweep sets its next timer only when the store has answered.
    for (let left = ms; left > 0; left -= 500) {
      clock.advance(500);
      await settled();
    }
  };
  return { store, clock, sweep, warnings, pass };
}

test("a key without a name is destroyed, one with a name is not, and an empty look ends it", async () => {
  const { store, clock, sweep, pass } = rig();
  await sweep.sweep();
  assert.equal([...store.keys], [NAMED]);
  await pass(2_000);
  assert.is(store.lists, 2);
  assert.is(clock.waiting, 0);
});

test("a token that was away, or forgot a deletion, is looked through again by itself", async () => {
  const { store, sweep, pass, warnings } = rig();
  store.failures = 3;
  store.lies = 1;
  await sweep.sweep();
  assert.is(store.keys.size, 2);
  await pass(30_000);
  assert.equal([...store.keys], [NAMED]);
  assert.equal(warnings[0], { stationId: "A", code: "ERR_KEY_TOKEN_MISSING" });
});

test("a token that stays away is asked a bounded number of times, and again after the next step", async () => {
  const { store, clock, sweep, pass } = rig();
  store.failures = Number.POSITIVE_INFINITY;
  await sweep.sweep();
  await pass(2 * HOUR_MS);
  assert.is(store.lists, 15);
  assert.is(clock.waiting, 0);
  store.failures = 0;
  await sweep.sweep();
  assert.equal([...store.keys], [NAMED]);
});

test("while a key is being made none goes", async () => {
  const { store, sweep } = rig(() => undefined);
  await sweep.sweep();
  assert.is(store.keys.size, 2);
});

test("the key of a process that was killed while it made one is found when it comes", async () => {
  const { store, sweep, pass } = rig();
  store.keys.delete(OLD);
  sweep.expectOrphan();
  await sweep.sweep();
  await pass(60_000);
  store.keys.add(OLD);
  await pass(60_000);
  assert.equal([...store.keys], [NAMED]);
});

test("stopped, it asks nothing more", async () => {
  const { store, clock, sweep } = rig();
  sweep.expectOrphan();
  await sweep.sweep();
  sweep.stop();
  assert.is(clock.waiting, 0);
  const { lists } = store;
  await sweep.sweep();
  assert.is(store.lists, lists);
});

test.run();
