import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { causedId, contentId } from "../../../src/domain/translate/engine-ids.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const event = (transactionId: string, seqNo: number, more = {}) => ({
  eventType: "Updated",
  timestamp: "2026-01-01T00:00:00Z",
  seqNo,
  transactionInfo: { transactionId },
  ...more,
});

test("ids are UUIDs of 36 characters, the same for the same message (Part 4 §4.1.4)", () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.string(), json, fc.nat(), (text, payload, nth) => {
      for (const id of [contentId(text, "A", payload), causedId(text, "s:1", payload, nth)]) assert.match(id, UUID);
      assert.is(contentId(text, "A", payload), contentId(text, "A", { ...payload }));
    }),
  );
});

test("how a message came does not make another one of it, what it says does", () => {
  const id = contentId("CP1", "TransactionEvent", event("T", 1));
  assert.is(contentId("CP1", "TransactionEvent", event("T", 1, { offline: true })), id);
  for (const other of [event("T", 2), event("U", 1), event("T", 1, { eventType: "Ended" })])
    assert.is.not(contentId("CP1", "TransactionEvent", other), id);
  assert.is.not(contentId("CP2", "TransactionEvent", event("T", 1)), id);
  const security = { type: "a", timestamp: "2026-01-01T00:00:00Z" };
  assert.is.not(
    contentId("CP1", "SecurityEventNotification", security),
    contentId("CP1", "SecurityEventNotification", { ...security, type: "b" }),
  );
});

test("what one call causes has ids of its own, and another connection's has others", () => {
  const ids = [
    causedId("c1", "s:1", {}, 1),
    causedId("c1", "s:1", {}, 2),
    causedId("c1", "s:2", {}, 1),
    causedId("c2", "s:1", {}, 1),
    causedId("c1", "s:1", { a: 1 }, 1),
  ];
  assert.is(new Set(ids).size, ids.length);
});

test.run();
