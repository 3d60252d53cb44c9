/** Sentences about all payloads: extraction never throws, hands over numbers in range, and no text gets through. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import { OCPP_VERSIONS, type OcppVersion } from "../../../src/domain/ocpp/version.ts";
import {
  describeChannel,
  MAX_CONNECTOR_ID,
  MAX_EVSE_ID,
  MAX_MAGNITUDE,
} from "../../../src/domain/telemetry/channels.ts";
import { extract, observableActions } from "../../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../../src/domain/telemetry/memory.ts";
import { canaryLeaves } from "../../support/canaries.ts";
import { memorySink, type Observed } from "../../support/health.ts";
import { call } from "../../support/ocpp-messages.ts";
import { requestSchemas } from "../../support/schema-payloads.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const RECEIVED = epochMs(Date.UTC(2026, 3, 1, 12));

function isInRange({ evseId, connectorId, channel, at, value, quality }: Observed): boolean {
  const info = describeChannel(channel);
  const isPlace = evseId >= 0 && evseId <= MAX_EVSE_ID && connectorId >= 0 && connectorId <= MAX_CONNECTOR_ID;
  const isWord = info?.values === undefined || info.values[value] !== undefined;
  const isValue = Number.isFinite(value) && Math.abs(value) <= MAX_MAGNITUDE && isWord;
  return info !== undefined && isPlace && isValue && Number.isInteger(at) && quality >= 0 && quality <= 2;
}

function extractAll(version: OcppVersion, actions: readonly string[], payload: object): readonly Observed[] {
  const sink = memorySink();
  const context = { receivedAt: RECEIVED, sink, memory: new TelemetryMemory() };
  for (const action of actions) {
    const left = extract(version, call(action, payload), context);
    assert.ok(Number.isInteger(left) && left >= 0);
  }
  return sink.seen;
}

/** JSON of any shape whose keys are likely to be the ones that extraction reads. */
function hostileJson() {
  const names = [
    "meterValue",
    "sampledValue",
    "value",
    "unit",
    "unitOfMeasure",
    "multiplier",
    "measurand",
    "timestamp",
  ];
  const more = ["connectorId", "evseId", "evse", "id", "transactionInfo", "transactionId", "eventData", "component"];
  const rest = [
    "variable",
    "name",
    "instance",
    "actualValue",
    "status",
    "errorCode",
    "data",
    "t",
    "v",
    "basetime",
    "monitor",
  ];
  const words = [
    "Power.Active.Import",
    "TemperatureSensor",
    "Temperature",
    "Faulted",
    "true",
    "1",
    "1e308",
    "kW",
    "L1",
  ];
  const key = fc.oneof(
    fc.constantFrom(...names, ...more, ...rest),
    fc.constantFrom("__proto__", "length"),
    fc.string(),
  );
  const leaf = fc.oneof(
    fc.constantFrom(...words),
    fc.string(),
    fc.double(),
    fc.integer({ min: -2, max: 300 }),
    fc.boolean(),
    fc.constant(null),
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      leaf,
      fc.array(tie("json"), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie("json")), { maxLength: 6 }).map(Object.fromEntries),
    ),
  }));
  return json;
}

test("whatever the payload, extraction neither throws nor hands over anything out of range", () => {
  fc.assert(
    fc.property(fc.constantFrom(...OCPP_VERSIONS), hostileJson(), (version, json) => {
      // As it comes off the wire: -0, undefined and NaN do not exist there.
      const payload = JSON.parse(JSON.stringify(json) ?? "null") ?? {};
      assert.ok(extractAll(version, observableActions(version), payload).every(isInRange));
    }),
    { numRuns: 3_000 },
  );
});

test("nor does it for an object of the right outline with one field of any kind", () => {
  const sample = { value: "1", measurand: "Voltage", phase: "L1", location: "Outlet", unit: "V", format: "Raw" };
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(sample)), fc.anything(), (field, value) => {
      const meterValue = [{ timestamp: "2026-04-01T12:00:00Z", sampledValue: [{ ...sample, [field]: value }] }];
      for (const version of OCPP_VERSIONS) {
        const seen = extractAll(version, ["MeterValues"], { connectorId: 1, evseId: 1, meterValue });
        assert.ok(seen.every(isInRange));
      }
    }),
    { numRuns: 2_000 },
  );
});

/** Numbers of an observation, as text, the way every later stage could write them. */
const written = ({ evseId, connectorId, channel, at, value }: Observed): string =>
  [evseId, connectorId, channel, at, value, JSON.stringify(describeChannel(channel))].join(" ");

const RUNS = 200;

for (const version of OCPP_VERSIONS) {
  test(`${version}: no text of any official message, and no transaction id, is in any observation`, () => {
    const schemas = requestSchemas(version);
    let observed = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const leaves = canaryLeaves(seededRandom(seed));
        for (const { action, fill } of schemas) {
          const payload = fill(leaves);
          const seen = extractAll(version, [action], payload);
          observed += seen.length;
          const text = seen.map(written).join("\n");
          assert.not.ok(/CANARY/.test(text), `${action}: ${text}`);
          assert.not.ok(
            seen.some(({ value, evseId }) => leaves.numbers.includes(value) || leaves.numbers.includes(evseId)),
          );
        }
      }),
      { numRuns: RUNS },
    );
    assert.ok(observed > 5 * RUNS, `something was observed at all: ${observed}`);
  });
}

test.run();
