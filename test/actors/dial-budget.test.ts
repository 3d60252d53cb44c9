/** The thundering herd after an outage: bounded handshakes, everybody served, nobody blamed for waiting. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type AnyActorRef, createActor, type EventObject, fromCallback } from "xstate";
import { DialBudget, type Leave } from "../../src/actors/dial-budget.ts";
import { Counters } from "../../src/domain/counters.ts";
import { type EpochMs, epochMs } from "../../src/domain/ids.ts";
import { linkMachine } from "../../src/machines/csms-link.machine.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

function budget(places: number) {
  const counters = new Counters(0);
  return { dials: new DialBudget(places, counters), counters };
}

test("there is a place at once, or in the order of coming when somebody leaves", () => {
  const { dials, counters } = budget(2);
  const begun: string[] = [];
  const enter = (name: string) => dials.enter("a", () => void begun.push(name));
  const [first, second] = ["1", "2", "3", "4"].map(enter);
  assert.equal(begun, ["1", "2"]);
  assert.is(counters.handshakesWaitingNow, 2);
  second?.();
  assert.equal(begun, ["1", "2", "3"]);
  first?.();
  assert.equal(begun, ["1", "2", "3", "4"]);
  assert.equal([dials.underWay, counters.handshakesWaitingNow], [2, 0]);
});

test("who gives up waiting never begins, and takes nobody's place", () => {
  const { dials, counters } = budget(1);
  const begun: string[] = [];
  const leave = dials.enter("a", () => void begun.push("1"));
  const giveUp = dials.enter("a", () => void begun.push("2"));
  dials.enter("a", () => void begun.push("3"));
  giveUp();
  giveUp();
  assert.is(counters.handshakesWaitingNow, 1);
  leave();
  assert.equal(begun, ["1", "3"]);
  giveUp();
  assert.is(dials.underWay, 1);
});

test("a place is freed once, however often its holder leaves", () => {
  const { dials } = budget(1);
  const begun: string[] = [];
  const leave = dials.enter("a", () => void begun.push("1"));
  for (const name of ["2", "3", "4"]) dials.enter("a", () => void begun.push(name));
  leave();
  leave();
  leave();
  assert.equal(begun, ["1", "2"]);
  assert.is(dials.underWay, 1);
});

test("ten thousand dials that fail at once do not pile up on the stack", () => {
  const { dials, counters } = budget(1);
  let failed = 0;
  const hold = dials.enter("a", () => undefined);
  for (let i = 0; i < 10_000; i += 1) {
    dials.enter("a", (leave) => {
      failed += 1;
      leave();
    });
  }
  hold();
  assert.equal([failed, dials.underWay, counters.handshakesWaitingNow], [10_000, 0, 0]);
});

test("a CSMS that answers no handshake does not keep the links of another one waiting behind its own", () => {
  const { dials } = budget(2);
  const begun: string[] = [];
  const dead: Leave[] = [];
  for (let i = 0; i < 100; i += 1) dead.push(dials.enter("dead", () => void begun.push("dead")));
  dials.enter("alive", () => void begun.push("alive"));
  dials.enter("alive", () => void begun.push("alive"));
  for (const leave of dead.slice(0, 4)) leave();
  assert.equal(begun, ["dead", "dead", "dead", "alive", "dead", "alive"]);
});

test("never more places are taken than there are, every wait ends, whatever the order of coming and going", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("enter" as const), csms: fc.constantFrom("a", "b") }),
    fc.record({ kind: fc.constant("leave" as const), pick: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80, size: "max" }), (places, steps) => {
      const { dials, counters } = budget(places);
      const inside = new Set<Leave>();
      const all: Leave[] = [];
      for (const each of steps) {
        if (each.kind === "enter") all.push(dials.enter(each.csms, (leave) => void inside.add(leave)));
        else {
          const leave = all.splice(each.pick % Math.max(1, all.length), 1)[0];
          if (leave !== undefined) {
            inside.delete(leave);
            leave();
          }
        }
        assert.is(dials.underWay, inside.size);
        assert.is(inside.size, Math.min(places, all.length));
        assert.is(counters.handshakesWaitingNow, all.length - inside.size);
      }
    }),
  );
});

test("2 000 stations come back after an outage: never more handshakes than allowed, all come up, nobody starves", () => {
  const PLACES = 50;
  const HANDSHAKE_MS = 400;
  const clock = new SimulatedClock();
  const { dials } = budget(PLACES);
  const random = seededRandom(7);
  let csmsIsBack = false;
  let mostUnderWay = 0;
  let dialled = 0;
  const logic = linkMachine.provide({
    actors: {
      deadline: fromCallback<EventObject, { readonly at: EpochMs }>(({ input, sendBack }) =>
        clock.callAt(input.at, () => sendBack({ type: "wait.over", at: clock.now() })),
      ),
    },
  });
  const links = Array.from({ length: 2_000 }, () => {
    const link: { actor?: AnyActorRef; upAt?: number } = {};
    const backoff = { minSec: 2, maxSec: 120, jitterSec: 5 };
    const actor = createActor(logic, {
      input: {
        backoff,
        dial: (send) =>
          dials.enter("csms", (leave) => {
            dialled += 1;
            mostUnderWay = Math.max(mostUnderWay, dials.underWay);
            clock.callAt(epochMs(clock.now() + HANDSHAKE_MS), () => {
              leave();
              if (csmsIsBack) link.upAt = clock.now();
              send(
                csmsIsBack
                  ? { type: "link.opened", at: clock.now() }
                  : { type: "link.lost", at: clock.now(), jitter: random() },
              );
            });
          }),
      },
    });
    link.actor = actor;
    return link;
  });
  for (const { actor } of links) actor?.start();
  clock.advance(20_000);
  assert.ok(links.every(({ upAt }) => upAt === undefined));
  const backAt = clock.now();
  csmsIsBack = true;
  dialled = 0;
  clock.advance(150_000);
  assert.is(mostUnderWay, PLACES);
  assert.ok(links.every(({ upAt }) => upAt !== undefined));
  // Each comes up with its first dial after the outage: a wait for a place made nobody's dial fail.
  assert.ok(dialled >= 2_000 - PLACES && dialled <= 2_000, String(dialled));
  const last = Math.max(...links.map(({ upAt = 0 }) => upAt - backAt));
  // The longest back-off, its jitter, and the whole queue before it.
  assert.ok(last <= 120_000 + 5_000 + (2_000 / PLACES) * HANDSHAKE_MS, `${last} ms`);
});

test.run();
