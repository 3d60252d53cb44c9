/** Reads a recording, reduces it as the gateway would, and says what came of it. */
import { readFileSync, writeFileSync } from "node:fs";
import {
  absoluteEps,
  collectSeries,
  noiseSigma,
  type ReducerSpec,
  reducerOf,
  type Series,
  suggestEps,
  worstDistance,
} from "../tools.ts";
import { EXIT } from "./exit-codes.ts";
import { printJson, say } from "./output.ts";
import type { ReduceFlags } from "./reduce.ts";
import { type Comparison, compare } from "./reduce-compare.ts";
import { isTrace, parseCsv, traceFrames } from "./reduce-input.ts";
import { reductionPlot } from "./reduce-plot.ts";
import { printable } from "./text-output.ts";

export function reduceFile(file: string, flags: ReduceFlags): void {
  let input: ReturnType<typeof read>;
  try {
    input = read(file, flags);
  } catch (error) {
    say(`twinlane reduce: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = EXIT.io;
    return;
  }
  const { series, bytes } = input;
  if (series.length === 0) {
    say("twinlane reduce: no values in the file");
    process.exitCode = EXIT.failed;
    return;
  }
  const specs = series.map((one) => specOf(one, flags));
  const options = { batchMs: 1000 * flags.batchSec, losslessFromMs: 1000 * flags.losslessFromSec };
  const result = compare(series, specs, options, bytes);
  if (flags.svg !== undefined) writeFileSync(flags.svg, reductionPlot(series, specs, result.kept));
  if (flags.json) printJson(report(series, specs, result));
  else for (const line of lines(series, specs, result)) process.stdout.write(`${printable(line)}\n`);
}

/** `bytes`: what the samples took as frames; unknown for a table. */
function read(
  file: string,
  { channel, version }: ReduceFlags,
): { series: readonly Series[]; bytes: number | undefined } {
  const text = readFileSync(file, "utf8");
  const { series, bytes } = isTrace(text)
    ? collectSeries(traceFrames(text), `ocpp${version}`)
    : { series: parseCsv(text), bytes: undefined };
  if (channel === undefined) return { series, bytes };
  return { series: series.filter(({ name }) => name === channel), bytes: undefined };
}

function specOf(series: Series, { mode, eps, compMaxSec }: ReduceFlags): ReducerSpec {
  const chosen = reducerOf(series, { enabled: true, losslessFromMs: 0, channels: {} });
  // A table's own channels have no reducer by name; for those the plain one is tried, with what its noise suggests.
  const isUnknown = chosen.mode === "raw" && mode === undefined;
  const wanted = isUnknown ? "auto" : eps;
  return {
    ...chosen,
    mode: mode ?? (isUnknown ? "sdt" : chosen.mode),
    eps: wanted === "auto" ? suggestEps(series.v, 0) : (wanted ?? chosen.eps),
    compMaxMs: 1000 * compMaxSec,
  };
}

const percent = (part: number, whole: number): number => Number((100 * (1 - part / whole)).toFixed(2));

function report(series: readonly Series[], specs: readonly ReducerSpec[], result: Comparison) {
  const { samples, points, ocppBytes, losslessBytes, bytes } = result;
  return {
    samples,
    points,
    fewerPointsPercent: percent(points, samples),
    ocppBytes,
    losslessBytes,
    bytes,
    fewerBytesThanOcppPercent: percent(bytes, ocppBytes),
    fewerBytesThanLosslessPercent: percent(bytes, losslessBytes),
    channels: series.map((one, i) => channelReport(one, specs[i], result.kept[i] ?? [])),
  };
}

function channelReport(series: Series, spec: ReducerSpec | undefined, kept: Comparison["kept"][number]) {
  const mode = spec?.mode ?? "raw";
  return {
    name: series.name,
    unit: series.unit,
    mode,
    eps: spec === undefined ? 0 : absoluteEps(spec),
    samples: series.t.length,
    points: kept.length,
    worstError: mode === "agg" ? undefined : Number(worstDistance(series, kept, mode).toPrecision(6)),
    noiseSigma: Number(noiseSigma(series.v).toPrecision(3)),
    suggestedEps: Number(suggestEps(series.v, 0).toPrecision(3)),
  };
}

function lines(series: readonly Series[], specs: readonly ReducerSpec[], result: Comparison): readonly string[] {
  const all = report(series, specs, result);
  return [
    ...all.channels.map(
      ({ name, unit, mode, eps, samples, points, worstError, suggestedEps }) =>
        `${name} [${unit}]: ${mode}, ε ${eps}: ${samples} samples → ${points} points, worst error ${worstError ?? "–"}; ε suggested by the noise ${suggestedEps}`,
    ),
    `points: ${all.samples} → ${all.points}, ${all.fewerPointsPercent} % fewer`,
    `bytes: ${all.bytes}; ${all.fewerBytesThanOcppPercent} % fewer than OCPP JSON (${all.ocppBytes}), ${all.fewerBytesThanLosslessPercent} % fewer than without loss (${all.losslessBytes})`,
  ];
}
