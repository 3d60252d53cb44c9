import { test } from "uvu";
import * as assert from "uvu/assert";
import { metricOf } from "../../bench/metric.ts";
import { parseOptions } from "../../bench/options.ts";
import type { IsolationFigures } from "../../bench/questions/isolation.ts";
import type { LatencyFigures, Percentiles } from "../../bench/questions/latency.ts";
import type { SaturationFigures } from "../../bench/questions/saturation.ts";
import { toJson } from "../../bench/report/json.ts";
import { toMarkdown } from "../../bench/report/markdown.ts";
import { type Answers, type BenchResult, headlinesOf } from "../../bench/report/result.ts";
import { warningsOf } from "../../bench/report/warnings.ts";
import { figure, ratio } from "../../bench/statistics.ts";
import type { SubjectName } from "../../bench/subjects/subject.ts";

const machine = {
  cpu: "test",
  cores: 2,
  memoryGib: 4,
  kernel: "6",
  governor: "unknown",
  node: "v20",
  commit: "abc",
  lockfile: "def",
  date: "2026-01-01T00:00:00Z",
  loadBefore: 0.1,
};

const saturated = (
  subject: SubjectName,
  values: readonly number[],
  csms: "shared" | "apart" = "shared",
): SaturationFigures => ({
  subject,
  stations: 200,
  csms,
  roundTripsPerSec: figure(values),
  cpuUsPerRoundTrip: figure([20, 22, 21]),
  subjectCores: figure([1, 1, 1]),
  loadCores: figure([0.8, 0.8, 0.8]),
  limitedByLoad: false,
  rssKib: figure([60_000]),
  failures: 0,
});

const percentilesOf = (p50: number, p99: number): Percentiles => ({
  p50: figure([p50, p50, p50]),
  p99: figure([p99, p99, p99]),
  p999: figure([p99, p99, p99]),
  max: figure([p99, p99, p99]),
});

const latencyOf = (subject: SubjectName, ratePerSec: number, p50: number, p99: number): LatencyFigures => ({
  subject,
  ratePerSec,
  all: percentilesOf(p50, p99),
  authorize: percentilesOf(p50, p99),
  cpuUsPerRoundTrip: figure([30, 30, 30]),
  failures: 0,
  timeouts: 0,
});

const isolated = (condition: IsolationFigures["condition"], p99: number, floodPerSec = 10_000): IsolationFigures => ({
  condition,
  authorize: percentilesOf(100, p99),
  floodPerSec: figure([floodPerSec]),
  gatewayCores: figure([0.2]),
  failures: 0,
  floodFailures: 0,
  observed: 1000,
  published: 10,
});

const answers: Answers = {
  saturation: [
    saturated("twinlane", [30_000, 31_000, 29_000]),
    saturated("ws", [50_000, 50_000, 40_000]),
    saturated("ocpp-rpc", [6_000, 6_200, 5_800]),
    saturated("nginx", [40_000, 40_000, 40_000]),
    saturated("nginx", [60_000, 62_000, 58_000], "apart"),
  ],
  latency: [
    latencyOf("direct", 1000, 40, 200),
    latencyOf("ws", 1000, 100, 600),
    latencyOf("twinlane", 1000, 110, 900),
    latencyOf("twinlane", 5000, 500, 900),
    latencyOf("ws", 5000, 100, 900),
  ],
  isolation: [
    isolated("quiet", 600),
    isolated("flood", 660),
    isolated("flood-copied", 900),
    isolated("stuck", 630),
    isolated("down", 600),
    isolated("quiet-again", 606),
  ],
  idle: [
    {
      subject: "twinlane",
      stations: 2000,
      kibPerStation: 41,
      collectedKibPerStation: 30,
      kibPerStationFromStart: 55,
      rssKib: { start: 1, first: 2, all: 3 },
      connectPerSec: 900,
      failed: 0,
    },
  ],
  restore: {
    stations: 10_000,
    readyMs: figure([1300, 1200, 1250]),
    readyWithoutStationsMs: figure([300, 310, 290]),
    listeningMs: figure([280, 290, 270]),
    restoreSec: 0.95,
    actorsRestored: 10_000,
  },
};

