import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createActor, type EventObject, fromCallback } from "xstate";
import type { InstalledProfile } from "../../src/domain/charging/installed-profiles.ts";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { type DeadlineInput, type StationEvent, stationMachine } from "../../src/machines/station.machine.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

type EventBody = StationEvent extends infer E ? (E extends unknown ? Omit<E, "at"> : never) : never;

/** The machine on a simulated clock; `heardAt` is when the live connection last had a frame. */
function station({ clock = new SimulatedClock(), snapshot = undefined as unknown, heardAt = (): number => 0 } = {}) {
  const logic = stationMachine.provide({
    actors: {
      deadline: fromCallback<EventObject, DeadlineInput>(({ input, sendBack }) =>
        clock.callAt(input.at, () => {
          const heard = heardAt();
          sendBack(
            heard + input.silenceMs > clock.now()
              ? { type: "frame.seen", at: epochMs(heard) }
              : { type: "silence.elapsed", at: clock.now() },
          );
        }),
      ),
    },
  });
  const input = { stationId: stationId("CP1"), version: "ocpp1.6" as const, at: clock.now() };
  const actor = createActor(logic, snapshot === undefined ? { input } : { input, snapshot: snapshot as never }).start();
  const send = (event: EventBody) => actor.send({ ...event, at: clock.now() } as StationEvent);
  return { actor, clock, send, state: () => actor.getSnapshot().value, context: () => actor.getSnapshot().context };
}

const opened = (connection: number): EventBody => ({
  type: "session.opened",
  connection,
  securityProfile: 0,
  certificate: {},
});
const accepted = (intervalSec = 60): EventBody => ({ type: "boot.answered", status: "Accepted", intervalSec });
const profile = (id: number, fields: Partial<InstalledProfile> = {}): InstalledProfile => ({
  id,
  evseId: 1,
  stackLevel: id,
  purpose: "TxProfile",
  profile: {},
  ...fields,
});

test("1.6 §4.2 - a station is accepted when the CSMS has said so, and heartbeats in the interval it set", () => {
  const { send, state, context } = station();
  assert.is(state(), "offline");
  send(opened(1));
  assert.is(state(), "booting");
  send({ type: "boot.answered", status: "Pending", intervalSec: 10 });
  assert.is(state(), "booting");
  assert.is(context().registration, "Pending");
  assert.is(context().heartbeatIntervalSec, 300);
  send(accepted(60));
  assert.is(state(), "accepted");
  assert.is(context().heartbeatIntervalSec, 60);
});

test("B01.FR.05 - an interval of 0 leaves ours as it was", () => {
  const { send, context } = station();
  send(opened(1));
  send(accepted(0));
  assert.is(context().heartbeatIntervalSec, 300);
});

test("field-lessons 2 - the end of an old connection does not touch its successor", () => {
  const { send, state, context } = station();
  send(opened(1));
  send(accepted());
  send(opened(2));
  send({ type: "session.closed", connection: 1 });
  send({ type: "link.changed", connection: 1, state: "up" });
  assert.is(state(), "accepted");
  assert.is(context().connection, 2);
  assert.is(context().csms.state, "down");
  send({ type: "session.closed", connection: 2 });
  assert.is(state(), "offline");
});

test("a station that comes back without BootNotification is still accepted; one that was refused is not", () => {
  const { send, state } = station();
  send(opened(1));
  send(accepted());
  send({ type: "session.closed", connection: 1 });
  send(opened(2));
  assert.is(state(), "accepted");
  send({ type: "boot.answered", status: "Rejected", intervalSec: 60 });
  assert.is(state(), "booting");
});

test("1.6 §4.6 - two intervals of silence make a station suspect, a frame makes it accepted again", () => {
  let heard = 0;
  const { clock, send, state } = station({ heardAt: () => heard });
  send(opened(1));
  send(accepted(60));
  heard = clock.now() + 100_000;
  clock.advance(120_000);
  assert.is(state(), "accepted", "heard 20 s ago");
  clock.advance(99_000);
  assert.is(state(), "accepted");
  clock.advance(2_000);
  assert.is(state(), "suspect");
  send({ type: "frame.seen" });
  assert.is(state(), "accepted");
  assert.is(clock.waiting, 1, "one deadline, not one per frame");
});

