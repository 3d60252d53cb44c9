/** One station's failure stays its own, and what is written down comes back (architecture.md invariant 6, facts 1–5). */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hostKey, type StationHost } from "../../src/actors/station-host.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import type { SnapshotStore } from "../../src/ports.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { acceptedStation, liveConnection, MemoryStore, supervise } from "../support/supervised.ts";

const status = (host: StationHost, value: string, clock: ManualClock) =>
  host.send({
    type: "connector.status",
    evseId: 1,
    connectorId: 1,
    status: value,
    errorCode: "NoError",
    at: clock.now(),
  });

/** An event that no traffic makes: the machine's action throws. */
const poison = (host: StationHost) =>
  host.send({
    type: "connector.status",
    evseId: 1,
    connectorId: 1,
    errorCode: "",
    at: epochMs(0),
    get status(): string {
      throw new Error("poisoned");
    },
  });

test("an event that makes a station's machine throw restarts that station from its last snapshot and no other", async () => {
  const world = supervise();
  const [bad, good] = [acceptedStation(world, "CS-BAD"), acceptedStation(world, "CS-GOOD")];
  status(bad, "Charging", world.clock);
  status(good, "Charging", world.clock);
  await world.supervisor.flush();
  status(bad, "Faulted", world.clock);
  const actorOfGood = good.actor;

  poison(bad);

  assert.is(bad.context.connectors["1/1"]?.status, "Charging", "back at the last snapshot");
  assert.is(bad.actor.getSnapshot().value, "accepted", "with its live connection");
  assert.is(world.counters.actorRestarts, 1);
  assert.is(world.counters.coldStarts, 0);
  assert.is(good.actor, actorOfGood);
  status(bad, "Available", world.clock);
  assert.is(bad.context.connectors["1/1"]?.status, "Available", "the new actor listens");
  await world.supervisor.stop();
});

test("a station whose actor keeps failing is given up: its socket is closed, nobody else's, and it may come again", async () => {
  const world = supervise();
  const [bad, good] = [acceptedStation(world, "CS-BAD"), acceptedStation(world, "CS-GOOD")];
  await world.supervisor.flush();
  poison(bad);
  poison(bad);
  assert.equal(world.givenUp, []);
  poison(bad);
  assert.equal(world.givenUp, ["CS-BAD"]);
  assert.is(world.counters.actorsGivenUp, 1);
  assert.is(world.counters.coldStarts, 1, "the snapshot that led there is not used again");
  assert.is(good.actor.getSnapshot().value, "accepted");
  poison(bad);
  assert.equal(world.givenUp, ["CS-BAD"], "failures are counted anew");
  await world.supervisor.stop();
});

test("failures that lie further apart than five minutes do not add up", async () => {
  const world = supervise();
  const bad = acceptedStation(world, "CS-BAD");
  await world.supervisor.flush();
  for (let i = 0; i < 6; i += 1) {
    poison(bad);
    await world.clock.advance(3 * 60_000);
  }
  assert.is(world.counters.actorRestarts, 6);
  assert.equal(world.givenUp, []);
  await world.supervisor.stop();
});

test("a clock that fails one station's deadline costs that station a restart", async () => {
  const clock = new ManualClock();
  const callAt = clock.callAt.bind(clock);
  let isBroken = false;
  clock.callAt = (at, callback) => {
    if (isBroken) throw new Error("no timer");
    return callAt(at, callback);
  };
  const world = supervise({ clock });
  const good = acceptedStation(world, "CS-GOOD");
  isBroken = true;
  const bad = acceptedStation(world, "CS-BAD");
  isBroken = false;
  assert.ok(world.counters.actorRestarts > 0);
  assert.is(good.actor.getSnapshot().value, "accepted");
  status(bad, "Available", clock);
  assert.is(bad.context.connectors["1/1"]?.status, "Available");
  await world.supervisor.stop();
});

test("a store that can neither read nor write disturbs nobody; failures are counted, and the next write repeats them", async () => {
  const store = new MemoryStore();
  const world = supervise({ store });
  const bad = acceptedStation(world, "CS-BAD");
  await world.supervisor.flush();
  const before = store.records.get(bad.key);
  store.fails = true;
  status(bad, "Charging", world.clock);
  await world.supervisor.flush();
  assert.is(world.counters.snapshotWriteFailures, 1);
  assert.is(store.records.get(bad.key), before);
  poison(bad);
  assert.is(world.counters.coldStarts, 1, "no snapshot to be had");
  assert.is(bad.actor.getSnapshot().value, "booting");
  store.fails = false;
  const other = acceptedStation(world, "CS-OTHER");
  await world.supervisor.flush();
  assert.ok(store.records.has(other.key));
  assert.is.not(store.records.get(bad.key), before, "what could not be written goes with the next write");
  await world.supervisor.stop();
});

