import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { bytesOf, chunksOf, thinned } from "../../../src/domain/translate/tx-fit.ts";
import { at, charging } from "../../support/tx-world.ts";

const element = (timestamp: string, values: readonly number[], context = "Sample.Periodic"): Payload => ({
  timestamp,
  sampledValue: values.map((value) => ({ value, context })),
});

const readings = fc.array(
  fc
    .record({
      second: fc.nat(1000),
      values: fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      context: fc.constantFrom("Sample.Periodic", "Transaction.Begin", "Transaction.End"),
    })
    .map(({ second, values, context }) => element(at(second), values, context)),
  { maxLength: 30, size: "max" },
);

const flat = (lists: readonly (readonly Payload[])[]): readonly unknown[] =>
  lists
    .flat()
    .flatMap(({ timestamp, sampledValue }) =>
      (sampledValue as Payload[]).map(({ value, context }) => [timestamp, value, context]),
    );

test("J02.FR.20 - spread over several events nothing is lost, nothing changes places, and each fits", () => {
  fc.assert(
    fc.property(readings, fc.integer({ min: 1_100, max: 10_000 }), (meterValue, max) => {
      const chunks = chunksOf(meterValue, max);
      assert.equal(flat(chunks), flat([meterValue]));
      for (const chunk of chunks) {
        assert.ok(bytesOf(chunk) <= max);
        assert.ok(JSON.stringify(chunk).length <= max);
      }
    }),
  );
});

test("E12.FR.09 - thinned out, the readings of begin and end stay, the others go every second one, and none more than needed", () => {
  const isEdge = ({ sampledValue }: Payload) =>
    (sampledValue as Payload[]).some(({ context }) => context !== "Sample.Periodic");
  fc.assert(
    fc.property(readings, fc.integer({ min: 1_000, max: 20_000 }), (meterValue, max) => {
      const { meterValue: kept, dropped } = thinned(meterValue, max);
      assert.equal(kept.filter(isEdge), meterValue.filter(isEdge));
      assert.is(dropped, meterValue.length - kept.length);
      assert.ok(bytesOf(kept) <= max || kept.every(isEdge));
      if (bytesOf(meterValue) <= max) assert.is(dropped, 0);
    }),
  );
  const periodic = [1, 2, 3, 4, 5].map((second) => element(at(second), [second]));
  const { meterValue } = thinned(periodic, bytesOf(periodic) - 1);
  assert.equal(
    meterValue.map(({ timestamp }) => timestamp),
    [at(2), at(4)],
  );
});

test("J02.FR.20 - a reading with very many samples becomes several events of the same instant", () => {
  const { world, tx16 } = charging({ maxEventBytes: 3_000 });
  const sampledValue = Array.from({ length: 40 }, (_, i) => ({ value: String(i), measurand: "Voltage" }));
  world.station("MeterValues", {
    connectorId: 1,
    transactionId: tx16,
    meterValue: [{ timestamp: at(9), sampledValue }],
  });
  const events = world.asks("TransactionEvent").map(({ payload }) => payload);
  assert.ok(events.length > 1);
  assert.equal(
    events.map(({ seqNo }) => seqNo),
    events.map((_, i) => i + 1),
  );
  for (const event of events) assert.is(event["timestamp"], at(9));
  const values = events.flatMap(({ meterValue }) =>
    (meterValue as { sampledValue: { value: number }[] }[]).flatMap((one) =>
      one.sampledValue.map(({ value }) => value),
    ),
  );
  assert.equal(
    values,
    sampledValue.map(({ value }) => Number(value)),
  );
});

test("E12.FR.09 - an Ended with more transactionData than fits keeps the registers, and counts what had to go", () => {
  const { world, tx16 } = charging({ maxEventBytes: 3_000 });
  const transactionData = Array.from({ length: 40 }, (_, i) => ({
    timestamp: at(i),
    sampledValue: [{ value: String(1000 + i), context: i === 0 ? "Transaction.Begin" : "Sample.Periodic" }],
  }));
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(60), meterStop: 1040, transactionData });
  const { payload } = world.ask("TransactionEvent");
  const kept = payload["meterValue"] as { sampledValue: Payload[] }[];
  assert.is(kept[0]?.sampledValue[0]?.["context"], "Transaction.Begin");
  assert.is(kept.at(-1)?.sampledValue[0]?.["value"], 1040);
  assert.is(world.lost().length, 41 - kept.length);
  assert.ok(JSON.stringify(payload).length <= 3_000);
});

test.run();