test("a deadline that passed while the gateway was down fires after recovery", () => {
  const first = station();
  first.send(opened(1));
  first.send(accepted(60));
  const persisted = JSON.parse(JSON.stringify(first.actor.getPersistedSnapshot())) as unknown;
  first.actor.stop();

  const restored = station({ clock: new SimulatedClock(first.clock.now() + 3_600_000), snapshot: persisted });
  assert.is(restored.state(), "accepted");
  restored.clock.advance(0);
  assert.is(restored.state(), "suspect");
});

test("transactions open once and end; their TxProfiles end with them", () => {
  const { send, context } = station();
  send(opened(1));
  send({ type: "transaction.started", transactionId: "7", evseId: 1 });
  send({ type: "transaction.started", transactionId: "7", evseId: 2 });
  send({ type: "profile.installed", profile: profile(1, { transactionId: "7" }) });
  send({ type: "profile.installed", profile: profile(2, { transactionId: "8" }) });
  send({ type: "profile.installed", profile: profile(3, { purpose: "TxDefaultProfile" }) });
  assert.equal(
    Object.entries(context().transactions).map(([id, { evseId }]) => [id, evseId]),
    [["7", 1]],
  );
  send({ type: "transaction.ended", transactionId: "7" });
  assert.equal(context().transactions, {});
  assert.equal(
    context().profiles.map(({ id }) => id),
    [2, 3],
  );
});

test("facts of the traffic count also when the station has just gone", () => {
  const { send, context } = station();
  send(opened(1));
  send({ type: "session.closed", connection: 1 });
  send({ type: "transaction.started", transactionId: "7", evseId: 1 });
  assert.equal(Object.keys(context().transactions), ["7"]);
});

const anyEvent: fc.Arbitrary<EventBody> = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map(opened),
  fc.integer({ min: 1, max: 3 }).map((connection): EventBody => ({ type: "session.closed", connection })),
  fc.record({
    type: fc.constant("boot.answered" as const),
    status: fc.constantFrom("Accepted" as const, "Pending" as const, "Rejected" as const),
    intervalSec: fc.integer({ min: 0, max: 86_400 }),
  }),
  fc.record({
    type: fc.constant("connector.status" as const),
    evseId: fc.nat(3),
    connectorId: fc.nat(2),
    status: fc.constantFrom("Available", "Charging", "Faulted"),
    errorCode: fc.constantFrom("", "NoError", "GroundFailure"),
  }),
  fc.record({
    type: fc.constant("transaction.started" as const),
    transactionId: fc.oneof(fc.nat(5).map(String), fc.constantFrom("__proto__", "constructor", "toString")),
    evseId: fc.nat(3),
  }),
  fc.record({ type: fc.constant("transaction.ended" as const), transactionId: fc.nat(5).map(String) }),
  fc.record({ type: fc.constant("profile.installed" as const), profile: fc.nat(9).map((id) => profile(id)) }),
  fc.record({
    type: fc.constant("profile.cleared" as const),
    criteria: fc.record({ id: fc.nat(9) }, { requiredKeys: [] }),
  }),
  fc.constant<EventBody>({ type: "frame.seen" }),
);

test("a snapshot restores to the same state and context, after any life", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 30, size: "max" }), (events) => {
      const lived = station();
      for (const event of events) lived.send(event);
      const persisted = JSON.parse(JSON.stringify(lived.actor.getPersistedSnapshot())) as unknown;
      const restored = station({ clock: new SimulatedClock(lived.clock.now()), snapshot: persisted });
      assert.is(restored.state(), lived.state());
      // As text: uvu's `equal` looks at `constructor`, which is a transaction's name here.
      assert.is(JSON.stringify(restored.context()), JSON.stringify(lived.context()));
    }),
  );
});

test("a transaction id that names a member of Object.prototype is a transaction like any other", () => {
  const { send, context } = station();
  for (const transactionId of ["__proto__", "constructor"]) {
    send({ type: "transaction.started", transactionId, evseId: 1 });
    assert.ok(Object.hasOwn(context().transactions, transactionId), transactionId);
    send({ type: "transaction.ended", transactionId });
    assert.not(Object.hasOwn(context().transactions, transactionId), transactionId);
  }
});

test.run();
