import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { peekAction } from "../../../src/domain/ocpp/peek-action.ts";

const peek = (text: string) => peekAction(Buffer.from(text));

test("reads the action of a CALL and of a SEND, with and without spaces", () => {
  assert.is(peek('[2,"1","MeterValues",{}]'), "MeterValues");
  assert.is(peek('[2, "1", "NotifyEvent", {}]'), "NotifyEvent");
  assert.is(peek('[6,"1","NotifyPeriodicEventStream",{}]'), "NotifyPeriodicEventStream");
});

test("says nothing of answers, and of what is written in another way", () => {
  for (const text of [
    '[3,"1",{}]',
    '[4,"1","X","",{}]',
    "",
    "[",
    "[2",
    '[2,"1"',
    '[2,"1","Met',
    "[2,1,2,{}]",
    ' [2,"1","A",{}]',
  ]) {
    assert.is(peek(text), undefined, text);
  }
});

test("what it says is the action, whatever the frame", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.json(),
      fc.boolean(),
      (id, action, payload, spaced) => {
        const gap = spaced ? ", " : ",";
        const text = `[2${gap}${JSON.stringify(id)}${gap}${JSON.stringify(action)}${gap}${payload}]`;
        const told = peek(text);
        assert.ok(told === undefined || told === action);
      },
    ),
  );
});

test("never throws and never reads past the frame", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200, size: "max" }),
      fc.constantFrom("", '[2,"', '[2,"1","'),
      (tail, head) => {
        const bytes = Buffer.concat([Buffer.from(head), tail]);
        const told = peekAction(bytes);
        assert.ok(told === undefined || bytes.toString("latin1").includes(`"${told}"`));
      },
    ),
  );
});

test.run();