const resultOf = (measured: Answers): BenchResult => ({
  machine,
  options: parseOptions(["--quick"]),
  skipped: [],
  broker: "mosquitto",
  headlines: headlinesOf(measured),
  answers: measured,
  warnings: warningsOf(machine, measured),
});

test("the JSON object has every key that others rely on, as a plain number at the top", () => {
  const json = JSON.parse(JSON.stringify(toJson(resultOf(answers))));
  const keys = [
    "saturation_vs_ws",
    "saturation_vs_ocpp_rpc",
    "saturation_vs_nginx",
    "cpu_us_per_round_trip",
    "authorize_p50_vs_ws",
    "authorize_p99_vs_ws",
    "authorize_p99_flood_vs_quiet",
    "authorize_p99_stuck_broker_vs_quiet",
    "idle_station_kib",
    "restore_10k_s",
    "connect_per_s",
  ];
  for (const key of keys) assert.type(json[key], "number", key);
  assert.is(json.commit, "abc");
  assert.is(json.rounds, parseOptions(["--quick"]).scale.rounds);
  assert.equal(json.warnings, []);
});

test("ratios are medians of the rounds' own ratios, against the better place a baseline was measured in", () => {
  const { saturation_vs_ws, saturation_vs_nginx, authorize_p50_vs_ws, authorize_p99_flood_vs_quiet } =
    headlinesOf(answers);
  assert.equal(saturation_vs_ws, { value: 0.62, spread: [0.6, 0.725] });
  assert.equal(saturation_vs_nginx, { value: 0.5, spread: [0.5, 0.5] });
  // At 1 000 messages a second, not at 5 000.
  assert.is(authorize_p50_vs_ws?.value, 1.1);
  assert.is(authorize_p99_flood_vs_quiet?.value, 1.1);
});

test("what was not measured has no figure at all", () => {
  assert.equal(headlinesOf({}), {});
  const { saturation_vs_nginx, saturation_vs_ws } = headlinesOf({
    saturation: [saturated("twinlane", [1, 2, 3]), saturated("ws", [2, 4, 6])],
  });
  assert.is(saturation_vs_nginx, undefined);
  assert.is(saturation_vs_ws?.value, 0.5);
  assert.throws(() => figure([]));
  assert.throws(() => ratio(figure([1, 2]), figure([1])));
});

test("a figure keeps the rounds it came from, and the middle of an even number is between two", () => {
  assert.equal(figure([3, 1, 2]), { median: 2, min: 1, max: 3, values: [3, 1, 2] });
  assert.is(figure([4, 1, 2, 3]).median, 2.5);
});

test("failed calls, a flood that was too slow, a busy machine and missing stations are warned about", () => {
  const restored = answers.restore && { ...answers.restore, actorsRestored: 9_999 };
  const warnings = warningsOf(
    { ...machine, loadBefore: 1.5 },
    {
      saturation: [{ ...saturated("ws", [1]), failures: 3, limitedByLoad: true }],
      latency: [{ ...latencyOf("ws", 1000, 1, 1), failures: 2 }],
      isolation: [
        isolated("flood", 1, 9_000),
        { ...isolated("stuck", 1), failures: 1, published: 0 },
        { ...isolated("quiet", 1), published: 0 },
      ],
      ...(restored !== undefined && { restore: restored }),
    },
  );
  assert.is(warnings.length, 8, warnings.join("\n"));
});

test("the Markdown names machine, commit, goals and warnings", () => {
  const text = toMarkdown({ ...resultOf(answers), warnings: ["something"] });
  for (const part of ["abc", "≥ 0.6", "something", "`restore_10k_s`", "41", "nginx"]) assert.match(text, part);
});

test("a metric is read from Prometheus's text, with and without labels", () => {
  const text = '# HELP a b\na 3\nab 5\nb{x="1"} 4\nb{x="2"} 2.5\n';
  assert.is(metricOf(text, "a"), 3);
  assert.is(metricOf(text, "b"), 6.5);
  assert.is(metricOf(text, "c"), 0);
});

test("unknown options and questions are refused", () => {
  assert.throws(() => parseOptions(["--fast"]));
  assert.throws(() => parseOptions(["--only", "speed"]), /speed/);
  assert.throws(() => parseOptions(["--rounds", "0"]));
  assert.equal(parseOptions(["--only", "idle,restore", "--rounds", "2"]).questions, ["idle", "restore"]);
});

test.run();
