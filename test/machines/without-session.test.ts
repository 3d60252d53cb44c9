import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createActor, fromCallback } from "xstate";
import { epochMs, stationId } from "../../src/domain/ids.ts";
import { type StationEvent, stationMachine } from "../../src/machines/station.machine.ts";
import { withoutSession } from "../../src/machines/without-session.ts";

const logic = stationMachine.provide({ actors: { deadline: fromCallback(() => undefined) } });
const START = epochMs(1_750_000_000_000);
const LATER = epochMs(START + 60_000);
const input = { stationId: stationId("CP1"), version: "ocpp1.6" as const, at: START };

const events = fc.array(
  fc.oneof(
    fc.integer({ min: 1, max: 3 }).map((connection) => ({
      type: "session.opened" as const,
      connection,
      securityProfile: 1,
      certificate: {},
    })),
    fc.integer({ min: 1, max: 3 }).map((connection) => ({ type: "session.closed" as const, connection })),
    fc.constantFrom("Accepted", "Pending", "Rejected").map((status) => ({
      type: "boot.answered" as const,
      status: status as "Accepted",
      intervalSec: 60,
    })),
    fc.constantFrom({ type: "frame.seen" as const }, { type: "silence.elapsed" as const }),
    fc.integer({ min: 1, max: 3 }).map((n) => ({
      type: "transaction.started" as const,
      transactionId: String(n),
      evseId: n,
    })),
  ),
  { maxLength: 12 },
);

const stored = (snapshot: unknown) => JSON.parse(JSON.stringify(snapshot));

function restored(snapshot: unknown) {
  return createActor(logic, { input, snapshot: snapshot as never }).start();
}

test("a snapshot without its session is what the machine makes of session.closed, whatever happened before", () => {
  fc.assert(
    fc.property(events, (happened) => {
      const actor = createActor(logic, { input }).start();
      for (const event of happened) actor.send({ ...event, at: START } as StationEvent);
      const snapshot = stored(actor.getPersistedSnapshot());
      const closed = restored(snapshot);
      const { connection } = closed.getSnapshot().context;
      if (connection !== 0) closed.send({ type: "session.closed", connection, at: LATER });
      const before = stored(snapshot);
      const direct = restored(withoutSession(snapshot, LATER));
      assert.equal(stored(direct.getPersistedSnapshot()), stored(closed.getPersistedSnapshot()));
      assert.equal(snapshot, before, "and the snapshot is left as it is");
      assert.equal(withoutSession(stored(direct.getPersistedSnapshot()), LATER), stored(direct.getPersistedSnapshot()));
      assert.is(direct.getSnapshot().hasTag("online"), false);
      for (const one of [actor, closed, direct]) one.stop();
    }),
  );
});

test.run();
