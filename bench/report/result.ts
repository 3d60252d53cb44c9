/** The whole result of one run, and the few figures at its head that others compare. */
import type { Machine } from "../machine.ts";
import type { BenchOptions } from "../options.ts";
import type { HeadlineFigures } from "../questions/headline.ts";
import type { IdleFigures } from "../questions/idle.ts";
import type { Condition, IsolationFigures } from "../questions/isolation.ts";
import type { LatencyFigures } from "../questions/latency.ts";
import type { RestoreFigures } from "../questions/restore.ts";
import type { SaturationFigures } from "../questions/saturation.ts";
import type { SpoolFigures } from "../questions/spool.ts";
import { type Figure, ratio, rounded } from "../statistics.ts";
import type { SubjectName } from "../subjects/subject.ts";

/** Answers of the questions that were asked. */
export interface Answers {
  readonly saturation?: readonly SaturationFigures[];
  readonly spool?: SpoolFigures;
  readonly headline?: HeadlineFigures;
  readonly latency?: readonly LatencyFigures[];
  readonly isolation?: readonly IsolationFigures[];
  readonly idle?: readonly IdleFigures[];
  readonly restore?: RestoreFigures;
}

/** Keys are only ever added, never renamed. A key whose question was not asked, or whose subject was missing, is absent. */
const HEADLINE_KEYS = [
  "saturation_vs_ws",
  "saturation_vs_ocpp_rpc",
  "saturation_vs_nginx",
  "saturation_unspooled_vs_ws",
  "saturation_unspooled_vs_ocpp_rpc",
  "cpu_us_per_round_trip",
  "cpu_vs_ws",
  "authorize_p50_vs_ws",
  "authorize_p99_vs_ws",
  "authorize_p99_flood_vs_quiet",
  "authorize_p99_flood_copied_vs_quiet",
  "authorize_p99_flood_past_vs_quiet",
  "authorize_p99_stuck_broker_vs_quiet",
  "authorize_p99_broker_down_vs_quiet",
  "authorize_p99_quiet_vs_quiet",
  "idle_station_kib",
  "idle_station_collected_kib",
  "connect_per_s",
  "restore_10k_s",
  "listening_s",
  "spool_saturation_ratio",
  "durable_answers_per_s",
  "drain_per_s",
  "authorize_p99_drain_vs_quiet",
  "headline_single_authorize_p99_ms",
  "headline_dual_authorize_p99_ms",
] as const;
export type HeadlineKey = (typeof HEADLINE_KEYS)[number];

export type Headlines = { readonly [key in HeadlineKey]?: Headline };

export interface Headline {
  readonly value: number;
  /** Lowest and highest of the rounds; absent for what is measured once. */
  readonly spread?: readonly [min: number, max: number];
}

export interface BenchResult {
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly skipped: readonly { readonly name: SubjectName; readonly reason: string }[];
  readonly broker: string | undefined;
  readonly headlines: Headlines;
  readonly answers: Answers;
  /** What a reader must know before believing the figures. */
  readonly warnings: readonly string[];
}

export function headlinesOf(answers: Answers): Headlines {
  const all: { [key in HeadlineKey]?: Headline | undefined } = {
    ...saturationHeadlines(answers.saturation ?? []),
    ...latencyHeadlines(answers.latency ?? []),
    ...isolationHeadlines(answers.isolation ?? []),
    ...idleHeadlines(answers.idle ?? []),
    ...restoreHeadlines(answers.restore),
    ...spoolHeadlines(answers.spool),
    ...channelHeadlines(answers.headline),
  };
  return Object.fromEntries(Object.entries(all).filter(([, headline]) => headline !== undefined));
}

type Part = { [key in HeadlineKey]?: Headline | undefined };

function ofFigure(value: Figure | undefined): Headline | undefined {
  return value && { value: rounded(value.median), spread: [rounded(value.min), rounded(value.max)] };
}

function ofRatio(numerator: Figure | undefined, denominator: Figure | undefined): Headline | undefined {
  return numerator && denominator && ofFigure(ratio(numerator, denominator));
}

/** The better of the places a subject was measured in, at the smallest number of stations. */
function bestSaturation(figures: readonly SaturationFigures[], name: SubjectName): SaturationFigures | undefined {
  const stations = figures[0]?.stations;
  return figures
    .filter((one) => one.subject === name && one.stations === stations)
    .toSorted((a, b) => b.roundTripsPerSec.median - a.roundTripsPerSec.median)[0];
}

