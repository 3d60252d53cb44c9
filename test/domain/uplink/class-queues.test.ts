import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { MessageClass } from "../../../src/domain/ocpp/catalogue.ts";
import { ClassQueues, type Waiting } from "../../../src/domain/uplink/class-queues.ts";

test("the best class goes first, and within a class the first that came", () => {
  const queues = new ClassQueues<string>();
  queues.push("late bulk", 1, 4);
  queues.push("meter 1", 1, 1);
  queues.push("meter 2", 1, 1);
  queues.push("card", 1, 0);
  assert.equal(drain(queues), ["card", "meter 1", "meter 2", "late bulk"]);
});

test("one that is promoted goes behind those that have the better class already", () => {
  const queues = new ClassQueues<string>();
  const bulk = queues.push("bulk", 10, 4);
  queues.push("meter", 1, 1);
  queues.promote(bulk, 1);
  assert.equal([queues.bytesOf(1), queues.bytesOf(4)], [11, 0]);
  queues.promote(bulk, 3);
  assert.equal(drain(queues), ["meter", "bulk"]);
});

function drain<T>(queues: ClassQueues<T>): T[] {
  const out: T[] = [];
  for (let first = queues.first(); first !== undefined; first = queues.first()) {
    queues.remove(first);
    out.push(first.item);
  }
  return out;
}

interface Model {
  readonly waiting: Waiting<number>;
  readonly item: number;
  readonly bytes: number;
  messageClass: MessageClass;
  /** Order in its class. */
  place: number;
}

const classes = fc.constantFrom<MessageClass>(0, 1, 2, 3, 4);
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("push" as const), messageClass: classes, bytes: fc.nat(100) }),
    fc.record({ kind: fc.constant("promote" as const), messageClass: classes, pick: fc.nat() }),
    fc.record({ kind: fc.constant("remove" as const), pick: fc.nat() }),
  ),
  { maxLength: 60, size: "max" },
);

test("whatever is pushed, promoted and taken out: order and bytes are those of a sorted list", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queues = new ClassQueues<number>();
      const model: Model[] = [];
      for (const [i, step] of all.entries()) apply(step, i, queues, model);
      for (const messageClass of [0, 1, 2, 3, 4] as const) {
        const inClass = model.filter((one) => one.messageClass === messageClass);
        assert.is(
          queues.bytesOf(messageClass),
          inClass.reduce((sum, { bytes }) => sum + bytes, 0),
        );
      }
      model.sort((a, b) => a.messageClass - b.messageClass || a.place - b.place);
      assert.equal(
        drain(queues),
        model.map(({ item }) => item),
      );
      assert.ok(queues.isEmpty);
    }),
  );
});

type Step = typeof steps extends fc.Arbitrary<(infer S)[]> ? S : never;

function apply(step: Step, i: number, queues: ClassQueues<number>, model: Model[]): void {
  if (step.kind === "push") {
    const { bytes, messageClass } = step;
    model.push({ waiting: queues.push(i, bytes, messageClass), item: i, bytes, messageClass, place: i });
    return;
  }
  const at = step.pick % Math.max(1, model.length);
  const picked = model[at];
  if (picked === undefined) return;
  if (step.kind === "remove") {
    queues.remove(picked.waiting);
    model.splice(at, 1);
    return;
  }
  queues.promote(picked.waiting, step.messageClass);
  if (step.messageClass < picked.messageClass) Object.assign(picked, { messageClass: step.messageClass, place: i });
}

test.run();
