import { test } from "uvu";
import * as assert from "uvu/assert";
import { HealthSequence } from "../../src/sim/health-sequence.ts";

const AT = "oh/v1/demo/edge-1/abcdefghijklmnop/m";

function problemsOf(...messages: readonly (readonly [topic: string, payload: object | string])[]): readonly string[] {
  const sequence = new HealthSequence();
  for (const [topic, payload] of messages) {
    sequence.observe(topic, typeof payload === "string" ? payload : JSON.stringify(payload));
  }
  return sequence.problems;
}

test("numbers that follow one another are gap-free, whichever asset they are about", () => {
  assert.equal(
    problemsOf(
      [AT, { b: "x", q: 0 }],
      ["oh/v1/demo/edge-1/qrstuvwxyz234567/ev", { b: "x", q: 1 }],
      [AT, { b: "x", q: 2 }],
    ),
    [],
  );
});

test("a missing and a repeated number are told; one that is overtaken has not been lost", () => {
  assert.is(problemsOf([AT, { b: "x", q: 1 }], [AT, { b: "x", q: 3 }]).length, 1);
  assert.is(problemsOf([AT, { b: "x", q: 1 }], [AT, { b: "x", q: 1 }]).length, 1);
  assert.is(problemsOf([AT, { b: "x", q: 0 }], [AT, { b: "x", q: 1 }], [AT, { b: "x", q: 0 }]).length, 1);
  assert.equal(problemsOf([AT, { b: "x", q: 3 }], [AT, { b: "x", q: 1 }], [AT, { b: "x", q: 2 }]), []);
});

test("a stream that does not begin at its beginning has lost something", () => {
  assert.is(problemsOf([AT, { b: "x", q: 5 }]).length, 1);
});

test("each boot counts for itself", () => {
  assert.equal(problemsOf([AT, { b: "x", q: 1 }], [AT, { b: "x", q: 2 }], [AT, { b: "y", q: 0 }]), []);
});

test("a gap notice, a message without a number and one that is no JSON are told", () => {
  assert.is(problemsOf(["oh/v1/demo/edge-1/gap", { b: "x", q: 0 }]).length, 1);
  assert.is(problemsOf([AT, { b: "x" }]).length, 1);
  assert.is(problemsOf([AT, "{"]).length, 1);
});

test("retained descriptions are not part of the stream", () => {
  assert.equal(problemsOf(["oh/v1/demo/edge-1/state", { b: "x" }], ["oh/v1/demo/edge-1/birth", { b: "x" }]), []);
});

test.run();
