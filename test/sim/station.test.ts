import { test } from "uvu";
import * as assert from "uvu/assert";
import type { OcppVersion } from "../../src/domain/ocpp/version.ts";
import { disagreements } from "../../src/sim/agreement.ts";
import type { CsmsMessage } from "../../src/sim/csms-ledger.ts";
import { simWorld, type World } from "../support/sim-world.ts";

const VERSIONS: readonly OcppVersion[] = ["ocpp1.6", "ocpp2.0.1"];

/** Actions that came in, in order. */
function actions(world: World, id: string): readonly (string | undefined)[] {
  const messages = world.csms.ledger(id)?.messages ?? [];
  return messages.filter(({ direction, type }) => direction === "in" && type === 2).map(({ action }) => action);
}

function payloads(world: World, id: string, action: string): readonly CsmsMessage["payload"][] {
  const messages = world.csms.ledger(id)?.messages ?? [];
  return messages.filter((message) => message.direction === "in" && message.action === action).map((m) => m.payload);
}

for (const version of VERSIONS) {
  test(`${version} - B01 - a station boots, tells its statuses and begins no session before it was accepted`, async () => {
    let verdict: "Pending" | "Accepted" = "Pending";
    const world = simWorld({ registration: () => verdict, heartbeatIntervalSec: 20 });
    const station = world.station({ id: "S", version });
    station.start();
    await world.clock.advance(19_000);
    assert.equal(actions(world, "S"), ["BootNotification"]);
    verdict = "Accepted";
    await world.clock.advance(2_000);
    assert.equal(actions(world, "S").slice(0, 3), ["BootNotification", "BootNotification", "StatusNotification"]);
    await world.stop(station);
  });

  test(`${version} - B03 - a rejected station keeps quiet until its interval is over and refuses commands`, async () => {
    const world = simWorld({ registration: () => "Rejected", heartbeatIntervalSec: 60 });
    const station = world.station({ id: "S", version });
    station.start();
    await world.clock.advance(10_000);
    const command = world.csms.call("S", "TriggerMessage", { requestedMessage: "Heartbeat" });
    await world.clock.advance(30_000);
    assert.is((await command).kind, "error");
    assert.equal(actions(world, "S"), ["BootNotification"]);
    await world.clock.advance(21_000);
    assert.equal(actions(world, "S"), ["BootNotification", "BootNotification"]);
    await world.stop(station);
  });

  test(`${version} - heartbeats follow the interval of the BootNotification answer`, async () => {
    const world = simWorld({ heartbeatIntervalSec: 7 });
    const station = world.station({ id: "S", version, autonomous: false });
    station.start();
    await world.clock.advance(71_000);
    assert.is(actions(world, "S").filter((action) => action === "Heartbeat").length, 10);
    await world.stop(station);
  });

  test(`${version} - sessions run, and both sides' books agree to the Wh`, async () => {
    const world = simWorld();
    const station = world.station({ id: "S", version, connectors: 2 });
    station.start();
    await world.clock.advance(120_000);
    assert.is(await world.stop(station), 0);
    const csms = world.csms.ledger("S");
    assert.ok(station.ledger.transactions.length >= 6);
    assert.ok(station.ledger.energyWh > 100);
    assert.is(csms?.energyWh, station.ledger.energyWh);
    assert.equal(disagreements(station.ledger, csms), []);
    assert.ok(station.ledger.messages.every(({ attempts }) => attempts.length === 1));
    assert.is(world.clock.pending, 0);
  });

  test(`${version} - an unknown token is refused and charges nothing`, async () => {
    const world = simWorld({ tokens: ["GOOD"] });
    const station = world.station({ id: "S", version, tokens: ["BAD"] });
    station.start();
    await world.clock.advance(30_000);
    await world.stop(station);
    assert.is(station.ledger.transactions.length, 0);
    assert.ok(station.ledger.counts.authorizeRefused > 2);
    assert.is(station.ledger.counts.authorizeAccepted, 0);
  });

  test(`${version} - E05/5.2 - a transaction whose token is refused at the start is ended as DeAuthorized`, async () => {
    const world = simWorld({ tokens: ["GOOD"] });
    const station = world.station({ id: "S", version, autonomous: false });
    station.start();
    await world.clock.advance(1_000);
    assert.ok(station.connector(1)?.remoteStart("BAD", 1));
    await world.clock.advance(5_000);
    await world.stop(station);
    assert.is(station.ledger.transactions.length, 1);
    const stop =
      version === "ocpp1.6" ? payloads(world, "S", "StopTransaction") : payloads(world, "S", "TransactionEvent");
    assert.match(JSON.stringify(stop.at(-1)), "DeAuthorized");
  });

  test(`${version} - messages of an offline time are kept in order and sent after the reconnect`, async () => {
    const world = simWorld();
    const station = world.station({ id: "S", version });
    station.start();
    await world.clock.advance(6_000);
    assert.is(station.ledger.transactions.length, 1);
    world.reachable = false;
    station.drop();
    await world.clock.advance(40_000);
    assert.ok(station.view().waiting > 10);
    const arrivedBefore = world.csms.ledger("S")?.arrivals.length;
    world.reachable = true;
    await world.clock.advance(60_000);
    assert.is(await world.stop(station), 0);
    assert.ok((world.csms.ledger("S")?.arrivals.length ?? 0) > (arrivedBefore ?? 0) + 10);
    assert.equal(disagreements(station.ledger, world.csms.ledger("S")), []);
    if (version === "ocpp2.0.1") {
      const offline = payloads(world, "S", "TransactionEvent").filter((payload) => payload?.["offline"] === true);
      assert.ok(offline.length > 10);
    }
  });

  test(`${version} - a CALLERROR or silence to a transaction message is tried again with the same content`, async () => {
    const world = simWorld();
    const action = version === "ocpp1.6" ? "StartTransaction" : "TransactionEvent";
    const station = world.station({
      id: "S",
      version,
      callTimeoutMs: 5_000,
      retry: { attempts: 5, intervalMs: 1_000 },
    });
    world.csms.faults.add({ kind: "error", action, times: 1 });
    world.csms.faults.add({ kind: "silent", action, times: 1 });
    station.start();
    await world.clock.advance(60_000);
    assert.is(await world.stop(station, 30_000), 0);
    const first = station.ledger.messages[0];
    assert.is(first?.attempts.length, 3);
    assert.is(new Set(first?.attempts).size, 3);
    const [one, two, three] = payloads(world, "S", action);
    assert.equal(one, two);
    assert.equal(one, three);
    assert.equal(disagreements(station.ledger, world.csms.ledger("S")), []);
  });

  test(`${version} - where the station repeats message ids, a repeat has the id of the first attempt`, async () => {
    const world = simWorld();
    const action = version === "ocpp1.6" ? "StartTransaction" : "TransactionEvent";
    const station = world.station({ id: "S", version, retry: { attempts: 5, intervalMs: 100, ids: "same" } });
    world.csms.faults.add({ kind: "error", action, times: 2 });
    station.start();
    await world.clock.advance(30_000);
    await world.stop(station);
    const [first] = station.ledger.messages;
    assert.is(first?.attempts.length, 3);
    assert.is(new Set(first?.attempts).size, 1);
    assert.equal(disagreements(station.ledger, world.csms.ledger("S")), []);
  });

  test(`${version} - a message that uses up its attempts is given up and named in the books`, async () => {
    const world = simWorld();
    const action = version === "ocpp1.6" ? "StartTransaction" : "TransactionEvent";
    const station = world.station({ id: "S", version, retry: { attempts: 3, intervalMs: 100 } });
    world.csms.faults.add({ kind: "error", action, times: 3 });
    station.start();
    await world.clock.advance(40_000);
    await world.stop(station, 30_000);
    assert.is(station.ledger.messages[0]?.outcome, "given-up");
    assert.is(station.ledger.messages[0]?.attempts.length, 3);
    const kinds = new Set(disagreements(station.ledger, world.csms.ledger("S")).map(({ kind }) => kind));
    assert.ok(kinds.has("given-up"));
  });

  test(`${version} - a connection that ends before the answer makes the station repeat; the CSMS counts one transaction`, async () => {
    const world = simWorld();
    const action = version === "ocpp1.6" ? "StartTransaction" : "TransactionEvent";
    const station = world.station({ id: "S", version });
    world.csms.faults.add({ kind: "close", action, times: 1 });
    station.start();
    await world.clock.advance(40_000);
    assert.is(await world.stop(station), 0);
    const csms = world.csms.ledger("S");
    assert.is(station.ledger.messages[0]?.attempts.length, 2);
    assert.is(csms?.transactions.length, station.ledger.transactions.length);
    assert.is(csms?.energyWh, station.ledger.energyWh);
    assert.equal(disagreements(station.ledger, csms), []);
  });

  test(`${version} - a connector fault is told with its code and ends the transaction`, async () => {
    const world = simWorld();
    const station = world.station({ id: "S", version, faults: { connectorFaultRate: 1 } });
    station.start();
    await world.clock.advance(60_000);
    await world.stop(station);
    assert.ok(station.ledger.counts.faults >= 2);
    const statuses = JSON.stringify(payloads(world, "S", "StatusNotification"));
    assert.match(statuses, "Faulted");
    if (version === "ocpp2.0.1") assert.match(JSON.stringify(payloads(world, "S", "NotifyEvent")), "Problem");
    assert.equal(disagreements(station.ledger, world.csms.ledger("S")), []);
  });

  test(`${version} - same seed, same frames; another seed, others`, async () => {
    const run = async (seed: number): Promise<readonly string[]> => {
      const world = simWorld();
      const station = world.station({
        id: "S",
        version,
        seed,
        faults: { connectorFaultRate: 0.5, dropEverySec: [9, 15] },
      });
      station.start();
      await world.clock.advance(90_000);
      await world.stop(station);
      return (world.csms.ledger("S")?.messages ?? []).map(({ text }) => text);
    };
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    assert.ok(a.length > 100);
    assert.equal(a, b);
    assert.not.equal(a, c);
  });
}

