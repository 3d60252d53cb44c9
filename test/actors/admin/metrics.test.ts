import { test } from "uvu";
import * as assert from "uvu/assert";
import { createMetrics } from "../../../src/actors/admin/metrics.ts";
import { IN_HISTOGRAM, METRIC_HELP, METRIC_LINES } from "../../../src/actors/admin/metrics-table.ts";
import { Counters } from "../../../src/domain/counters.ts";
import { CATALOGUE } from "../../../src/domain/ocpp/catalogue.ts";
import { stubGateway } from "../../support/stub-gateway.ts";

test("every counter is exported once, and every metric has a help text", () => {
  const numbers = Object.entries(new Counters(0)).flatMap(([name, value]) => (typeof value === "number" ? [name] : []));
  const exported = [...METRIC_LINES.map(({ counter }) => counter as string), ...IN_HISTOGRAM];
  assert.equal([...exported].sort(), [...numbers].sort());
  const names = new Set(METRIC_LINES.map(({ metric }) => metric));
  assert.equal([...names].sort(), Object.keys(METRIC_HELP).sort());
});

test("counters end in _total, what goes up and down does not", () => {
  for (const { counter, metric } of METRIC_LINES) {
    const isGauge = counter.endsWith("Now");
    assert.is(METRIC_HELP[metric]?.type, isGauge ? "gauge" : "counter", metric);
    assert.is(metric.endsWith("_total"), !isGauge, metric);
  }
});

async function scrape(prepare: (counters: Counters) => void): Promise<string> {
  const { gateway } = stubGateway();
  prepare(gateway.counters);
  const metrics = createMetrics(gateway, "0");
  try {
    // Twice: a scrape must not add to what the scrape before it said.
    await metrics.text();
    return await metrics.text();
  } finally {
    metrics.stop();
  }
}

test("a scrape shows what the counters hold, each time anew", async () => {
  const text = await scrape((counters) => {
    counters.connectionsRefused = 3;
    counters.stationsConnectedNow = 5;
  });
  assert.match(text, 'twinlane_connections_total{outcome="refused"} 3');
  assert.match(text, "twinlane_stations_connected 5");
});

test("messages are counted by lane, sender and action; silent actions are left out", async () => {
  const [spec] = CATALOGUE;
  if (spec === undefined) return;
  const text = await scrape((counters) => {
    counters.perAction[spec.index * 2] = 4;
    counters.perAction[spec.index * 2 + 1] = 1;
  });
  const labels = (direction: string) => `{lane="${spec.lane}",direction="${direction}",action="${spec.action}"}`;
  assert.match(text, `twinlane_frames_total${labels("from_station")} 4`);
  assert.match(text, `twinlane_frames_total${labels("from_csms")} 1`);
  assert.is(text.match(/^twinlane_frames_total\{/gm)?.length, 2);
});

test("the round-trip histogram is cumulative, in seconds, and agrees with its count and sum", async () => {
  const times = [10, 64, 65, 900, 40_000, 1e9];
  const text = await scrape((counters) => {
    for (const us of times) counters.roundTrip(us);
  });
  const buckets = [...text.matchAll(/^twinlane_forward_duration_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)];
  assert.ok(buckets.length > 10);
  for (const [, le, count] of buckets) {
    const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
    assert.is(Number(count), times.filter((us) => us / 1e6 <= bound).length, `le ${le}`);
  }
  assert.match(text, `twinlane_forward_duration_seconds_count ${times.length}`);
  assert.match(text, `twinlane_forward_duration_seconds_sum ${times.reduce((a, b) => a + b) / 1e6}`);
});

test("the health lane's figures follow its statistics", async () => {
  const { gateway, state } = stubGateway();
  state.health = {
    refusedByBroker: 6,
    samplesIn: 40,
    pointsOut: 4,
    samplesLeft: 3,
    bytesOut: 900,
    observed: 10,
    droppedInRing: 1,
    droppedInWorker: 2,
    published: 3,
    publishedBytes: 400,
    connected: true,
    protocol: "5",
    workerRestarts: 0,
  };
  const metrics = createMetrics(gateway, "0");
  const text = await metrics.text();
  metrics.stop();
  assert.match(text, "twinlane_health_observations_total 10");
  assert.match(text, "twinlane_health_samples_in_total 40");
  assert.match(text, "twinlane_health_points_out_total 4");
  assert.match(text, "twinlane_health_samples_left_total 3");
  assert.match(text, "twinlane_health_bytes_out_total 900");
  assert.match(text, 'twinlane_health_dropped_total{where="worker"} 2');
  assert.match(text, "twinlane_health_refused_total 6");
  assert.match(text, "twinlane_health_uplink_up 1");
});

test("the exposition is well formed: one HELP and TYPE a metric, numbers only", async () => {
  const text = await scrape(() => {});
  const types = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  assert.is(new Set(types).size, types.length);
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    assert.match(line, /^[a-z_][a-z0-9_]*(?:\{(?:[a-z]+="[^"]*",?)+\})? (?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN)$/);
  }
});

test.run();
