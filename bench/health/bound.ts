/** An endless series through one reducer, judged as it goes: samples wait until a line leads over them. */
import { ChannelReducer } from "../../src/domain/reduce/channel-reducer.ts";
import type { ReducerSpec } from "../../src/domain/reduce/spec.ts";

const PERIOD_MS = 1_000;
const BATCH_SAMPLES = 300;

export interface BoundRun {
  push(v: number): void;
  /** The worst error, and how many samples were judged. */
  end(): { readonly worst: number; readonly samples: number };
}

/** @param how `judged`: every sample is compared with the line over it; by default the reducer runs alone */
export function boundRun(spec: ReducerSpec, losslessFromMs: number, how: "judged" | "alone" = "alone"): BoundRun {
  const isJudged = how === "judged";
  const waiting: { readonly t: number; readonly v: number }[] = [];
  let before: { readonly t: number; readonly v: number } | undefined;
  let [worst, samples, i] = [0, 0, 0];
  const point = (t: number, v: number, _quality: number, begins: boolean) => {
    if (!isJudged) return;
    for (const sample of waiting) {
      if (sample.t > t) break;
      const read =
        begins || before === undefined || sample.t === t
          ? v
          : before.v + ((v - before.v) * (sample.t - before.t)) / (t - before.t);
      worst = Math.max(worst, Math.abs(read - sample.v));
      samples += 1;
    }
    const rest = waiting.filter((sample) => sample.t > t);
    waiting.splice(0, waiting.length, ...rest);
    before = { t, v };
  };
  const reducer = new ChannelReducer(spec, losslessFromMs, { point });
  return {
    push: (v) => {
      const t = i * PERIOD_MS;
      i += 1;
      if (isJudged && Number.isFinite(v)) waiting.push({ t, v });
      reducer.push(t, v, 0);
      if (i % BATCH_SAMPLES === 0) reducer.close();
    },
    end: () => {
      reducer.end();
      // What no line leads over would go unjudged: there must be none.
      if (waiting.length > 0) worst = Number.POSITIVE_INFINITY;
      return { worst, samples };
    },
  };
}
