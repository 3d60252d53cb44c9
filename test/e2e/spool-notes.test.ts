/** Meter values that leave a note instead of a record: their order, and their repetition after the gateway's end. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../src/domain/ids.ts";
import { contentKey } from "../../src/domain/spool/spoolable.ts";
import type { SpoolNote, SpoolTrail } from "../../src/ports.ts";
import { openWorld } from "../support/e2e-world.ts";
import { memoryStorage } from "../support/memory-storage.ts";
import { freePort, PlainCsms } from "../support/plain-csms.ts";
import { until } from "../support/until.ts";
import type { Answerer } from "../support/ws-peer.ts";

const AT = "2026-01-01T00:00:00Z";
const OFFLINE = { graceSec: 0.1, takeOverSec: 1 } as const;
const meter = { connectorId: 1, transactionId: 1, meterValue: [{ timestamp: AT, sampledValue: [{ value: "1" }] }] };
const stop = { transactionId: 1, meterStop: 9, timestamp: AT };
const event = {
  eventType: "Updated",
  timestamp: AT,
  triggerReason: "MeterValuePeriodic",
  seqNo: 4,
  transactionInfo: { transactionId: "T" },
};

const text = JSON.stringify([2, "m", "MeterValues", meter]);
const KEY = contentKey("ocpp1.6", { type: 2, id: messageId("m"), action: "MeterValues", payload: meter }, text);

/** A trail that writes when it is told to. */
class SlowTrail implements SpoolTrail {
  underWay: SpoolTrail["underWay"] = () => [];
  readonly notes: SpoolNote[] = [];
  readonly #waiting: ((error: unknown) => void)[] = [];
  readonly #found: readonly SpoolNote[];

  constructor(found: readonly SpoolNote[] = []) {
    this.#found = found;
  }

  take(prefix: string) {
    return new Map(this.#found.filter((note) => note.prefix === prefix).map(({ key, id }) => [key, id]));
  }

  note(note: SpoolNote, done: (error: unknown) => void): void {
    this.notes.push(note);
    this.#waiting.push(done);
  }

  write(error?: Error): void {
    for (const done of this.#waiting.splice(0)) done(error);
  }
}

const silentAbout =
  (...actions: readonly string[]): Answerer =>
  (action) =>
    actions.includes(action) ? undefined : {};

test("messages of a station that waits for no answer leave in the order in which they came, whichever is written first", async () => {
  const trail = new SlowTrail();
  const storage = { ...memoryStorage(), trail };
  await using world = await openWorld({ config: { offline: OFFLINE }, ports: { spool: storage } });
  const { station, csms } = await world.booted();
  station.send([2, "m", "MeterValues", meter]);
  station.send([2, "s", "StopTransaction", stop]);
  await until("both to be on disk, the older one because of the younger", () => storage.tables.records.size === 2);
  await station.barrier();
  assert.equal(csms.calls("StopTransaction"), [], "the stop does not overtake");
  trail.write();
  await station.answerTo("s");
  const order = csms.calls().map(([, id]) => id);
  assert.equal(order.slice(-2), ["m", "s"]);
});

test("a message whose station is gone before its answer is written down whole, and delivered once", async () => {
  const trail = new SlowTrail();
  const storage = { ...memoryStorage(), trail };
  await using world = await openWorld({
    answer: silentAbout("MeterValues"),
    config: { offline: OFFLINE },
    ports: { spool: storage },
  });
  const { station, csms } = await world.booted();
  station.send([2, "m", "MeterValues", meter]);
  await until("a note", () => trail.notes.length === 1);
  trail.write();
  await csms.call("MeterValues");
  assert.is(storage.tables.records.size, 0, "while its station waits");
  station.ws.terminate();
  await until("the record", () => storage.tables.records.size === 1);
});

test("a message repeated after the gateway's end leaves under its first id, with its first text", async () => {
  const before = new SlowTrail();
  const csms = await PlainCsms.listen({ answer: silentAbout("TransactionEvent") });
  const notes: SpoolNote[] = [];
  {
    await using world = await openWorld({
      csmsUrl: csms.url,
      config: { offline: OFFLINE },
      ports: { spool: { ...memoryStorage(), trail: before } },
    });
    const station = await world.dial("CP1", "ocpp2.0.1");
    station.send([2, "first", "TransactionEvent", event]);
    await until("a note", () => before.notes.length === 1);
    before.write();
    notes.push(...before.notes);
    await (await csms.link("CP1")).call("TransactionEvent");
    // What the store has of it now, the end of the process would have lost: the second life begins with an empty one.
  }
  const first = (await csms.link("CP1")).calls("TransactionEvent")[0];
  await csms.close();
  const port = await freePort();
  await using world = await openWorld({
    csmsUrl: `ws://127.0.0.1:${port}/csms`,
    config: { offline: OFFLINE },
    ports: { spool: { ...memoryStorage(), trail: new SlowTrail(notes) } },
  });
  const station = await world.dial("CP1", "ocpp2.0.1");
  await station.ask("Heartbeat");
  assert.equal((await station.ask("TransactionEvent", event, "second"))[1], "second", "acknowledged, the CSMS is away");
  await using later = await PlainCsms.listen({ port });
  const link = await later.link("CP1");
  assert.equal(
    await link.call("TransactionEvent"),
    first,
    "no mark that it happened offline: the CSMS may have seen it",
  );
  assert.equal((await station.ask("TransactionEvent", event, "third"))[1], "third");
  assert.is(link.calls("TransactionEvent").length, 1);
});

test("an id that is in use again is not given to a repetition", async () => {
  const trail = new SlowTrail();
  const storage = { ...memoryStorage(), trail };
  await using world = await openWorld({
    answer: silentAbout("Heartbeat"),
    config: { offline: OFFLINE },
    ports: { spool: { ...storage, trail: Object.assign(trail, { take: () => new Map([[KEY, messageId("h")]]) }) } },
  });
  const { station, csms } = await world.booted();
  station.send([2, "h", "Heartbeat", {}]);
  station.send([2, "m", "MeterValues", meter]);
  await until("a note", () => trail.notes.length === 1);
  assert.is.not(trail.notes[0]?.id, "h");
  assert.is(trail.notes[0]?.key, KEY);
  assert.is(csms.calls("MeterValues").length, 0, "one call outstanding");
});

test("a station whose note is not written is told so, and the CSMS sees nothing", async () => {
  const trail = new SlowTrail();
  await using world = await openWorld({
    config: { offline: OFFLINE },
    ports: { spool: { ...memoryStorage(), trail } },
  });
  const { station, csms } = await world.booted();
  station.send([2, "m", "MeterValues", meter]);
  await until("a note", () => trail.notes.length === 1);
  trail.write(new Error("the disk is full"));
  assert.is((await station.answerTo("m"))[0], 4);
  assert.equal(csms.calls("MeterValues"), []);
  station.send([2, "again", "MeterValues", meter]);
  await until("another note", () => trail.notes.length === 2);
  trail.write();
  assert.is((await station.answerTo("again"))[0], 3);
});

test.run();
