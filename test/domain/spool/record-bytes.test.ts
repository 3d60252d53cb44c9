/** What is written down is what comes back, whatever a station calls its messages and transactions. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs, messageId } from "../../../src/domain/ids.ts";
import { decodeRecord, encodeRecord, RECORD_VERSION, type SpoolHead } from "../../../src/domain/spool/record.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
/** Texts with what JSON escapes, and with what it need not. */
const odd = fc.oneof(text, fc.constantFrom('"', "\\", "\n", "\u007f", "é", "\u2028", "😀", "\ud800", "] [", ""));
const whole = fc.nat({ max: 2 ** 50 });

const heads: fc.Arbitrary<SpoolHead> = fc.record(
  {
    v: fc.constant(RECORD_VERSION),
    id: odd.map(messageId),
    action: odd,
    messageClass: fc.constantFrom(0, 1),
    role: fc.constantFrom("start", "update", "stop", "event"),
    key: odd,
    takenAt: whole.map(epochMs),
    stationMessageId: odd.map(messageId),
    transaction: odd,
    thinnable: fc.constant(true),
    owned: fc.constant(true),
    attempts: fc.nat(),
    losses: fc.nat(),
    notBefore: whole.map(epochMs),
    clock: odd,
    dead: fc.record({ reason: odd, at: whole.map(epochMs) }, { noNullPrototype: true }),
  },
  { requiredKeys: ["v", "id", "action", "messageClass", "role", "key", "takenAt"], noNullPrototype: true },
) as never;

/** What can be in a frame: anything that has a form in UTF-8. */
const frames = fc.string({ unit: "grapheme", maxLength: 60 }).map((inner) => `[2,"1","X",${JSON.stringify(inner)}]`);

test("a record comes back as it was written, with the frame as text or as bytes", () => {
  fc.assert(
    fc.property(heads, frames, fc.boolean(), (head, frame, asBytes) => {
      const record = encodeRecord({ head, text: frame }, asBytes ? Buffer.from(frame) : undefined);
      const read = decodeRecord(record);
      assert.ok(read.ok);
      assert.equal(read.value, { head, text: frame });
      assert.equal(JSON.parse(record.toString("latin1", 0, record.indexOf(10))), JSON.parse(JSON.stringify(head)));
    }),
  );
});

test("damage is told, not thrown", () => {
  for (const bytes of ["", "{}", "{}\n[]", "x\n[]", "null\n[]", '{"v":2}\n[]']) {
    assert.is(decodeRecord(Buffer.from(bytes)).ok, false, bytes);
  }
});

test.run();
