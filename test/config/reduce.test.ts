import { test } from "uvu";
import * as assert from "uvu/assert";
import { built } from "../support/built-config.ts";

const health = (reduce?: object) => ({ gateway: "g", mqtt: { url: "mqtt://127.0.0.1" }, ...(reduce && { reduce }) });

test("reduction is on without a word, and what is said of it stands beside the defaults", () => {
  const usual = { enabled: true, losslessFromMs: 30_000, channels: {} };
  assert.equal(built({ health: health() }).config?.health?.reduce, usual);
  const channels = { Voltage: { mode: "swing", eps: 2 } };
  assert.equal(built({ health: health({ channels }) }).config?.health?.reduce, { ...usual, channels });
});

test("a name that is no channel, a percentage of nothing, and a mode that does not exist are errors", () => {
  const errors = (channels: object) => built({ health: health({ channels }) }).errors.join("\n");
  assert.match(errors({ Volts: { eps: 1 } }), "/health/reduce/channels/Volts is no measurand");
  assert.match(errors({ Voltage: { eps: 1, epsKind: "pctSpan" } }), 'needs "span"');
  assert.match(errors({ Voltage: { mode: "cubic" } }), "/health/reduce/channels/Voltage/mode");
  assert.is(errors({ "TemperatureSensor.Temperature": { eps: 1, epsKind: "pctSpan", span: 100 } }), "");
});

test("the operator's profile is the default; names to withhold have to be those of channels", () => {
  const of = (privacy: object) => built({ health: { ...health(), privacy } });
  assert.equal(built({ health: health() }).config?.health?.privacy, {
    ...{ profile: "operator", withhold: [], resolutionMs: 1, minSamples: 1 },
  });
  assert.equal(of({ profile: "home" }).config?.health?.privacy?.profile, "home");
  assert.match(of({ withhold: ["SoC", "Volts"] }).errors.join("\n"), "/health/privacy/withhold/1 is no measurand");
  assert.is(of({ grant: ["Temperature", "status", "PowerContactor.Tripped"] }).errors.join("\n"), "");
  assert.match(of({ grant: ["Volts"] }).errors.join("\n"), "/health/privacy/grant/0 is no channel");
  assert.match(of({ profile: "secret" }).errors.join("\n"), "/health/privacy/profile");
});

test.run();
