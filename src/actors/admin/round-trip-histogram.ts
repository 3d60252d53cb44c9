/** The round-trip buckets of the counters as a Prometheus histogram, without keeping a second one. */
import type { Counters } from "../../domain/counters.ts";

const NAME = "twinlane_forward_duration_seconds";
const HELP = "Time from a station's CALL arriving to its answer leaving.";
/** Of the counters' power-of-√2 buckets, every second bound from 2^6 µs (64 µs) to 2^24 µs (16.8 s). */
const FIRST_EXPONENT = 6;
const LAST_EXPONENT = 24;

interface HistogramValue {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** What prom-client's registry asks of a metric. */
export interface HistogramMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "histogram";
  readonly aggregator: "sum";
  get(): Promise<HistogramMetric & { readonly values: readonly HistogramValue[] }>;
}

export function roundTripHistogram(counters: Counters): HistogramMetric {
  const metric = {
    name: NAME,
    help: HELP,
    type: "histogram",
    aggregator: "sum",
    get: async () => ({ ...metric, values: values(counters) }),
  } as const;
  return metric;
}

function values(counters: Counters): HistogramValue[] {
  const buckets: HistogramValue[] = [];
  let cumulative = 0;
  let next = 0;
  for (let exponent = FIRST_EXPONENT; exponent <= LAST_EXPONENT; exponent += 1) {
    for (; next <= exponent * 2; next += 1) cumulative += counters.roundTripBuckets[next] ?? 0;
    buckets.push({ metricName: `${NAME}_bucket`, labels: { le: 2 ** exponent / 1e6 }, value: cumulative });
  }
  buckets.push({ metricName: `${NAME}_bucket`, labels: { le: "+Inf" }, value: counters.roundTripCount });
  return [
    ...buckets,
    { metricName: `${NAME}_sum`, labels: {}, value: counters.roundTripSumUs / 1e6 },
    { metricName: `${NAME}_count`, labels: {}, value: counters.roundTripCount },
  ];
}
