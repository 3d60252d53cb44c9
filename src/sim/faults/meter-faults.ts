/** Meter values and times that are not spelled as 1.6 says. */

import { epochMs } from "../../domain/ids.ts";
import type { Payload } from "../../domain/ocpp/frame.ts";
import { createScaledClock } from "../clock.ts";
import { isPayload, listAt } from "../wire.ts";
import { type Fault, type FaultHooks, payloadOf, rewriting, withPayload } from "./fault.ts";

const ZONE_MS = 7_200_000;

/** Changes each sample of a MeterValues. */
const resampling = (change: (sample: Payload) => Payload): (() => FaultHooks) =>
  rewriting(["MeterValues"], (payload) => ({
    ...payload,
    meterValue: listAt(payload, "meterValue").map((value) => ({
      ...value,
      sampledValue: listAt(value, "sampledValue").map(change),
    })),
  }));

/** Every time in a payload, however deep, told by a clock on the wall. */
function wallTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wallTimes);
  if (!isPayload(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      field,
      field === "timestamp" ? wallTime(String(inner)) : wallTimes(inner),
    ]),
  );
}

const wallTime = (text: string): string => new Date(Date.parse(text) + ZONE_MS).toISOString().slice(0, -1);

const signed = (at: unknown, reading: unknown, context: string): Payload => ({
  value: `OCMF|${JSON.stringify({ FV: "1.0", RD: [{ TM: at, RV: Number(reading) / 1000, RU: "kWh" }] })}|{"SD":"00"}`,
  format: "SignedData",
  context,
  measurand: "Energy.Active.Import.Register",
});

function signsStops(): FaultHooks {
  return {
    out: (frame) => {
      const values = payloadOf(frame, "MeterValues");
      const stop = payloadOf(frame, "StopTransaction");
      if (stop !== undefined) {
        const { timestamp, meterStop } = stop;
        const data = { timestamp, sampledValue: [signed(timestamp, meterStop, "Transaction.End")] };
        return [withPayload(frame, { ...stop, transactionData: [...listAt(stop, "transactionData"), data] })];
      }
      if (values === undefined) return [frame];
      const meterValue = listAt(values, "meterValue").map((value) => {
        const samples = listAt(value, "sampledValue");
        return {
          ...value,
          sampledValue: [...samples, signed(value["timestamp"], samples[0]?.["value"], "Sample.Periodic")],
        };
      });
      return [withPayload(frame, { ...values, meterValue })];
    },
  };
}

function emptiesEveryOther(): FaultHooks {
  let count = 0;
  return rewriting(["MeterValues"], (payload) => {
    count += 1;
    if (count % 2 === 1) return payload;
    return { ...payload, meterValue: listAt(payload, "meterValue").map((value) => ({ ...value, sampledValue: [] })) };
  })();
}

export const METER_FAULTS: readonly Fault[] = [
  {
    name: "celcius",
    does: "spells the unit Celcius",
    evidence: "1.6 schemas of the first edition",
    hooks: resampling((sample) => (sample["unit"] === "Celsius" ? { ...sample, unit: "Celcius" } : sample)),
  },
  {
    name: "decimal-comma",
    does: "writes decimals with a comma",
    evidence: "firmware with a European locale",
    hooks: resampling((sample) => ({ ...sample, value: String(sample["value"]).replace(".", ",") })),
  },
  {
    name: "no-unit",
    does: "leaves units out",
    evidence: "1.6 makes the unit optional",
    hooks: resampling(({ unit: _, ...sample }) => sample),
  },
  {
    name: "empty-sampled-value",
    does: "sends every other MeterValues without a sample",
    evidence: "stations whose meter answers late",
    hooks: emptiesEveryOther,
  },
  {
    name: "raw-ocmf",
    does: "adds signed values as bare OCMF text",
    evidence: "stations under German calibration law, before the OCA's note on signed values",
    hooks: signsStops,
  },
  {
    name: "clock-1970",
    does: "has a clock that began in 1970",
    evidence: "stations without a battery for their clock",
    options: (options) => ({ ...options, clock: sinceEpoch(options.clock) }),
  },
  {
    name: "local-time",
    does: "sends local time without a zone",
    evidence: "1.6 §3.14 only recommends UTC",
    hooks: rewriting(
      ["StartTransaction", "StopTransaction", "MeterValues", "StatusNotification"],
      (payload) => wallTimes(payload) as Payload,
    ),
  },
];

function sinceEpoch(clock = createScaledClock()): typeof clock {
  const began = clock.now();
  return {
    now: () => epochMs(clock.now() - began),
    monotonicMs: () => clock.monotonicMs(),
    callAt: (at, callback) => clock.callAt(epochMs(at + began), callback),
  };
}
