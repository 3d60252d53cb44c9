import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { CallGate, type PendingCall } from "../../../src/domain/ocpp/call-gate.ts";
import type { MessageClass } from "../../../src/domain/ocpp/catalogue.ts";
import { pending } from "../../support/pending.ts";

const opened = (capacity = 64): CallGate => {
  const gate = new CallGate(capacity);
  gate.setOpen(true);
  return gate;
};

type Step =
  | { readonly do: "offer"; readonly messageClass: MessageClass; readonly transactional: boolean; readonly ttl: number }
  | { readonly do: "answer" | "strayAnswer" | "expire" | "lose" | "open" | "close" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("offer" as const),
      messageClass: fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<MessageClass>,
      transactional: fc.boolean(),
      ttl: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "answer" as const,
        "strayAnswer" as const,
        "expire" as const,
        "lose" as const,
        "open" as const,
        "close" as const,
      ),
    }),
  },
);

/** Runs the steps against a gate as a connection would; every send is checked against the one before. */
function run(steps: readonly Step[]): void {
  const gate = opened(8);
  let outstanding: PendingCall | undefined;
  let now = 0;
  const send = (call: PendingCall | undefined) => {
    if (call === undefined) return;
    assert.is(outstanding, undefined, "a second call left while one was outstanding");
    assert.ok(gate.isOpen, "a call left through a closed gate");
    outstanding = call;
  };
  for (const [i, action] of steps.entries()) {
    now += 1;
    switch (action.do) {
      case "offer": {
        const call = pending(`id-${i}`, { ...action, expiresAt: now + action.ttl, offeredAt: now });
        if (gate.offer(call) === "send") send(call);
        break;
      }
      case "answer":
        if (outstanding !== undefined) assert.is(gate.settle(outstanding.id), outstanding);
        outstanding = undefined;
        send(gate.next());
        break;
      case "strayAnswer":
        assert.is(gate.settle(messageId("nobody")), undefined);
        break;
      case "expire":
        if (outstanding !== undefined && gate.expire(now).includes(outstanding)) outstanding = undefined;
        send(gate.next());
        break;
      case "lose":
        gate.setOpen(false);
        gate.requeueInFlight();
        outstanding = undefined;
        break;
      case "open":
        gate.setOpen(true);
        send(gate.next());
        break;
      case "close":
        gate.setOpen(false);
        break;
    }
    assert.is(gate.inFlight, outstanding);
  }
}

test("Part 4 §4.1.1 - at most one call is outstanding, whatever happens", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), run));
});

/** The order in which a gate lets go what waits in it. */
function orderOf(offered: readonly PendingCall[]): readonly PendingCall[] {
  const gate = new CallGate(64);
  for (const one of offered) assert.is(gate.offer(one), "wait");
  gate.setOpen(true);
  const order: PendingCall[] = [];
  for (let next = gate.next(); next !== undefined; next = gate.next()) {
    order.push(next);
    gate.settle(next.id);
  }
  return order;
}

const waiting = fc
  .array(
    fc.record({
      messageClass: fc.integer({ min: 0, max: 4 }) as fc.Arbitrary<MessageClass>,
      transactional: fc.boolean(),
    }),
    { minLength: 2, maxLength: 20, size: "max" },
  )
  .map((calls) => calls.map((fields, i) => pending(`id-${i}`, fields)));

test("all that waits leaves, and transaction messages keep their order among themselves", () => {
  fc.assert(
    fc.property(waiting, (offered) => {
      const order = orderOf(offered);
      assert.is(new Set(order).size, offered.length);
      assert.equal(
        order.filter(({ transactional }) => transactional),
        offered.filter(({ transactional }) => transactional),
      );
    }),
  );
});

test("a call that is no transaction message is overtaken by better classes only", () => {
  fc.assert(
    fc.property(waiting, (offered) => {
      const order = orderOf(offered);
      for (const late of order.filter(({ transactional }) => !transactional)) {
        const overtakers = order
          .slice(0, order.indexOf(late))
          .filter((early) => offered.indexOf(early) > offered.indexOf(late));
        assert.ok(overtakers.every(({ messageClass }) => messageClass < late.messageClass));
      }
    }),
  );
});

test("calls of one class leave in the order in which they came", () => {
  const gate = new CallGate(64);
  for (const id of ["a", "b", "c"]) gate.offer(pending(id));
  gate.setOpen(true);
  const order = ["a", "b", "c"].map(() => {
    const next = gate.next();
    gate.settle(next?.id ?? messageId("none"));
    return next?.id;
  });
  assert.equal(order, ["a", "b", "c"]);
});

test("a full gate refuses and changes nothing", () => {
  const gate = opened(2);
  assert.is(gate.offer(pending("flying")), "send");
  assert.is(gate.offer(pending("w1")), "wait");
  assert.is(gate.offer(pending("w2")), "wait");
  assert.is(gate.offer(pending("w3", { messageClass: 0 })), "full");
  assert.is(gate.waiting, 2);
});

test("field-lessons 10 - the id of an expired call is remembered, and its late answer settles nothing", () => {
  const gate = opened();
  gate.offer(pending("late", { expiresAt: 100 }));
  assert.is(gate.expire(99).length, 0);
  assert.equal(
    gate.expire(100).map(({ id }) => id),
    ["late"],
  );
  gate.offer(pending("next"));
  assert.is(gate.settle(messageId("late")), undefined);
  assert.is(gate.expiredLately(messageId("late"))?.id, "late");
  assert.is(gate.inFlight?.id, "next");
});

test("a lost link puts the call in flight back as the first of its class, under the same id", () => {
  const gate = opened();
  gate.offer(pending("first", { messageClass: 4 }));
  gate.offer(pending("second", { messageClass: 4 }));
  gate.offer(pending("urgent", { messageClass: 0 }));
  gate.setOpen(false);
  gate.requeueInFlight();
  gate.setOpen(true);
  assert.is(gate.next()?.id, "urgent");
  gate.settle(messageId("urgent"));
  assert.is(gate.next()?.id, "first");
});

test("Authorize overtakes the transaction messages that wait, whatever their class", () => {
  const gate = new CallGate(8);
  gate.offer(pending("meter", { messageClass: 1, transactional: true }));
  gate.offer(pending("start", { messageClass: 0, transactional: true }));
  gate.offer(pending("authorize", { messageClass: 0 }));
  gate.setOpen(true);
  assert.is(gate.next()?.id, "authorize");
});

test("drain gives back everything and leaves nothing", () => {
  const gate = opened();
  for (const id of ["a", "b", "c"]) gate.offer(pending(id));
  assert.equal(
    gate.drain().map(({ id }) => id),
    ["a", "b", "c"],
  );
  assert.is(gate.load, 0);
});

test("calls whose sender is gone: waiting ones are dropped, the answer that is still owed goes to nobody", () => {
  const gate = opened();
  const relayed = (id: string) => ({ ...pending(id, {}), origin: "relay" as const, settle: undefined });
  const ours = { ...pending("ours", {}), origin: "gateway" as const, settle: () => undefined };
  gate.offer(relayed("in-flight"));
  gate.offer(relayed("waiting"));
  gate.offer(ours);
  assert.is(gate.forsakeRelayed(), 1);
  assert.is(gate.next(), undefined, "one call is outstanding still");
  const settled = gate.settle(messageId("in-flight"));
  assert.is(settled?.origin, "gateway");
  settled?.settle?.({ kind: "result", payload: {} });
  assert.is(gate.next(), ours);
  assert.is(gate.forsakeRelayed(), 0);
  assert.is(gate.inFlight, ours);
});

test.run();
