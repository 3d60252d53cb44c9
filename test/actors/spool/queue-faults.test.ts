/** What a store that takes no writes, or gives back rubbish, does to a station's messages; the store is one in memory. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openWorld } from "../../support/e2e-world.ts";
import { memoryStorage } from "../../support/memory-storage.ts";
import { freePort, PlainCsms } from "../../support/plain-csms.ts";
import { until } from "../../support/until.ts";

const AT = "2026-01-01T00:00:00Z";
const OFFLINE = { graceSec: 0.1, takeOverSec: 0.5, unknownTokens: "accept" } as const;
const start = { connectorId: 1, idTag: "TAG", meterStart: 0, timestamp: AT };
const stopOf = (transactionId: number) => ({ transactionId, meterStop: 9, timestamp: AT });

// A start whose commit failed was answered CALLERROR; its repetition was then answered "accepted" from the receipts, and lost.
test("a message that could not be kept is not acknowledged when the station asks again", async () => {
  const storage = memoryStorage();
  const csmsUrl = `ws://127.0.0.1:${await freePort()}/csms`;
  await using world = await openWorld({
    csmsUrl,
    config: { offline: OFFLINE, limits: { callTimeoutSec: 1 } },
    ports: { spool: storage },
  });
  const station = await world.dial("CP1");
  assert.is((await station.ask("Heartbeat"))[0], 3, "the gateway answers for the CSMS");
  storage.failure = new Error("full");
  const first = await station.ask("StartTransaction", start, "a");
  assert.is(first[0], 4);
  const again = await station.ask("StartTransaction", start, "b");
  assert.is(again[0], 4);
  assert.is(world.gateway.counters.spoolOwned, 2, "each time it was tried");
  assert.is(storage.tables.records.size, 0);
});

test("a record that cannot be read goes to the dead letters, and the rest is delivered", async () => {
  const storage = memoryStorage();
  const port = await freePort();
  const options = { csmsUrl: `ws://127.0.0.1:${port}/csms`, config: { offline: OFFLINE }, ports: { spool: storage } };
  {
    await using world = await openWorld(options);
    const station = await world.dial("CP1");
    for (const id of [41, 42, 43]) assert.is((await station.ask("StopTransaction", stopOf(id)))[0], 3);
  }
  const [, second] = [...storage.tables.records.keys()].sort();
  storage.tables.records.set(second ?? "", Buffer.from("rubbish"));
  await using csms = await PlainCsms.listen({ port });
  await using world = await openWorld(options);
  await world.dial("CP1");
  const link = await csms.link("CP1");
  await until("the others", () => link.calls("StopTransaction").length === 2);
  const queue = world.gateway.queue();
  await until("nothing to wait", () => queue?.list()[0]?.waiting === 0);
  assert.equal(
    queue?.show("CP1", { dead: true }).map(({ action, reason }) => [action, reason]),
    [["?", "unreadable"]],
  );
  const seq = queue?.show("CP1", { dead: true })[0]?.seq ?? -1;
  assert.equal(await queue?.retry("CP1", { seq }), { kind: "unknown" }, "there is nothing to deliver");
  assert.equal(await queue?.drop("CP1", { seq }, "test"), { kind: "done", messages: 1 });
  assert.equal(queue?.list(), []);
});

test("a waiting message is shown, and its card masked", async () => {
  const storage = memoryStorage();
  const csmsUrl = `ws://127.0.0.1:${await freePort()}/csms`;
  await using world = await openWorld({
    csmsUrl,
    config: { offline: OFFLINE, limits: { callTimeoutSec: 1 } },
    ports: { spool: storage },
  });
  const station = await world.dial("CP1");
  await station.ask("StartTransaction", start);
  const queue = world.gateway.queue();
  assert.is(queue?.list()[0]?.waiting, 1);
  const [message] = queue?.show("CP1", { payload: true }) ?? [];
  assert.equal(
    [message?.action, message?.payload?.["idTag"], message?.acknowledged],
    ["StartTransaction", "***", true],
  );
  await until("the lane's state to say so", () => world.gateway.valueLane().queued === 1);
});

test.run();
