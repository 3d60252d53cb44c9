import { InvalidArgumentError } from "commander";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCount, parseDuration, parsePositive } from "../../src/cli/arguments.ts";
import { brokerOf } from "../../src/cli/demo-config.ts";
import { DemoObserver } from "../../src/cli/demo-observer.ts";
import { ForkPairs } from "../../src/cli/fork-pair.ts";
import { RateMeter } from "../../src/cli/rate-meter.ts";

test("durations have a unit, or are seconds", () => {
  assert.equal(
    ["20s", "5m", "1.5h", "500ms", "7", "2d"].map(parseDuration),
    [20_000, 300_000, 5_400_000, 500, 7_000, 172_800_000],
  );
  for (const text of ["", "s", "-1s", "1y", "1 s", "abc", "Infinity"]) {
    assert.throws(
      () => parseDuration(text),
      (error: Error) => error instanceof InvalidArgumentError,
    );
  }
});

test("counts are whole and at least 1, factors are above 0", () => {
  assert.is(parseCount("12"), 12);
  assert.is(parsePositive("0.5"), 0.5);
  for (const text of ["0", "-1", "1.5", "", "x", "99999999"]) assert.throws(() => parseCount(text));
  for (const text of ["0", "-1", "x", "Infinity"]) assert.throws(() => parsePositive(text));
});

test("rates are those of the last seconds, also between samples that are far apart", () => {
  const meter = new RateMeter<"a">();
  assert.equal(meter.rates(0, { a: 0 }), { a: 0 });
  assert.equal(meter.rates(1_000, { a: 10 }), { a: 10 });
  assert.equal(meter.rates(2_000, { a: 40 }), { a: 20 });
  assert.equal(meter.rates(12_000, { a: 140 }), { a: 10 });
});

test("a frame and the batch made of it are found by the energy register", () => {
  const pairs = new ForkPairs();
  const frame16 =
    '[2,"x","MeterValues",{"meterValue":[{"sampledValue":[{"value":"425103","measurand":"Energy.Active.Import.Register"}]}]}]';
  const frame201 =
    '[2,"x","TransactionEvent",{"meterValue":[{"sampledValue":[{"value":825973,"context":"c","measurand":"Energy.Active.Import.Register"}]}]}]';
  pairs.onFrame("A", frame16);
  pairs.onFrame("B", frame201);
  pairs.onHealth("oh/v1/t/g/a/m", '{"t0":1,"m":{"3":[0,425103]}}');
  assert.is(pairs.latest?.stationId, "A");
  pairs.onHealth("oh/v1/t/g/b/m", '{"t0":1,"m":{"3":[0,825973]}}');
  assert.is(pairs.latest?.frame, frame201);
  pairs.onHealth("oh/v1/t/g/b/ev", "425103");
  assert.is(pairs.latest?.stationId, "B");
});

test("an identifier that becomes known after it was published is still found", () => {
  const observer = new DemoObserver();
  observer.onHealth({ topic: "oh/v1/t/g/a/m", payload: '{"b":"x","q":0,"m":[2000000306]}', bytes: 30 });
  observer.onCall("StartTransaction", { kind: "result", payload: { transactionId: 2_000_000_306 }, ms: 1 });
  assert.equal(
    observer.leaks().map(({ kind }) => kind),
    ["transaction"],
  );
});

test("only injected faults count as faults, and the newest are shown", () => {
  const observer = new DemoObserver();
  const event = (kind: "drop" | "command" | "booted", detail: string) =>
    observer.onStationEvent({ at: 0, stationId: "A", kind, detail });
  for (let n = 0; n < 20; n += 1) event("drop", `cut ${n}`);
  event("booted", "Accepted");
  event("command", "Reset");
  assert.is(observer.faults, 20);
  assert.is(observer.commands, 1);
  assert.is(observer.happenings.at(-1)?.text, "cut 19");
  assert.ok(observer.happenings.length < 20);
});

test("a broker's URL may carry the user", () => {
  assert.equal(brokerOf("mqtt://a%40b:p%3Aw@host:1883"), { url: "mqtt://host:1883", username: "a@b", password: "p:w" });
  assert.equal(brokerOf("mqtts://host"), { url: "mqtts://host" });
});

test.run();
