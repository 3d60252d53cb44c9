/** Against the plainest model there is: a list of the latest. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Receipts } from "../../../src/actors/spool/receipts.ts";
import { stationId } from "../../../src/domain/ids.ts";
import { memoryStorage } from "../../support/memory-storage.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const open = (storage = memoryStorage()) => new Receipts(storage, stationId("CP1"), "ocpp1.6");

interface Message {
  readonly key: string;
  readonly seq: number;
  answer: string | undefined;
}

const recalled = ({ seq, answer }: Message) =>
  answer === undefined ? { kind: "waiting", seq } : { kind: "answered", payload: answer, seq };

test("what was answered is answered again, what waits is found, and the oldest of 64 makes room", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 90 }), { maxLength: 300, size: "max" }), (numbers) => {
      const receipts = open();
      const model: Message[] = [];
      for (const [seq, number] of numbers.entries()) {
        const key = `k${number}`;
        const known = model.find((one) => one.key === key);
        if (known === undefined) {
          receipts.note(key, seq);
          model.push({ key, seq, answer: undefined });
          if (model.length > 64) model.shift();
        } else if (known.answer === undefined) {
          known.answer = `{"n":${number}}`;
          receipts.answered(key, known.seq, known.answer);
        }
      }
      for (let number = 0; number <= 90; number += 1) {
        const known = model.find((one) => one.key === `k${number}`);
        assert.equal(receipts.recall(`k${number}`), known && recalled(known));
      }
    }),
  );
});

test("receipts outlive the process; what was forgotten does not come back with its place", async () => {
  const storage = memoryStorage();
  const receipts = open(storage);
  for (let i = 0; i < 70; i += 1) {
    receipts.note(`k${i}`, i);
    receipts.answered(`k${i}`, i, `{"transactionId":${i}}`);
  }
  receipts.forgetStart("69");
  receipts.forget("k68");
  assert.is(receipts.recall("k69"), undefined);
  assert.is(receipts.recall("k68"), undefined);
  assert.is(receipts.recall("k5"), undefined, "its place was taken");
  await turn();
  const later = open(storage);
  assert.is(later.recall("k69"), undefined);
  assert.equal(later.recall("k67"), { kind: "answered", payload: '{"transactionId":67}', seq: 67 });
  assert.is(later.recall("k68"), undefined);
  later.note("in the place of k68", 70);
  later.note("in the place of k69", 70);
  later.note("new", 71);
  assert.is(later.recall("k6"), undefined, "the oldest made room");
  assert.equal(later.recall("k7"), { kind: "answered", payload: '{"transactionId":7}', seq: 7 });
});

test.run();
