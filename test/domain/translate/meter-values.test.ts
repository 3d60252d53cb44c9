import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Payload } from "../../../src/domain/ocpp/frame.ts";
import { MEASURANDS } from "../../../src/domain/translate/meter-values-sample.ts";
import { ocmfReading } from "../../../src/domain/translate/meter-values-signed.ts";
import type { Trigger } from "../../../src/domain/translate/tx-options.ts";
import { type JsonSchema, messageSchema } from "../../support/schemas.ts";
import { at, charging, startRequest, TxWorld, type WorldOptions } from "../../support/tx-world.ts";

const sampleSchema = (): JsonSchema["properties"] =>
  messageSchema("ocpp1.6", "MeterValues").properties?.["meterValue"]?.items?.properties?.["sampledValue"]?.items
    ?.properties;

const values = (sampledValue: readonly Payload[], change: Payload = {}): Payload => ({
  connectorId: 1,
  meterValue: [{ timestamp: at(60), sampledValue }],
  ...change,
});

/** The samples the CSMS gets for these of the station, during a transaction. */
function told(
  sampledValue: readonly Payload[],
  options: WorldOptions = {},
): { world: TxWorld; samples: readonly Payload[] } {
  const { world } = charging(options);
  world.station("MeterValues", values(sampledValue));
  const [event] = world.asks("TransactionEvent");
  const [element] = (event?.payload["meterValue"] ?? []) as { sampledValue: Payload[] }[];
  return { world, samples: element?.sampledValue ?? [] };
}

// --- routing ---

test("§3.4 - samples of an open transaction are an event of it, numbered on, and answered at once", () => {
  const { world, tx16, id } = charging();
  world.station("MeterValues", values([{ value: "1100" }], { transactionId: tx16 }));
  assert.equal(world.ask("TransactionEvent").payload, {
    eventType: "Updated",
    timestamp: at(60),
    triggerReason: "MeterValuePeriodic",
    seqNo: 1,
    transactionInfo: { transactionId: id },
    meterValue: [{ timestamp: at(60), sampledValue: [{ value: 1100 }] }],
  });
  assert.equal(world.answer(), {});
});

test("§3.4 - the EVSE is the transaction's, whatever connector the message names", () => {
  const { world, tx16, id } = charging();
  world.station("MeterValues", values([{ value: "1100" }], { transactionId: tx16, connectorId: 2 }));
  assert.equal(world.ask("TransactionEvent").payload["transactionInfo"], { transactionId: id });
});

test("errata 3.18 - without a known transaction samples are of the one that is open there, if they may be", () => {
  for (const transactionId of [undefined, -1, 0, 4711]) {
    const { world } = charging();
    world.station("MeterValues", values([{ value: "1100" }], transactionId === undefined ? {} : { transactionId }));
    assert.is(world.asks("TransactionEvent").length, 1, String(transactionId));
  }
});

test("§3.4 - samples of every context but Other may be of the transaction", () => {
  const contexts = sampleSchema()?.["context"]?.enum ?? [];
  assert.is(contexts.length, 8);
  for (const context of contexts) {
    const { world } = charging();
    world.station("MeterValues", values([{ value: "1100", context }]));
    assert.is(world.asks("TransactionEvent").length, context === "Other" ? 0 : 1, context);
    assert.is(world.asks("MeterValues").length, context === "Other" ? 1 : 0, context);
  }
});

test("§3.4 - what is no transaction's stays MeterValues", () => {
  const { world } = charging();
  const outside = (payload: Payload) => {
    world.station("MeterValues", payload);
    assert.is(world.asks("TransactionEvent").length, 0);
    return world.ask("MeterValues").payload["evseId"];
  };
  assert.is(outside(values([{ value: "1" }], { connectorId: 0 })), 0, "the main meter");
  assert.is(outside(values([{ value: "2" }], { connectorId: 2 })), 2, "nobody charges there");
  const before = { connectorId: 1, meterValue: [{ timestamp: at(-5), sampledValue: [{ value: "3" }] }] };
  assert.is(outside(before), 1, "from before the start");
});

test("§3.4 - samples that come after the end are MeterValues: a transaction is not opened again", () => {
  const { world, tx16 } = charging();
  world.station("StopTransaction", { transactionId: tx16, timestamp: at(90), meterStop: 2000 });
  world.station("MeterValues", values([{ value: "1100" }], { transactionId: tx16 }));
  assert.is(world.asks("TransactionEvent").length, 0);
  assert.is(world.ask("MeterValues").payload["evseId"], 1);
});

