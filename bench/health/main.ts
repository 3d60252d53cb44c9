/**
 * What the health lane's reduction saves, what it costs, and whether its bound holds; how soon events are at the broker, and whether the
 * value lane notices a worker that is killed. Progress goes to stderr; `--json` gives one object on stdout, `--markdown` writes RESULTS.md
 * beside this file.
 *
 *     bytes of OCPP 1.6 JSON ─▶ lossless: the same columns without reduction, deflated ─▶ what is sent
 */
import { readFileSync, writeFileSync } from "node:fs";
import { argv, hrtime } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Comparison, compare } from "../../src/cli/reduce-compare.ts";
import { parseCsv } from "../../src/cli/reduce-input.ts";
import { suggestEps } from "../../src/domain/reduce/noise.ts";
import { absoluteEps, type ReducerSpec, reducerOf } from "../../src/domain/reduce/spec.ts";
import { createRandom } from "../../src/sim/random.ts";
import { boundRun } from "./bound.ts";
import { delivery } from "./delivery.ts";
import { isolation } from "./isolation.ts";
import { SIGNALS, sessionSeries } from "./session.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PERIODS_SEC = [1, 5, 10, 60] as const;
const CONFIG = { enabled: true, losslessFromMs: 30_000, channels: {} };
const OPTIONS = { batchMs: 300_000, losslessFromMs: CONFIG.losslessFromMs };
const COST_SAMPLES = 4_000_000;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    samples: { type: "string", default: "10100000" },
    seed: { type: "string", default: "1" },
  },
});
const seed = Number(values.seed);

const say = (text: string) => void process.stderr.write(`${text}\n`);
const round = (value: number, digits = 4): number => Number(value.toFixed(digits));

/** The model's session at one sampling period; the reducers are those of a gateway whose configuration says nothing. */
function session(periodSec: number): Comparison {
  const series = sessionSeries(periodSec, seed);
  return compare(
    series,
    series.map((one) => reducerOf(one, CONFIG)),
    OPTIONS,
  );
}

/** The longest that a batch of few samples waits: one that began with the recording's end would be sent by nobody yet. */
const WHOLE_MS = 3 * OPTIONS.batchMs;

/** A recorded series, as far as whole batches go, read every `periodSec`, with an ε of five standard deviations of its own noise, by swing filter. */
function recorded(file: string, periodSec: number): Comparison {
  const whole = parseCsv(readFileSync(`${HERE}data/${file}`, "utf8"));
  const series = whole.map((one) => {
    const [start = 0, end = 0] = [one.t[0], one.t.at(-1)];
    const until = start + Math.floor((end - start) / WHOLE_MS) * WHOLE_MS;
    const isRead = (_: number, i: number): boolean => i % periodSec === 0 && (one.t[i] ?? 0) < until;
    return { ...one, t: one.t.filter(isRead), v: one.v.filter(isRead) };
  });
  const specs = series.map(({ unit, v }): ReducerSpec => {
    const span = Math.max(...v) - Math.min(...v);
    const eps = suggestEps(v, span / 100);
    return { mode: "swing", eps, epsKind: "abs", span: 0, compMaxMs: 300_000, minIntervalMs: 0, unit };
  });
  return compare(series, specs, OPTIONS);
}

/** Nanoseconds that one sample takes, in the reducers of all signals in turn. */
function cost(): number {
  const random = createRandom(seed);
  const signal = SIGNALS["mains"]?.(random) ?? (() => 0);
  const v = Float64Array.from({ length: 100_000 }, (_, i) => signal(i));
  const spec = reducerOf({ name: "Voltage", unit: "V" }, CONFIG);
  const run = boundRun(spec, CONFIG.losslessFromMs);
  const drive = (samples: number) => {
    for (let i = 0; i < samples; i += 1) run.push(v[i % v.length] ?? 0);
  };
  drive(v.length);
  const from = hrtime.bigint();
  drive(COST_SAMPLES);
  return Number(hrtime.bigint() - from) / COST_SAMPLES;
}

/** The worst distance of any sample from what a reader sees, in parts of ε, over all signals and both line reducers. */
function bound(total: number): { readonly worst: number; readonly samples: number } {
  const each = Math.ceil(total / (2 * Object.keys(SIGNALS).length));
  let [worst, samples] = [0, 0];
  for (const mode of ["sdt", "swing"] as const) {
    for (const [name, make] of Object.entries(SIGNALS)) {
      const spec: ReducerSpec = { ...reducerOf({ name: "Voltage", unit: "V" }, CONFIG), mode };
      const signal = make(createRandom(`${seed} ${mode} ${name}`));
      const run = boundRun(spec, CONFIG.losslessFromMs, "judged");
      for (let i = 0; i < each; i += 1) run.push(signal(i));
      const judged = run.end();
      worst = Math.max(worst, judged.worst / absoluteEps(spec));
      samples += judged.samples;
    }
  }
  return { worst, samples };
}