function saturationHeadlines(figures: readonly SaturationFigures[]): Part {
  const own = bestSaturation(figures, "twinlane");
  const unspooled = bestSaturation(figures, "twinlane-unspooled");
  const versus = (name: SubjectName, one = own) =>
    ofRatio(one?.roundTripsPerSec, bestSaturation(figures, name)?.roundTripsPerSec);
  return {
    saturation_vs_ws: versus("ws"),
    saturation_vs_ocpp_rpc: versus("ocpp-rpc"),
    saturation_vs_nginx: versus("nginx"),
    saturation_unspooled_vs_ws: versus("ws", unspooled),
    saturation_unspooled_vs_ocpp_rpc: versus("ocpp-rpc", unspooled),
    cpu_us_per_round_trip: ofFigure(own?.cpuUsPerRoundTrip),
    cpu_vs_ws: ofRatio(own?.cpuUsPerRoundTrip, bestSaturation(figures, "ws")?.cpuUsPerRoundTrip),
  };
}

function latencyHeadlines(figures: readonly LatencyFigures[]): Part {
  const rate = Math.min(...figures.map(({ ratePerSec }) => ratePerSec));
  const at = (name: SubjectName) => figures.find((one) => one.subject === name && one.ratePerSec === rate)?.authorize;
  const [own, ws] = [at("twinlane"), at("ws")];
  return { authorize_p50_vs_ws: ofRatio(own?.p50, ws?.p50), authorize_p99_vs_ws: ofRatio(own?.p99, ws?.p99) };
}

function isolationHeadlines(figures: readonly IsolationFigures[]): Part {
  const p99 = (condition: Condition) => figures.find((one) => one.condition === condition)?.authorize.p99;
  const versusQuiet = (condition: Condition) => ofRatio(p99(condition), p99("quiet"));
  return {
    authorize_p99_flood_vs_quiet: versusQuiet("flood"),
    authorize_p99_flood_copied_vs_quiet: versusQuiet("flood-copied"),
    authorize_p99_flood_past_vs_quiet: versusQuiet("flood-past"),
    authorize_p99_stuck_broker_vs_quiet: versusQuiet("stuck"),
    authorize_p99_broker_down_vs_quiet: versusQuiet("down"),
    authorize_p99_quiet_vs_quiet: versusQuiet("quiet-again"),
  };
}

function idleHeadlines(figures: readonly IdleFigures[]): Part {
  const own = figures.find(({ subject }) => subject === "twinlane");
  return {
    idle_station_kib: own && { value: rounded(own.kibPerStation) },
    ...(own?.collectedKibPerStation !== undefined && {
      idle_station_collected_kib: { value: rounded(own.collectedKibPerStation) },
    }),
    connect_per_s: own && { value: rounded(own.connectPerSec) },
  };
}

function restoreHeadlines(figures: RestoreFigures | undefined): Part {
  if (figures === undefined) return {};
  const { readyMs, readyWithoutStationsMs, listeningMs, restoreSec } = figures;
  const spread = [(readyMs.min - readyWithoutStationsMs.max) / 1000, (readyMs.max - readyWithoutStationsMs.min) / 1000];
  return {
    restore_10k_s: { value: rounded(restoreSec), spread: [rounded(spread[0] ?? 0), rounded(spread[1] ?? 0)] },
    listening_s: ofFigure(scaled(listeningMs, 1 / 1000)),
  };
}

function spoolHeadlines(figures: SpoolFigures | undefined): Part {
  return {
    spool_saturation_ratio: ofRatio(figures?.spooledPerSec, figures?.unspooledPerSec),
    durable_answers_per_s: ofFigure(figures?.durablePerSec),
    drain_per_s: ofFigure(figures?.drainPerSec),
    authorize_p99_drain_vs_quiet: ofRatio(figures?.drain.p99, figures?.quiet.p99),
  };
}

function channelHeadlines(figures: HeadlineFigures | undefined): Part {
  return {
    headline_single_authorize_p99_ms: figures && { value: rounded(figures.singleP99Ms) },
    headline_dual_authorize_p99_ms: figures && { value: rounded(figures.dualP99Ms) },
  };
}

const scaled = ({ median, min, max, values }: Figure, by: number): Figure => ({
  median: median * by,
  min: min * by,
  max: max * by,
  values: values.map((value) => value * by),
});