test("a store that fails for ever does not keep the gateway from stopping", async () => {
  const store = new MemoryStore();
  const world = supervise({ store });
  acceptedStation(world, "CS-1");
  store.fails = true;
  await world.supervisor.stop();
  assert.ok(world.counters.snapshotWriteFailures > 0);
});

test("changes of a lag are one write, with the last of them", async () => {
  const world = supervise();
  const host = acceptedStation(world, "CS-1");
  await world.supervisor.flush();
  const written = world.counters.snapshotWrites;
  for (const value of ["Preparing", "Charging", "SuspendedEV", "Finishing"]) status(host, value, world.clock);
  await world.supervisor.flush();
  assert.is(world.counters.snapshotWrites, written + 1);
  assert.match(world.store.records.get(host.key) ?? "", /"Finishing"/);
  await world.supervisor.stop();
});

/** Three stations written down by one process. */
async function savedStore(): Promise<MemoryStore> {
  const world = supervise();
  for (const id of ["CS-1", "CS-2", "CS-3"]) status(acceptedStation(world, id), "Charging", world.clock);
  await world.supervisor.stop();
  return world.store;
}

const key = (id: string) => hostKey(stationId(id), "ocpp1.6");

test("what was written down comes back: the next process has every station as it was, without its connection", async () => {
  const store = await savedStore();
  const world = supervise({ store });
  world.supervisor.restoreAll();
  const hosts = [...world.supervisor.hosts];
  assert.equal(
    hosts.map(({ stationId: id }) => id),
    ["CS-1", "CS-2", "CS-3"],
  );
  for (const { context, actor } of hosts) {
    assert.is(context.registration, "Accepted");
    assert.is(context.heartbeatIntervalSec, 60);
    assert.is(context.connectors["1/1"]?.status, "Charging");
    assert.is(context.connection, 0);
    assert.is(actor.getSnapshot().value, "offline");
  }
  assert.is(world.counters.coldStarts, 0);
  await world.supervisor.stop();
});

const SPOILERS: Readonly<Record<string, (record: string) => string>> = {
  "is not JSON": (record) => record.slice(0, -7),
  "is no object": () => "null",
  "is of an unknown schema version": (record) => record.replace('"v":1', '"v":99'),
  "names an unknown state": (record) => record.replace(/"value":"\w+"/, '"value":"dancing"'),
  "is of an actor that had failed": (record) => record.replace('"status":"active"', '"status":"error"'),
  "is of another station": (record) => record.replaceAll("CS-2", "CS-9"),
  "has no context": (record) => record.replace('"context":', '"contents":'),
  "has a hole among its transactions": (record) => record.replace('"transactions":{', '"transactions":{"7":null'),
  "has a hole among its profiles": (record) => record.replace('"profiles":[', '"profiles":[null'),
  "has a number for its connectors": (record) => record.replace(/"connectors":\{.*?\}\}/, '"connectors":7'),
  "is of an unknown protocol": (record) => record.replaceAll("ocpp1.6", "ocpp1.5"),
};

for (const [fault, spoil] of Object.entries(SPOILERS)) {
  test(`a snapshot that ${fault} is one station's counted cold start`, async () => {
    const store = await savedStore();
    const good = store.records.get(key("CS-2")) ?? "";
    assert.is.not(spoil(good), good, "the fault is in");
    store.records.set(key("CS-2"), spoil(good));
    const world = supervise({ store });
    world.supervisor.restoreAll();
    assert.equal(
      [...world.supervisor.hosts].map(({ stationId: id }) => id),
      ["CS-1", "CS-3"],
    );
    assert.is(world.counters.coldStarts, 1);
    assert.is(world.counters.actorsNow, 2);
    const again = acceptedStation(world, "CS-2");
    assert.equal(Object.keys(again.context.connectors), [], "cold");
    await world.supervisor.stop();
  });
}

test("a child snapshot that XState cannot use costs one station at most a restart", async () => {
  const store = await savedStore();
  const record = JSON.parse(store.records.get(key("CS-2")) ?? "{}");
  record.snapshot.children = {
    deadline: { snapshot: { status: "nonsense", context: 3 }, src: "deadline", syncSnapshot: 1 },
  };
  store.records.set(key("CS-2"), JSON.stringify(record));
  const world = supervise({ store });
  world.supervisor.restoreAll();
  assert.is(world.counters.coldStarts + world.supervisor.size, 3 + world.counters.actorsGivenUp);
  for (const id of ["CS-1", "CS-3"]) {
    assert.is(world.supervisor.host(stationId(id), "ocpp1.6").context.connectors["1/1"]?.status, "Charging");
  }
  await world.supervisor.stop();
});

