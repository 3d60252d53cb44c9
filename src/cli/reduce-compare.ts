/** A reduction beside its baselines: the same samples as OCPP JSON, and without loss. */
import { deflateSync } from "node:zlib";
import {
  absoluteEps,
  ocppJsonBytes,
  type ReducerSpec,
  type Replay,
  type ReplayOptions,
  replay,
  type Series,
  worstDistance,
} from "../tools.ts";

/** Topic, header and properties of a PUBLISH (MQTT 5 §3.3); topics have this length. */
const PUBLISH_BYTES = 48 + 45;

export interface Comparison {
  readonly samples: number;
  readonly points: number;
  /** Whole messages: WebSocket frames, PUBLISHes. TCP and TLS count in neither. */
  readonly ocppBytes: number;
  readonly losslessBytes: number;
  readonly bytes: number;
  /** Largest error of any channel with a bound, in parts of its ε; 0 where there is none. */
  readonly worstOverEps: number;
  readonly kept: Replay["kept"];
}

/** @param ocppBytes what the samples took on the wire, where that is known */
export function compare(
  series: readonly Series[],
  specs: readonly ReducerSpec[],
  options: ReplayOptions,
  ocppBytes = ocppJsonBytes(series),
): Comparison {
  const reduced = replay(series, specs, options);
  const lossless = replay(
    series,
    specs.map((spec) => ({ ...spec, mode: "raw", minIntervalMs: 0 })),
    options,
  );
  const errors = series.map((one, i) => overEps(one, reduced.kept[i] ?? [], specs[i]));
  return {
    samples: series.reduce((sum, { t }) => sum + t.length, 0),
    points: reduced.points,
    ocppBytes,
    losslessBytes: sent(lossless),
    bytes: sent(reduced),
    worstOverEps: Math.max(0, ...errors),
    kept: reduced.kept,
  };
}

const sent = ({ payloads }: Replay): number =>
  payloads.reduce((sum, payload) => sum + Math.min(payload.length, deflateSync(payload).length) + PUBLISH_BYTES, 0);

function overEps(series: Series, kept: Replay["kept"][number], spec: ReducerSpec | undefined): number {
  if (spec === undefined || spec.mode === "agg" || spec.minIntervalMs > 0) return 0;
  const eps = absoluteEps(spec);
  return eps > 0 ? worstDistance(series, kept, spec.mode) / eps : 0;
}
