import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createActor, type EventObject, fromCallback } from "xstate";
import type { EpochMs } from "../../src/domain/ids.ts";
import { type Dial, type LinkEvent, linkMachine, waitMs } from "../../src/machines/csms-link.machine.ts";
import { SimulatedClock } from "../support/simulated-clock.ts";

const BACKOFF = { minSec: 1, maxSec: 60, jitterSec: 2 };

function link() {
  const clock = new SimulatedClock();
  const dials: { readonly at: number; hungUp: boolean }[] = [];
  const logic = linkMachine.provide({
    actors: {
      deadline: fromCallback<EventObject, { readonly at: EpochMs }>(({ input, sendBack }) =>
        clock.callAt(input.at, () => sendBack({ type: "wait.over", at: clock.now() })),
      ),
    },
  });
  const dial: Dial = () => {
    const one = { at: clock.now() as number, hungUp: false };
    dials.push(one);
    return () => {
      one.hungUp = true;
    };
  };
  const actor = createActor(logic, { input: { backoff: BACKOFF, dial } }).start();
  const send = (event: Pick<LinkEvent, "type"> & { readonly jitter?: number }) =>
    actor.send({ jitter: 0, ...event, at: clock.now() } as LinkEvent);
  return {
    actor,
    clock,
    dials,
    send,
    tag: () => (["up", "connecting", "down"] as const).find((t) => actor.getSnapshot().hasTag(t)),
  };
}

test("Part 4 §5.3 - the waits double up to the longest, and start over once the link was up", () => {
  const { clock, dials, send, tag } = link();
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    send({ type: "link.lost" });
    assert.is(tag(), "down");
    const before = clock.now();
    while (tag() === "down") clock.advance(500);
    waits.push(((dials.at(-1)?.at ?? 0) - before) / 1000);
  }
  assert.equal(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  send({ type: "link.opened" });
  assert.is(tag(), "up");
  send({ type: "link.lost" });
  clock.advance(1000);
  assert.is(tag(), "connecting");
});

test("a dial that is over is hung up before the next begins", () => {
  const { clock, dials, send } = link();
  send({ type: "link.opened" });
  send({ type: "link.lost" });
  assert.ok(dials[0]?.hungUp);
  clock.advance(1000);
  assert.is(dials.length, 2);
  assert.not(dials[1]?.hungUp);
});

test("a link whose station has gone hangs up and leaves no timer", () => {
  const { send, clock, dials } = link();
  send({ type: "link.dismissed" });
  assert.ok(dials[0]?.hungUp);
  const waiting = link();
  waiting.send({ type: "link.lost" });
  waiting.send({ type: "link.dismissed" });
  assert.is(waiting.clock.waiting + clock.waiting, 0);
});

test("a wait is never shorter than the shortest, nor longer than longest and jitter together", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, jitter) => {
      const wait = waitMs(BACKOFF, failures, jitter);
      assert.ok(wait >= 1000 && wait <= 62_000);
    }),
  );
});

test.run();