async function measure() {
  say("charging session");
  const sessions = PERIODS_SEC.map((sec) => [sec, session(sec)] as const);
  say("recorded series");
  const recordings = PERIODS_SEC.map((sec) => [sec, recorded("host-1s.csv", sec)] as const);
  say("cost");
  const ns = cost();
  say(`bound, ${values.samples} samples`);
  const { worst, samples } = bound(Number(values.samples));
  say("500 stations, end to end");
  const delivered = await delivery();
  say("killing the lane's worker");
  const isolated = await isolation();
  const by = (pick: (one: Comparison) => number, runs = sessions) =>
    Object.fromEntries(runs.map(([sec, one]) => [`${sec}s`, round(pick(one))]));
  const saved = (part: number, whole: number) => 1 - part / whole;
  return {
    bytes_vs_ocpp_json: by((one) => saved(one.bytes, one.ocppBytes)),
    bytes_vs_lossless: by((one) => saved(one.bytes, one.losslessBytes)),
    points_vs_samples: by((one) => saved(one.points, one.samples)),
    session_bytes: by((one) => one.bytes),
    session_ocpp_bytes: by((one) => one.ocppBytes),
    session_lossless_bytes: by((one) => one.losslessBytes),
    recorded_bytes_vs_ocpp_json: by((one) => saved(one.bytes, one.ocppBytes), recordings),
    recorded_bytes_vs_lossless: by((one) => saved(one.bytes, one.losslessBytes), recordings),
    recorded_points_vs_samples: by((one) => saved(one.points, one.samples), recordings),
    max_error_over_epsilon: round(
      Math.max(worst, ...[...sessions, ...recordings].map(([, one]) => one.worstOverEps)),
      9,
    ),
    bound_samples: samples,
    ns_per_sample: round(ns, 1),
    event_p50_ms: round(delivered.eventP50Ms, 1),
    event_p99_ms: round(delivered.eventP99Ms, 1),
    cpu_500x7_percent: round(delivered.cpuPercent, 2),
    samples_per_sec_500x7: round(delivered.samplesPerSec, 0),
    dropped_500x7: delivered.dropped,
    broker: delivered.broker,
    value_p99_ratio_while_lane_killed: round(isolated.p99Ratio.killed, 3),
    value_p99_ratio_while_broker_down: round(isolated.p99Ratio.outage, 3),
    value_p99_ratio_undisturbed: round(isolated.p99Ratio.control, 3),
    value_p99_ms_while_lane_killed: round(isolated.p99Ms.killed, 3),
    value_p99_ms_while_broker_down: round(isolated.p99Ms.outage, 3),
    value_p99_ms_undisturbed: round(isolated.p99Ms.quiet, 3),
    value_failures_while_lane_killed: isolated.failures,
    lane_kills: isolated.kills,
    batch_ms: OPTIONS.batchMs,
    seed,
  };
}

function markdown(result: Awaited<ReturnType<typeof measure>>): string {
  const percent = (part: number | undefined): string => `${(100 * (part ?? 0)).toFixed(1)} %`;
  const rows = PERIODS_SEC.map((sec) => {
    const key = `${sec}s`;
    const cells = [result.session_ocpp_bytes, result.session_lossless_bytes, result.session_bytes].map(
      (one) => one[key],
    );
    const savings = [result.points_vs_samples, result.bytes_vs_ocpp_json, result.bytes_vs_lossless];
    return `| ${sec} s | ${cells.join(" | ")} | ${savings.map((one) => percent(one[key])).join(" | ")} |`;
  });
  const recordedRows = PERIODS_SEC.map((sec) => {
    const { recorded_points_vs_samples, recorded_bytes_vs_ocpp_json, recorded_bytes_vs_lossless } = result;
    const savings = [recorded_points_vs_samples, recorded_bytes_vs_ocpp_json, recorded_bytes_vs_lossless];
    return `| ${sec} s | ${savings.map((one) => percent(one[`${sec}s`])).join(" | ")} |`;
  });
  return `# Reduction

A modelled 45-minute DC session, seven channels, batches of ${result.batch_ms / 1000} s, default reducers. Bytes are whole messages: WebSocket frames of
OCPP 1.6 against PUBLISHes with topic and header; TCP and TLS count in neither. "Lossless" is every sample in the same columns, deflated.

| sampled every | OCPP JSON | lossless | sent | fewer points | fewer bytes than OCPP | fewer bytes than lossless |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

From 30 s on samples travel as they are: there is little to leave out.

A recorded series (a computer's load, memory and context switches, every second for a quarter of an hour, as far as whole batches go, then every nth of them; swing filter, ε five standard
deviations of the noise, OCPP as if a station had sent it):

| read every | fewer points | fewer bytes than OCPP | fewer bytes than lossless |
| --- | --- | --- | --- |
${recordedRows.join("\n")}

Worst error: ${result.max_error_over_epsilon} ε over ${result.bound_samples} samples of mains voltage, telegraph noise, spikes, random walks, missing values and ramps.
A sample takes ${result.ns_per_sample} ns.

# Delivery

500 stations, seven channels each, every second, features on, batches of 10 s instead of 300 s, to ${result.broker}: **${result.cpu_500x7_percent} %** of a core for the whole
lane (extraction, reduction, disk, MQTT, and the making of the readings). From an event's timestamp to a subscriber behind the broker: p50 ${result.event_p50_ms} ms,
p99 **${result.event_p99_ms} ms**, of which up to 100 ms wait for the hand-over to the worker.

Under 500 calls a second, in windows of 6 s that take turns, ${result.value_failures_while_lane_killed} calls without the right answer; ratios are medians over rounds:

| | Authorize p99 | against a quiet window |
| --- | --- | --- |
| nothing happens | ${result.value_p99_ms_undisturbed} ms | ${result.value_p99_ratio_undisturbed} (a second quiet window: what a ratio is worth on this machine) |
| the lane's worker is killed (${result.lane_kills} times) | ${result.value_p99_ms_while_lane_killed} ms | **${result.value_p99_ratio_while_lane_killed}** |
| its broker is down | ${result.value_p99_ms_while_broker_down} ms | **${result.value_p99_ratio_while_broker_down}** |

Seed ${result.seed}; \`npm run bench:health -- --markdown\`.
`;
}

const result = await measure();
if (values.markdown) writeFileSync(`${HERE}RESULTS.md`, markdown(result));
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else process.stdout.write(`${JSON.stringify(result, undefined, 1)}\n`);
