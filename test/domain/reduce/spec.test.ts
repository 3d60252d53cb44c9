/** Which reducer a channel gets, how many digits, and which ε its noise suggests. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isMetricName } from "../../../src/domain/reduce/metric-name.ts";
import { noiseSigma, suggestEps } from "../../../src/domain/reduce/noise.ts";
import { quantumFor, roundTo } from "../../../src/domain/reduce/rounding.ts";
import { absoluteEps, errorBound, type ReduceConfig, reducerOf } from "../../../src/domain/reduce/spec.ts";
import { MEASURAND_NAMES } from "../../../src/domain/telemetry/measurands.ts";
import { spec } from "../../support/reduced.ts";
import { seededRandom } from "../../support/seeded-random.ts";

const CONFIG: ReduceConfig = {
  enabled: true,
  losslessFromMs: 30_000,
  channels: { Voltage: { eps: 1, epsKind: "pctSpan", span: 200 }, SoC: { mode: "onchange" } },
};
const mode = (name: string, unit: string) => reducerOf({ name, unit }, CONFIG).mode;

test("what is measured is drawn in lines, what moves in steps is held, what is a sum is kept", () => {
  assert.is(mode("Power.Active.Import", "W"), "sdt");
  assert.is(mode("TemperatureSensor.Temperature", "Celsius"), "sdt");
  assert.is(mode("VoltageImbalance.Percent", "Percent"), "rbe");
  assert.is(mode("Current.Offered", "A"), "onchange");
  assert.is(mode("Display.TargetSOC", "Percent"), "onchange");
  assert.is(mode("Energy.Active.Import.Interval", "Wh"), "raw");
  assert.is(mode("unheard of", "constructor"), "raw");
});

test("the configuration has the last word, by name, and can switch all of it off", () => {
  assert.is(mode("SoC", "Percent"), "onchange");
  assert.is(absoluteEps(reducerOf({ name: "Voltage", unit: "V" }, CONFIG)), 2);
  const off = reducerOf({ name: "Voltage", unit: "V" }, { ...CONFIG, enabled: false });
  assert.equal([off.mode, errorBound(off)], ["raw", 0]);
  assert.is(errorBound(spec({ mode: "agg" })), undefined);
});

test("names that can be set are those of the closed tables", () => {
  assert.ok(MEASURAND_NAMES.every(isMetricName));
  assert.ok(isMetricName("TemperatureSensor.Temperature"));
  for (const name of ["Volts", "TemperatureSensor", "TemperatureSensor.Problem", "A.B.C", ""])
    assert.not(isMetricName(name));
});

test("rounding moves a value by half a quantum at most, and the quantum is a fifth of ε at most", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-4, max: 1e6, noNaN: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      (eps, v) => {
        const quantum = quantumFor(eps);
        assert.ok(quantum <= eps / 4.99 && quantum > eps / 51);
        assert.ok(Math.abs(roundTo(v, quantum) - v) <= quantum / 2 + 1e-9 * Math.abs(v));
      },
    ),
  );
});

test("noise is found under a trend, beside steps and spikes", () => {
  const random = seededRandom(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = Array.from(
    { length: 5000 },
    (_, i) => i / 100 + (i > 2500 ? 300 : 0) + (i % 500 === 0 ? 80 : 0) + 0.4 * normal(),
  );
  assert.ok(Math.abs(noiseSigma(values) - 0.4) < 0.04, String(noiseSigma(values)));
  assert.ok(Math.abs(suggestEps(values, 0.5) - 2) < 0.2);
  assert.is(suggestEps([1, 1, 1], 0.5), 0.5);
  assert.is(noiseSigma([1, 2]), 0);
});

test.run();
