import { test } from "uvu";
import * as assert from "uvu/assert";
import { messageId } from "../../../src/domain/ids.ts";
import { AnswerMemory, BusinessMemory } from "../../../src/domain/ocpp/answer-memory.ts";
import { businessKey } from "../../../src/domain/ocpp/business-key.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";

const key = (version: OcppVersion, action: string, payload: object) =>
  businessKey(version, { type: 2, id: messageId("any"), action, payload: payload as Record<string, unknown> });

const start = { connectorId: 1, idTag: "T", meterStart: 10, timestamp: "2026-01-01T00:00:00Z" };

test("field-lessons 9 - a StartTransaction is known by connector, idTag, meterStart and timestamp", () => {
  assert.is(
    key("ocpp1.6", "StartTransaction", start),
    key("ocpp1.6", "StartTransaction", { ...start, reservationId: 4 }),
  );
  for (const other of [{ connectorId: 2 }, { idTag: "U" }, { meterStart: 11 }, { timestamp: "2026-01-01T00:00:01Z" }]) {
    assert.is.not(
      key("ocpp1.6", "StartTransaction", start),
      key("ocpp1.6", "StartTransaction", { ...start, ...other }),
    );
  }
});

test("field-lessons 9 - a StopTransaction is known by transaction and timestamp, a TransactionEvent by transaction, seqNo, type and time", () => {
  const stop = { transactionId: 7, timestamp: "2026-01-01T00:00:00Z", meterStop: 20 };
  assert.is(key("ocpp1.6", "StopTransaction", stop), key("ocpp1.6", "StopTransaction", { ...stop, reason: "Local" }));
  const transactionInfo = { transactionId: "7" };
  const event = { transactionInfo, seqNo: 3, eventType: "Updated", timestamp: "2026-01-01T00:00:00Z" };
  for (const other of [
    { seqNo: 4 },
    { eventType: "Ended" },
    { timestamp: "2026-01-01T00:00:01Z" },
    { transactionInfo: { transactionId: "8" } },
  ]) {
    assert.is.not(
      key("ocpp2.0.1", "TransactionEvent", event),
      key("ocpp2.0.1", "TransactionEvent", { ...event, ...other }),
    );
  }
  assert.is(
    key("ocpp2.0.1", "TransactionEvent", event),
    key("ocpp2.0.1", "TransactionEvent", { ...event, offline: true }),
  );
  assert.is.not(key("ocpp2.0.1", "TransactionEvent", event), undefined);
});

test("a message without a part of its key, and every other action, has no key", () => {
  const { timestamp: _, ...undated } = start;
  assert.is(key("ocpp1.6", "StartTransaction", undated), undefined);
  assert.is(key("ocpp1.6", "MeterValues", { connectorId: 1, transactionId: 1 }), undefined);
  assert.is(key("ocpp2.0.1", "StartTransaction", start), undefined);
  assert.is(key("ocpp2.0.1", "TransactionEvent", { transactionInfo: null, seqNo: 1 }), undefined);
});

test("field-lessons 8 - a call is answered again only when id and text are both the same", () => {
  const memory = new AnswerMemory();
  memory.remember(messageId("1"), '[2,"1","A",{}]', '[3,"1",{}]');
  assert.is(memory.recall(messageId("1"), '[2,"1","A",{}]'), '[3,"1",{}]');
  assert.is(memory.recall(messageId("1"), '[2,"1","B",{}]'), undefined);
});

test("memories are bounded: the oldest is forgotten", () => {
  const latest = new AnswerMemory();
  const business = new BusinessMemory();
  for (let i = 0; i < 50; i += 1) {
    latest.remember(messageId(String(i)), "t", `answer ${i}`);
    business.remember(`key ${i}`, `answer ${i}`);
  }
  assert.is(latest.recall(messageId("0"), "t"), undefined);
  assert.is(latest.recall(messageId("49"), "t"), "answer 49");
  assert.is(business.recall("key 0"), undefined);
  assert.is(business.recall("key 49"), "answer 49");
});

test.run();
