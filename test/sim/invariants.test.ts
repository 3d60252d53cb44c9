/** A verdict that cannot be bad is none: every invariant is broken here on purpose. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Arrival, CsmsLedger } from "../../src/sim/csms-ledger.ts";
import { type Evidence, judge } from "../../src/sim/invariants.ts";
import type { StationLedger } from "../../src/sim/ledger.ts";
import { simWorld } from "../support/sim-world.ts";

/** Books of two stations of a good run, with arrivals that a test may tamper with. */
async function goodRun(): Promise<{ evidence: Evidence; arrivals: Map<string, Arrival[]> }> {
  const world = simWorld();
  const stations = [world.station({ id: "A", version: "ocpp1.6" }), world.station({ id: "B", version: "ocpp2.0.1" })];
  for (const station of stations) station.start();
  await world.clock.advance(45_000);
  for (const station of stations) await world.stop(station);
  const ledgers: readonly StationLedger[] = stations.map(({ ledger }) => ledger);
  const arrivals = new Map(
    ledgers.map(({ stationId }) => [stationId, [...(world.csms.ledger(stationId)?.arrivals ?? [])]]),
  );
  const csms = (stationId: string): CsmsLedger | undefined => {
    const book = world.csms.ledger(stationId);
    return (
      book && {
        stationId,
        version: book.version,
        connections: book.connections,
        messages: book.messages,
        total: book.total,
        transactions: book.transactions,
        energyWh: book.energyWh,
        arrivals: arrivals.get(stationId) ?? [],
      }
    );
  };
  const evidence: Evidence = {
    stations: ledgers,
    csms,
    undelivered: 0,
    leaks: [],
    health: { messages: 9, sequenceProblems: [] },
    gateway: { actorRestarts: 0, actorsGivenUp: 0 },
  };
  return { evidence, arrivals };
}

const DELIVERY = "every transaction message reached the CSMS exactly once and in order";
const ENERGY = "energy agrees to the Wh";

function broken(evidence: Evidence): readonly string[] {
  return judge(evidence)
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
}

test("a good run keeps them all", async () => {
  const { evidence } = await goodRun();
  assert.equal(broken(evidence), []);
  assert.ok(judge(evidence).length >= 9);
});

for (const id of ["A", "B"]) {
  test(`${id} - a message that came twice breaks delivery`, async () => {
    const { evidence, arrivals } = await goodRun();
    const list = arrivals.get(id) ?? [];
    list.splice(3, 0, list[2] as Arrival);
    assert.equal(broken(evidence), [DELIVERY]);
  });

  test(`${id} - a message that was lost breaks delivery`, async () => {
    const { evidence, arrivals } = await goodRun();
    arrivals.get(id)?.splice(4, 1);
    assert.equal(broken(evidence), [DELIVERY]);
  });

  test(`${id} - messages that changed places break delivery`, async () => {
    const { evidence, arrivals } = await goodRun();
    const list = arrivals.get(id) ?? [];
    list.splice(2, 2, list[3] as Arrival, list[2] as Arrival);
    assert.equal(broken(evidence), [DELIVERY]);
  });

  test(`${id} - another station's message breaks delivery`, async () => {
    const { evidence, arrivals } = await goodRun();
    const other = arrivals.get(id === "A" ? "B" : "A") ?? [];
    arrivals.get(id)?.push(other[0] as Arrival);
    assert.equal(broken(evidence), [DELIVERY]);
  });
}

test("a message still waiting at the station breaks delivery", async () => {
  const { evidence } = await goodRun();
  assert.equal(broken({ ...evidence, undelivered: 1 }), [DELIVERY]);
});

test("a Wh that differs breaks the energy", async () => {
  const { evidence } = await goodRun();
  const [transaction] = evidence.stations[0]?.transactions ?? [];
  if (transaction !== undefined) transaction.meterStopWh = (transaction.meterStopWh ?? 0) + 1;
  assert.equal(broken(evidence), [ENERGY]);
});

test("a leaked token, transaction id or identity breaks its invariant", async () => {
  const { evidence } = await goodRun();
  const leak = { where: "payload", topic: "t" } as const;
  const personal = ["no idTag, idToken or transaction id on MQTT"];
  assert.equal(broken({ ...evidence, leaks: [{ kind: "token", ...leak }] }), personal);
  assert.equal(broken({ ...evidence, leaks: [{ kind: "transaction", ...leak }] }), personal);
  assert.equal(broken({ ...evidence, leaks: [{ kind: "station", ...leak }] }), ["no station identity on MQTT"]);
});

test("a gap, a restart and an actor given up break theirs", async () => {
  const { evidence } = await goodRun();
  const gap = { messages: 9, sequenceProblems: ["3 after 1"] };
  assert.equal(broken({ ...evidence, health: gap }), ["health sequence numbers are gap-free"]);
  for (const gateway of [
    { actorRestarts: 1, actorsGivenUp: 0 },
    { actorRestarts: 0, actorsGivenUp: 1 },
  ]) {
    assert.equal(broken({ ...evidence, gateway }), ["no station actor was restarted"]);
  }
});

test("a run in which nothing happened keeps nothing but the peace of the actors", () => {
  const nothing: Evidence = {
    stations: [],
    csms: () => undefined,
    undelivered: 0,
    leaks: [],
    health: { messages: 0, sequenceProblems: [] },
    gateway: { actorRestarts: 0, actorsGivenUp: 0 },
  };
  const kept = judge(nothing).filter(({ ok }) => ok);
  assert.equal(
    kept.map(({ name }) => name),
    ["no station actor was restarted"],
  );
});

test("with a foreign CSMS nothing is said about delivery", async () => {
  const { evidence } = await goodRun();
  const names = judge({ ...evidence, csms: undefined }).map(({ name }) => name);
  assert.not.ok(names.includes(DELIVERY) || names.includes(ENERGY));
});

test.run();