test("a record that the store cannot read is counted, the others come back", () => {
  const store: SnapshotStore = new MemoryStore();
  store.readAll = (onBad) => {
    onBad("ocpp1.6\u0000CS-7", "not text");
    return [];
  };
  const world = supervise({ store: store as MemoryStore });
  world.supervisor.restoreAll();
  assert.is(world.counters.coldStarts, 1);
});

const SILENCE_MS = 2 * 60_000;

test("two heartbeat intervals of silence make a station suspect; the next frame makes it accepted again", async () => {
  const world = supervise();
  const host = acceptedStation(world, "CS-1");
  await world.clock.advance(SILENCE_MS - 1);
  assert.is(host.actor.getSnapshot().value, "accepted");
  await world.clock.advance(1);
  assert.is(host.actor.getSnapshot().value, "suspect");
  assert.ok(host.connection?.isSuspect, "so that the next frame is told");
  host.send({ type: "frame.seen", at: world.clock.now() });
  assert.is(host.actor.getSnapshot().value, "accepted");
  await world.clock.advance(SILENCE_MS);
  assert.is(host.actor.getSnapshot().value, "suspect", "and silence counts again");
  await world.supervisor.stop();
});

test("frames seen meanwhile postpone suspicion to two intervals after the last of them", async () => {
  const world = supervise();
  const host = acceptedStation(world, "CS-1");
  await world.clock.advance(SILENCE_MS - 10_000);
  const { connection } = host;
  assert.ok(connection);
  connection.lastFrameAt = world.clock.now();
  await world.clock.advance(10_000);
  assert.is(host.actor.getSnapshot().value, "accepted");
  assert.is(host.context.silentAt, connection.lastFrameAt + SILENCE_MS);
  await world.clock.advance(SILENCE_MS - 10_001);
  assert.is(host.actor.getSnapshot().value, "accepted");
  await world.clock.advance(1);
  assert.is(host.actor.getSnapshot().value, "suspect");
  await world.supervisor.stop();
});

test("one station's silence says nothing about another", async () => {
  const world = supervise();
  const [silent, talking] = [acceptedStation(world, "CS-1"), acceptedStation(world, "CS-2")];
  await world.clock.advance(SILENCE_MS / 2);
  liveConnection(world, talking).lastFrameAt = world.clock.now();
  await world.clock.advance(SILENCE_MS / 2);
  assert.is(silent.actor.getSnapshot().value, "suspect");
  assert.is(talking.actor.getSnapshot().value, "accepted");
  await world.supervisor.stop();
});

test("the end of an old connection does not touch the session that replaced it", async () => {
  const world = supervise();
  const host = acceptedStation(world, "CS-1");
  const old = liveConnection(world, host).no;
  world.connect(host);
  host.send({ type: "session.closed", connection: old, at: world.clock.now() });
  assert.is(host.actor.getSnapshot().value, "accepted");
  await world.supervisor.stop();
});

test("a station that fails while nobody is connected comes back offline", async () => {
  const world = supervise();
  const host = acceptedStation(world, "CS-1");
  await world.supervisor.flush();
  host.connection = undefined;
  poison(host);
  assert.is(host.actor.getSnapshot().value, "offline");
  assert.is(host.context.connection, 0);
  await world.supervisor.stop();
});

test("invented names do not fill the gateway: beyond the bound a stranger goes, and nobody who matters", async () => {
  const world = supervise({ maxStations: 3 });
  const accepted = acceptedStation(world, "CS-ACCEPTED");
  const connected = world.supervisor.host(stationId("CS-CONNECTED"), "ocpp1.6");
  world.connect(connected);
  world.supervisor.host(stationId("CS-INVENTED"), "ocpp1.6").send({
    type: "connector.status",
    evseId: 1,
    connectorId: 1,
    status: "Available",
    errorCode: "NoError",
    at: world.clock.now(),
  });
  await world.supervisor.flush();
  world.supervisor.host(stationId("CS-NEW"), "ocpp1.6");
  await world.supervisor.flush();
  const names = [...world.supervisor.hosts].map((host) => host.stationId as string);
  assert.equal(names, ["CS-ACCEPTED", "CS-CONNECTED", "CS-NEW"]);
  assert.not(world.store.records.has(hostKey(stationId("CS-INVENTED"), "ocpp1.6")));
  assert.is(world.counters.strangersForgotten, 1);
  assert.is(accepted.context.registration, "Accepted");
  // Nobody left who may go: the newcomer is taken all the same.
  world.connect(world.supervisor.host(stationId("CS-NEW"), "ocpp1.6"));
  world.supervisor.host(stationId("CS-FIFTH"), "ocpp1.6");
  assert.is(world.supervisor.size, 4);
  await world.supervisor.stop();
});

test.run();
