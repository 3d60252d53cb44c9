/** Readings out of DataTransfer: what a decoder may hand over, and that nothing else passes whatever it hands over. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import type { OcppVersion } from "../../../src/domain/ocpp/version.ts";
import { describeChannel } from "../../../src/domain/telemetry/channels.ts";
import { type DecodedReading, decoderTable, type HealthDecoder } from "../../../src/domain/telemetry/decoder.ts";
import { extract } from "../../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../../src/domain/telemetry/memory.ts";
import { memorySink } from "../../support/health.ts";
import { call } from "../../support/ocpp-messages.ts";

const RECEIVED = epochMs(Date.parse("2026-04-01T12:00:01Z"));

const decoder = (decode: HealthDecoder["decode"], messageId?: string): HealthDecoder => ({
  vendorId: "com.acme",
  decode,
  ...(messageId !== undefined && { messageId }),
});

function taken(decoders: readonly HealthDecoder[], payload: object, version: OcppVersion = "ocpp1.6") {
  const sink = memorySink();
  const context = { receivedAt: RECEIVED, sink, memory: new TelemetryMemory(), decoders: decoderTable(decoders) };
  const left = extract(version, call("DataTransfer", { vendorId: "com.acme", ...payload }), context);
  const lines = sink.seen.map(({ evseId, connectorId, channel, value, at }) => {
    const info = describeChannel(channel);
    const what = info?.values?.[value] ?? `${value} ${info?.unit}`;
    const instance = info?.instance ? `#${info.instance}` : "";
    return `${evseId}.${connectorId} ${info?.name}${instance}${info?.phase}@${info?.location} ${what} ${at - RECEIVED}`;
  });
  return { lines, left, seen: sink.seen };
}

const reads = (readings: readonly object[]) => taken([decoder(() => readings as DecodedReading[])], { data: "" });

test("P02: measurands, components and codes, in the gateway's words and units, whatever the version", () => {
  const { lines, left } = reads([
    { evseId: 1, connectorId: 1, name: "Power.Active.Import", value: 7.4, unit: "kW", phase: "L1" },
    { evseId: 1, name: "Temperature", value: 61, location: "Cable", timestamp: "2026-04-01T12:00:00Z" },
    { evseId: 0, name: "AirCoolingSystem.FanSpeed", value: 1200, instance: 2 },
    { evseId: 2, name: "PowerContactor.Tripped", value: true },
    { evseId: 2, name: "CPPWMController.State", value: "C" },
    { evseId: 1, name: "vendorErrorCode", value: "CX017" },
  ]);
  assert.equal(lines, [
    "1.1 Power.Active.ImportL1@Outlet 7400 W 0",
    "1.0 Temperature@Cable 61 Celsius -1000",
    "0.0 AirCoolingSystem.FanSpeed#2@ 1200 RPM 0",
    "2.0 PowerContactor.Tripped@ true 0",
    "2.0 CPPWMController.State@ C 0",
    "1.0 vendorErrorCode@ CX017 0",
  ]);
  assert.is(left, 0);
});

test("what no table has, numbers as text, and impossible places are left out and counted", () => {
  const odd = [
    { evseId: 1, name: "TokenReader.Token", value: "04A2B3C4" },
    { evseId: 1, name: "Harmonics", value: 3 },
    { evseId: 1, name: "PowerContactor.Tripped.Jane", value: true },
    { evseId: 1, name: "Temperature", value: "61" },
    { evseId: 1, name: "AirCoolingSystem.FanSpeed", value: "1200" },
    { evseId: 1, name: "AirCoolingSystem.FanSpeed", value: 262011234567890 },
    { evseId: 1, name: "PowerContactor.Tripped", value: 1 },
    { evseId: 1, name: "vendorErrorCode", value: "Jane" },
    { evseId: 1, name: "stoppedReason", value: "Local" },
    { evseId: 1, name: "Temperature", value: 61, unit: "warm" },
    { evseId: 256, name: "Temperature", value: 61 },
    { evseId: 1, connectorId: "1", name: "Temperature", value: 61 },
    { name: "Temperature", value: 61 },
    null,
  ];
  const { lines, left } = reads(odd as object[]);
  assert.equal([lines, left], [[], odd.length]);
});

test("the decoder of a message goes before that of its vendor; other vendors' data is not looked at", () => {
  const reading = (value: number): DecodedReading => ({ evseId: 0, name: "Frequency", value });
  const decoders = [decoder(() => [reading(49)]), decoder(() => [reading(51)], "grid")];
  const values = (payload: object) => taken(decoders, payload).seen.map(({ value }) => value);
  assert.equal(values({ messageId: "grid" }), [51]);
  assert.equal(values({ messageId: "other" }), [49]);
  assert.equal(values({}), [49]);
  assert.equal(values({ vendorId: "com.example" }), []);
  assert.is(decoderTable([]), undefined);
});

test("the data arrives as it was sent: text in 1.6, JSON in 2.x", () => {
  const seen: unknown[] = [];
  const keeps = decoder((data) => {
    seen.push(data);
    return [];
  });
  taken([keeps], { data: "{}" });
  taken([keeps], { data: { fan: [1] } }, "ocpp2.1");
  assert.equal(seen, ["{}", { fan: [1] }]);
});

test("a decoder without an end is stopped", () => {
  function* endless(): Generator<DecodedReading> {
    for (;;) yield { evseId: 0, name: "Frequency", value: 50 };
  }
  const { lines, left } = taken([decoder(endless)], {});
  assert.equal([lines.length, left], [256, 1]);
});

test("whatever a decoder hands over, only numbers in range and words of the tables come out", () => {
  const name = fc.constantFrom(
    "Temperature",
    "vendorErrorCode",
    "TemperatureSensor.Temperature",
    "PowerContactor.Tripped",
  );
  const reading = fc.record(
    {
      evseId: fc.oneof(fc.constant(1), fc.anything()),
      connectorId: fc.anything(),
      name: fc.oneof(name, fc.anything()),
      value: fc.anything(),
      unit: fc.anything(),
      phase: fc.anything(),
      location: fc.anything(),
      instance: fc.anything(),
      timestamp: fc.anything(),
    },
    { requiredKeys: ["evseId", "name", "value"] },
  );
  fc.assert(
    fc.property(reading, (odd) => {
      for (const { value, channel, evseId } of reads([odd]).seen) {
        assert.ok(Math.abs(value) <= 1e12 && Number.isInteger(evseId));
        assert.ok(describeChannel(channel) !== undefined);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.run();