test("1.6 - boot per reboot or per connection, as the station is set up", async () => {
  for (const [bootOn, expected] of [
    ["reboot", 1],
    ["connection", 2],
  ] as const) {
    const world = simWorld();
    const station = world.station({ id: "S", version: "ocpp1.6", bootOn, autonomous: false });
    station.start();
    await world.clock.advance(2_000);
    station.drop(1001);
    await world.clock.advance(5_000);
    assert.is(actions(world, "S").filter((action) => action === "BootNotification").length, expected);
    await world.stop(station);
  }
});

test("a 1.6 MeterValues frame is of realistic size and goes out every second", async () => {
  const world = simWorld();
  const station = world.station({ id: "S", version: "ocpp1.6", sessionSec: [60, 60] });
  station.start();
  await world.clock.advance(40_000);
  await world.stop(station);
  const frames = (world.csms.ledger("S")?.messages ?? []).filter(({ action }) => action === "MeterValues");
  assert.ok(frames.length >= 30);
  assert.ok(
    frames.every(({ text }) => text.length > 700 && text.length < 880),
    `${frames[0]?.text.length}`,
  );
  const gaps = frames.slice(1).map(({ at }, i) => at - (frames[i]?.at ?? 0));
  assert.ok(gaps.every((gap) => gap === 1000));
});

test.run();