test("J02.FR.10 - one event for each instant, neighbours of the same instant in one", () => {
  const { world } = charging();
  const element = (second: number, value: string) => ({ timestamp: at(second), sampledValue: [{ value }] });
  world.station("MeterValues", {
    connectorId: 1,
    meterValue: [element(1, "1001"), element(1, "1002"), element(2, "1003")],
  });
  assert.equal(
    world.asks("TransactionEvent").map(({ payload }) => [payload["timestamp"], payload["seqNo"]]),
    [
      [at(1), 1],
      [at(2), 2],
    ],
  );
});

test("§3.4 - triggerReason follows the context", () => {
  for (const [sampledValue, triggerReason] of [
    [[{ value: "1", context: "Sample.Clock" }], "MeterValueClock"],
    [[{ value: "1", context: "Trigger" }], "Trigger"],
    [[{ value: "1", context: "Sample.Periodic" }], "MeterValuePeriodic"],
    [[{ value: "1", context: "Interruption.Begin" }], "MeterValuePeriodic"],
    [[{ value: "OCMF|{}|{}", format: "SignedData" }], "SignedDataReceived"],
    [[{ value: "1" }, { value: "OCMF|{}|{}", format: "SignedData" }], "MeterValuePeriodic"],
  ] as const) {
    const { world } = charging();
    world.station("MeterValues", values(sampledValue));
    assert.is(world.ask("TransactionEvent").payload["triggerReason"], triggerReason);
  }
});

test("the same MeterValues again are answered, and told no more; others are told", () => {
  const { world } = charging();
  world.station("MeterValues", values([{ value: "1100" }]));
  world.station("MeterValues", values([{ value: "1100" }]));
  assert.is(world.asks().length, 0);
  assert.equal(world.answer(), {});
  world.station("MeterValues", values([{ value: "1101" }]));
  assert.is(world.asks().length, 1);
  assert.ok((world.state.tx.more["meterKeys"] as number[]).length <= 16);
});

test("answersAfter delivered - the station is answered when the CSMS has the last event; what is no event is not waited for", () => {
  const { world } = charging({ answersAfter: "delivered" });
  const element = (second: number) => ({ timestamp: at(second), sampledValue: [{ value: String(second) }] });
  world.station("MeterValues", { connectorId: 1, meterValue: [element(1), element(2)] });
  const [first, second] = world.asks("TransactionEvent");
  assert.is(first?.job, undefined);
  world.answered(second?.job, { kind: "result", payload: {} });
  assert.equal(world.answer(), {});
  world.station("MeterValues", values([{ value: "1" }], { connectorId: 0 }));
  assert.equal(world.answer(), {});
});

// --- triggers ---

/** Triggers kept in a list, newest last, as the commands' rules keep them in the state. */
function triggersOf(list: { message: string; connector16: number }[]): NonNullable<WorldOptions["triggers"]> {
  return {
    find: (_state, connector16, _now, messages) =>
      list.find((one) => one.connector16 === connector16 && messages.includes(one.message)),
    consume: (state, trigger: Trigger) => {
      list.splice(
        list.findIndex(({ message }) => message === trigger.message),
        1,
      );
      return state;
    },
  };
}

test("F06.FR.06 - triggered MeterValues are MeterValues, during a transaction too, and once", () => {
  for (const context of [undefined, "Trigger"]) {
    const waiting = [{ message: "MeterValues", connector16: 1 }];
    const { world } = charging({ triggers: triggersOf(waiting) });
    const sample = { value: "1100", ...(context === undefined ? {} : { context }) };
    world.station("MeterValues", values([{ value: "1", context: "Sample.Clock" }]));
    assert.is(world.asks("TransactionEvent").length, 1, "that was not triggered");
    world.station("MeterValues", values([sample]));
    assert.is(world.ask("MeterValues").payload["evseId"], 1);
    assert.is(world.asks("TransactionEvent").length, 0);
    assert.is(waiting.length, 0);
  }
});

test("F06.FR.06 - what has been triggered is told, even when it reads as before", () => {
  const waiting: { message: string; connector16: number }[] = [];
  const { world } = charging({ triggers: triggersOf(waiting) });
  world.station("MeterValues", values([{ value: "1100" }]));
  waiting.push({ message: "MeterValues", connector16: 1 });
  world.station("MeterValues", values([{ value: "1100" }]));
  assert.is(world.asks("MeterValues").length, 1);
});

test("F06.FR.07 - a triggered TransactionEvent has the trigger as reason, and the charging state", () => {
  const { world } = charging({ triggers: triggersOf([{ message: "TransactionEvent", connector16: 1 }]) });
  world.station("MeterValues", values([{ value: "1100" }]));
  const { payload } = world.ask("TransactionEvent");
  assert.is(payload["triggerReason"], "Trigger");
  assert.is((payload["transactionInfo"] as Payload)["chargingState"], "EVConnected");
});

// --- samples ---

