/** Answers that say what the numbers of streams are of. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { epochMs } from "../../../src/domain/ids.ts";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { describeChannel } from "../../../src/domain/telemetry/channels.ts";
import { explain, explainingActions } from "../../../src/domain/telemetry/explain.ts";
import { extract } from "../../../src/domain/telemetry/extract.ts";
import { TelemetryMemory } from "../../../src/domain/telemetry/memory.ts";
import { memorySink } from "../../support/health.ts";
import { send } from "../../support/ocpp-messages.ts";

const MONITOR = 9;
const STREAM = 5;
const variable = { name: "Temperature" };
const component = { name: "TemperatureSensor", evse: { id: 1 } };
const set = (fields: object = {}) => ({
  setMonitoringResult: [{ id: MONITOR, status: "Accepted", component, variable, ...fields }],
});
const streams = { constantStreamData: [{ id: STREAM, variableMonitoringId: MONITOR, params: {} }] };

/** What a stream is read as after these answers. */
function readAfter(...answers: readonly (readonly [action: string, payload: object])[]): readonly string[] {
  const memory = new TelemetryMemory();
  const sink = memorySink();
  for (const [action, payload] of answers) explain(action, { ...payload }, memory);
  const frame = send("NotifyPeriodicEventStream", { id: STREAM, pending: 0, data: [{ t: 0, v: "40" }] });
  extract("ocpp2.1", frame, { receivedAt: epochMs(0), sink, memory });
  return sink.seen.map(({ channel, value }) => `${describeChannel(channel)?.name} ${value}`);
}

test("N04: the answer to SetVariableMonitoring tells what a monitor watches, N12: the one to GetPeriodicEventStream what a stream is", () => {
  const read = readAfter(["SetVariableMonitoring", set()], ["GetPeriodicEventStream", streams]);
  assert.equal(read, ["TemperatureSensor.Temperature 40"]);
});

test("what is refused, outside the allow-list or without an id explains nothing", () => {
  for (const odd of [{ status: "Rejected" }, { id: undefined }, { id: "9" }, { component: { name: "ConnectedEV" } }]) {
    assert.equal(readAfter(["SetVariableMonitoring", set(odd)], ["GetPeriodicEventStream", streams]), []);
  }
});

test("N06: a monitor that is cleared explains nothing more, one that could not be cleared still does", () => {
  const cleared = (status: string) =>
    readAfter(
      ["SetVariableMonitoring", set()],
      ["GetPeriodicEventStream", streams],
      ["ClearVariableMonitoring", { clearMonitoringResult: [{ id: MONITOR, status }] }],
    ).length;
  assert.equal(["Accepted", "NotFound", "Rejected"].map(cleared), [0, 0, 1]);
});

test("the catalogue marks the actions whose answers explain, and no other", () => {
  const marked = CATALOGUE.filter(({ explains }) => explains).map(({ action }) => action);
  assert.equal([...marked].sort(), [...explainingActions()].sort());
});

test("whatever an answer holds, reading it does not throw", () => {
  fc.assert(
    fc.property(fc.constantFrom(...explainingActions()), fc.jsonValue(), (action, json) => {
      const results = [{ ...set().setMonitoringResult[0], id: json }, json];
      for (const payload of [
        { setMonitoringResult: results, clearMonitoringResult: json, constantStreamData: [json] },
        json,
      ]) {
        explain(action, Object(payload), new TelemetryMemory());
      }
    }),
  );
});

test.run();
