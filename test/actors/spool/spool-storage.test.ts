/** When the real store says that something is committed, it can be read, and would be there after a `kill -9`. */
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { LmdbSpoolStorage } from "../../../src/actors/spool/spool-storage.actor.ts";
import { tempDir } from "../../support/temp-dir.ts";

const failed = (error: unknown) => {
  throw error;
};
const told = (when: (done: (error: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => when((error) => (error === undefined ? resolve() : reject(error))));

test("who is told that writes are committed reads them, in order, and before who waits for the disk", async () => {
  const path = join(tempDir(), "spool");
  for (let life = 0; life < 3; life += 1) {
    const storage = new LmdbSpoolStorage(path, failed);
    const order: string[] = [];
    const flushed: Promise<void>[] = [];
    for (let round = 0; round < 15; round += 1) {
      // Enough for the commit to take longer than the first look.
      for (let i = 0; i < 400; i += 1) storage.put("records", `k${i}`, `${life} ${round} ${i} ${"x".repeat(500)}`);
      flushed.push(told((done) => storage.whenFlushed(done)).then(() => void order.push(`flushed ${round}`)));
      const committed = told((done) => storage.whenCommitted(done));
      assert.ok(storage.get("records", "k399")?.toString().startsWith(`${life} ${round} `) !== true, "told too early");
      await committed;
      order.push(`committed ${round}`);
      for (const i of [0, 399])
        assert.ok(storage.get("records", `k${i}`)?.toString().startsWith(`${life} ${round} ${i} `), `round ${round}`);
    }
    await Promise.all(flushed);
    for (let round = 0; round < 15; round += 1)
      assert.ok(order.indexOf(`committed ${round}`) < order.indexOf(`flushed ${round}`));
    await storage.close();
  }
});

test("who waits in a turn without writes is told when the writes before are committed", async () => {
  const storage = new LmdbSpoolStorage(join(tempDir(), "spool"), failed);
  await told((done) => storage.whenCommitted(done));
  storage.put("notes", "a", "1");
  await new Promise((resolve) => setImmediate(resolve));
  await told((done) => storage.whenCommitted(done));
  assert.is(storage.get("notes", "a")?.toString(), "1");
  storage.remove("notes", "a");
  await told((done) => storage.whenFlushed(done));
  assert.is(storage.get("notes", "a"), undefined);
  await storage.close();
});

test("a store that is closed while somebody waits tells them all the same", async () => {
  const storage = new LmdbSpoolStorage(join(tempDir(), "spool"), failed);
  for (let i = 0; i < 3_000; i += 1) storage.put("records", `k${i}`, "x".repeat(1_000));
  const committed = told((done) => storage.whenCommitted(done));
  const closed = storage.close();
  await committed;
  await closed;
  // A look that comes too late would find no store.
  await new Promise((resolve) => setTimeout(resolve, 5));
});

test.run();