const UNITS_WHERE_NONE: Readonly<Record<string, string | undefined>> = {
  "Current.Export": "A",
  "Current.Import": "A",
  "Current.Offered": "A",
  "Energy.Active.Export.Interval": undefined,
  "Energy.Active.Export.Register": undefined,
  "Energy.Active.Import.Interval": undefined,
  "Energy.Active.Import.Register": undefined,
  "Energy.Reactive.Export.Interval": "varh",
  "Energy.Reactive.Export.Register": "varh",
  "Energy.Reactive.Import.Interval": "varh",
  "Energy.Reactive.Import.Register": "varh",
  Frequency: "Hz",
  "Power.Active.Export": "W",
  "Power.Active.Import": "W",
  "Power.Factor": undefined,
  "Power.Offered": "W",
  "Power.Reactive.Export": "var",
  "Power.Reactive.Import": "var",
  SoC: "Percent",
  Voltage: "V",
};

test("§3.4 - every measurand of 1.6 keeps its name, and gets a unit that means something; Temperature and RPM are lost", () => {
  const measurands = sampleSchema()?.["measurand"]?.enum ?? [];
  assert.equal([...measurands].sort(), Object.keys(MEASURANDS).sort());
  const north = messageSchema("ocpp2.0.1", "TransactionEvent").definitions?.["MeasurandEnumType"]?.enum ?? [];
  for (const measurand of measurands) {
    const { world, samples } = told([{ value: "5", measurand }]);
    assert.is(samples.length > 0, north.includes(measurand), measurand);
    if (samples.length === 0) {
      assert.ok(["Temperature", "RPM"].includes(measurand));
      assert.equal(world.lost(), [`SampledValue.measurand=${measurand}`]);
      assert.equal(world.answer(), {}, "nothing is sent, and the station is answered");
      continue;
    }
    const unit = UNITS_WHERE_NONE[measurand];
    assert.equal(samples[0], { value: 5, measurand, ...(unit === undefined ? {} : { unitOfMeasure: { unit } }) });
  }
  assert.equal(told([{ value: "5" }]).samples, [{ value: 5 }], "absent stays absent");
});

test("§3.4 - every unit of 1.6 is told as it is, but for the spelling of Celsius", () => {
  const units = sampleSchema()?.["unit"]?.enum ?? [];
  assert.is(units.length, 17);
  for (const unit of [...units, "Hertz", "Hz"]) {
    const { world, samples } = told([{ value: "5", unit, measurand: "Voltage" }]);
    const expected = unit === "Celcius" ? "Celsius" : unit === "Hertz" ? "Hz" : unit;
    assert.equal(samples[0]?.["unitOfMeasure"], { unit: expected });
    assert.equal(world.repaired(), expected === unit ? [] : [`unit ${unit}`]);
  }
});

test("§3.4 - every phase, location and context of 1.6 is one of 2.0.1", () => {
  for (const name of ["phase", "location", "context"]) {
    for (const word of sampleSchema()?.[name]?.enum ?? []) {
      if (word === "Other") continue;
      const { samples } = told([{ value: "5", measurand: "Voltage", [name]: word }]);
      assert.is(samples[0]?.[name], word);
    }
  }
});

test("§3.4 - words that neither version knows: a wrong phase or measurand costs the sample, the others only the word", () => {
  for (const [change, expected, lost] of [
    [{ measurand: "Energy.Vendor" }, [], "SampledValue.measurand=other"],
    [{ phase: "L9" }, [], "SampledValue.phase=other"],
    [{ location: "Roof" }, [{ value: 5 }], "SampledValue.location=other"],
    [{ unit: "x".repeat(21) }, [{ value: 5 }], "SampledValue.unit=other"],
  ] as const) {
    const { world, samples } = told([{ value: "5", ...change }]);
    assert.equal(samples, expected);
    assert.equal(world.lost(), [lost]);
  }
});

test("§3.4 - numbers are understood with a comma and with blanks, and what is no number is lost", () => {
  for (const [value, expected, repairs] of [
    ["12.5", 12.5, []],
    ["-3e2", -300, []],
    ["12,5", 12.5, ["decimal comma"]],
    [" 12.5 ", 12.5, ["blanks around a number"]],
  ] as const) {
    const { world, samples } = told([{ value }]);
    assert.is(samples[0]?.["value"], expected, value);
    assert.equal(world.repaired(), repairs);
  }
  for (const value of ["NaN", "Infinity", "", "abc", "1,234.5", "0x10"]) {
    const { world, samples } = told([{ value }]);
    assert.is(samples.length, 0, value);
    assert.equal(world.lost(), ["SampledValue.value"]);
  }
});

test("an empty sampledValue is passed over", () => {
  const { world } = charging();
  world.station("MeterValues", values([]));
  assert.is(world.asks().length, 0);
  assert.equal(world.repaired(), ["empty sampledValue"]);
  assert.equal(world.answer(), {});
});

