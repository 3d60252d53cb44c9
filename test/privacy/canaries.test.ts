/** A sample of `npm run verify:privacy`, and that its instruments can fail. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageSchema } from "../support/schemas.ts";
import { BROKEN_EXTRACTORS } from "./broken-extractors.ts";
import { canaryIn, Planter } from "./canary.ts";
import { playCanaries } from "./canary-run.ts";
import { fillMessage, leavesOf } from "./leaves.ts";
import { verifyLane } from "./verify.ts";

test("no canary of a sample of all leaves leaves the lane, and what is observed does not depend on any", async () => {
  const report = await verifyLane((no, { what }) => no % 199 === 0 || /^everything, digits/.test(what));
  assert.equal(report.leaks, []);
  assert.ok(report.ok, JSON.stringify(report));
});

test("an extractor that hands a card's hash on, or is silent for some cards, is found", async () => {
  for (const mistake of ["the hash of a card", "silence for some cards"]) {
    const extract = BROKEN_EXTRACTORS[mistake];
    assert.ok(extract, mistake);
    const isWanted = (_no: number, { action }: { action: string }) => action === "StopTransaction";
    const { leaks } = await playCanaries({ extract, isWanted, maxLeaks: 1 });
    assert.is(leaks.length, 1, mistake);
  }
});

test("a canary is found plain, in base64, in hex, as a number and as an instant; what is none is not", () => {
  const planter = new Planter("a");
  const text = String(planter.make("text"));
  for (const seen of [
    text,
    text.toLowerCase(),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("hex"),
  ]) {
    assert.ok(canaryIn(`{"x":"${seen}"}`), seen);
  }
  assert.ok(canaryIn(`[${planter.make("large")}]`));
  assert.ok(canaryIn(`[${Date.parse(String(planter.make("time")))}]`));
  assert.is(canaryIn('{"t0":1775044740000,"m":{"0":[0,41.5,1000,230000000]}}'), undefined);
});

test("a filled message has a value at each of its leaves, and a lean one only what leads to the leaf", () => {
  const message = {
    version: "ocpp1.6",
    action: "MeterValues",
    kind: "request",
    schema: messageSchema("ocpp1.6", "MeterValues"),
  } as const;
  const value = ({ path }: { path: string }) => path;
  const sampled = "/meterValue/[]/sampledValue/[]";
  assert.is(leavesOf(message).length, 10);
  assert.equal(fillMessage(message, { value, onlyTo: `${sampled}/unit` }), {
    connectorId: "/connectorId",
    meterValue: [
      { timestamp: "/meterValue/[]/timestamp", sampledValue: [{ value: `${sampled}/value`, unit: `${sampled}/unit` }] },
    ],
  });
});

test.run();
