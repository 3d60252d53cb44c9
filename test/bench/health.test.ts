/** What docs/health.md promises of the reduction, on the model's session; and that the bench's judge can say no. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { boundRun } from "../../bench/health/bound.ts";
import { SIGNALS, sessionSeries } from "../../bench/health/session.ts";
import { compare } from "../../src/cli/reduce-compare.ts";
import { reducerOf } from "../../src/domain/reduce/spec.ts";
import { createRandom } from "../../src/sim/random.ts";

const CONFIG = { enabled: true, losslessFromMs: 30_000, channels: {} };
const OPTIONS = { batchMs: 300_000, losslessFromMs: 30_000 };

for (const [periodSec, least] of [
  [1, 0.98],
  [5, 0.98],
  [10, 0.98],
  [60, 0.95],
] as const) {
  test(`a session sampled every ${periodSec} s takes ${100 * least} % fewer bytes than OCPP JSON, within every bound`, () => {
    for (const seed of [1, 2, 3]) {
      const series = sessionSeries(periodSec, seed);
      const specs = series.map((one) => reducerOf(one, CONFIG));
      const { bytes, ocppBytes, worstOverEps } = compare(series, specs, OPTIONS);
      assert.ok(1 - bytes / ocppBytes >= least, `${bytes} of ${ocppBytes}`);
      assert.ok(worstOverEps <= 1, String(worstOverEps));
    }
  });
}

for (const [name, make] of Object.entries(SIGNALS)) {
  test(`the bound holds on ${name}, and every sample is judged`, () => {
    for (const mode of ["sdt", "swing"] as const) {
      const run = boundRun({ ...reducerOf({ name: "Voltage", unit: "V" }, CONFIG), mode }, 30_000, "judged");
      const signal = make(createRandom(name));
      for (let i = 0; i < 20_000; i += 1) run.push(signal(i));
      const { worst, samples } = run.end();
      assert.ok(worst <= 1 + 1e-9, `${mode}: ${worst}`);
      assert.ok(samples > 19_000);
    }
  });
}

test("a reducer that keeps nothing of a curve is found out", () => {
  const run = boundRun({ ...reducerOf({ name: "Voltage", unit: "V" }, CONFIG), mode: "agg" }, 30_000, "judged");
  for (let i = 0; i < 10; i += 1) run.push(i);
  assert.is(run.end().worst, Number.POSITIVE_INFINITY);
});

test.run();