test("the register that is kept for a lost stop is the outlet's, in Wh, and never goes back", () => {
  const { world } = charging();
  const lastRegister = () => world.state.tx.transactions[0]?.lastRegister;
  for (const [sample, expected] of [
    [{ value: "1.2345", unit: "kWh" }, 1234.5],
    [{ value: "9999", phase: "L1" }, 1234.5],
    [{ value: "9999", location: "Inlet" }, 1234.5],
    [{ value: "9999", measurand: "Energy.Active.Import.Interval" }, 1234.5],
    [{ value: "1200" }, 1234.5],
    [{ value: "1300", location: "Outlet" }, 1300],
  ] as const) {
    world.station("MeterValues", values([sample]));
    assert.is(lastRegister(), expected, JSON.stringify(sample));
  }
});

// --- signatures ---

const OCMF = 'OCMF|{"FV":"1.0","RD":[{"RV":2.9,"RU":"kWh"},{"TM":"2026","RV":2.935,"RU":"kWh"}]}|{"SD":"AB"}';
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("§3.4 - a signature goes with the number beside it", () => {
  const { samples } = told([
    { value: "2935", context: "Transaction.Begin" },
    { value: OCMF, format: "SignedData", context: "Transaction.Begin" },
  ]);
  assert.equal(samples, [
    {
      value: 2935,
      context: "Transaction.Begin",
      signedMeterValue: { signedMeterData: base64(OCMF), signingMethod: "", encodingMethod: "OCMF", publicKey: "" },
    },
  ]);
});

test("§3.4 - without one the number is the OCMF's, else the last register, and says so", () => {
  const [fromOcmf] = told([{ value: OCMF, format: "SignedData" }]).samples;
  assert.is(fromOcmf?.["value"], 2.935);
  assert.equal(fromOcmf?.["unitOfMeasure"], { unit: "kWh" });
  assert.equal(fromOcmf?.["customData"], { vendorId: "twinlane", valueSource: "signedMeterData" });
  const [fromRegister] = told([{ value: "opaque", format: "SignedData" }]).samples;
  assert.is(fromRegister?.["value"], 1000);
  assert.equal(fromRegister?.["customData"], { vendorId: "twinlane", valueSource: "lastRegister" });
});

test("§3.4 - JSON of the OCA's note is taken apart, absent members are empty", () => {
  const note = { signedMeterData: "QUJD", encodingMethod: "OCMF", publicKey: "k".repeat(2501) };
  const { world, samples } = told([{ value: "1" }, { value: JSON.stringify(note), format: "SignedData" }]);
  assert.equal(samples[0]?.["signedMeterValue"], {
    signedMeterData: "QUJD",
    signingMethod: "",
    encodingMethod: "OCMF",
    publicKey: "",
  });
  assert.equal(world.lost(), ["signedMeterValue.publicKey"]);
});

test("§3.4 - a signature that is too long is left out whole, and the CSMS is told; 2.1 takes more", () => {
  const value = `OCMF|${"x".repeat(3000)}`;
  const { world, samples } = told([{ value: "1" }, { value, format: "SignedData" }]);
  assert.equal(samples, [{ value: 1 }]);
  assert.equal(world.lost(), ["SampledValue.signedMeterValue"]);
  const [event] = world.ask("NotifyEvent").payload["eventData"] as Payload[];
  assert.is(event?.["techCode"], "SignedDataTooLong");
  const on21 = told([{ value: "1" }, { value, format: "SignedData" }], { northVersion: "ocpp2.1" });
  assert.ok(on21.samples[0]?.["signedMeterValue"]);
  assert.is(on21.world.asks("NotifyEvent").length, 0);
});

test("§3.4 - a signature outside of a transaction with no number anywhere is lost, and counted", () => {
  const world = new TxWorld();
  world.station("MeterValues", values([{ value: "opaque", format: "SignedData" }]));
  assert.is(world.asks().length, 0);
  assert.equal(world.lost(), ["SampledValue.format=SignedData"]);
});

test("OCMF that is none is no number", () => {
  for (const text of [
    "",
    "OCMF|",
    "OCMF|{}|{}",
    "OCMF|{nonsense|x",
    'OCMF|{"RD":[]}|{}',
    'OCMF|{"RD":[{"RV":"x"}]}|{}',
  ]) {
    assert.is(ocmfReading(text), undefined, text);
  }
});

test("a transaction that another one has replaced gets no more samples", () => {
  const { world, tx16 } = charging();
  world.station("StartTransaction", startRequest({ timestamp: at(30), meterStart: 1200 }));
  world.station("MeterValues", values([{ value: "1" }], { transactionId: tx16 }));
  assert.is(world.asks("TransactionEvent").length, 0);
});

test.run();
