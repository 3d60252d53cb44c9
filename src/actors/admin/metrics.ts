/**
 * The gateway's counters in Prometheus text format. The hot path only adds to plain numbers; everything here happens when
 * somebody asks.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Registry } from "prom-client";
import type { Counters } from "../../domain/counters.ts";
import { RULE_IDS } from "../../domain/firewall/rules.ts";
import { CATALOGUE } from "../../domain/ocpp/catalogue.ts";
import type { HealthStats } from "../../ports.ts";
import { addDashcam } from "./dashcam-metrics.ts";
import { METRIC_HELP, METRIC_LINES } from "./metrics-table.ts";
import { roundTripHistogram } from "./round-trip-histogram.ts";

export interface MetricsSource {
  readonly counters: Counters;
  healthStats(): HealthStats | undefined;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Ends the measurement of the event loop. */
  stop(): void;
}

export function createMetrics(source: MetricsSource, version: string): Metrics {
  const registry = new Registry();
  addCounters(registry, source.counters);
  addActions(registry, source.counters);
  addRules(registry, source.counters);
  registry.registerMetric(roundTripHistogram(source.counters) as unknown as Counter);
  addHealth(registry, source);
  const stop = addProcess(registry, version);
  return { contentType: registry.contentType, text: () => registry.metrics(), stop };
}

function addCounters(registry: Registry, counters: Counters): void {
  for (const [name, { help, type }] of Object.entries(METRIC_HELP)) {
    const lines = METRIC_LINES.filter(({ metric }) => metric === name);
    const labelNames = Object.keys(lines[0]?.labels ?? {});
    const Kind = type === "counter" ? Counter : Gauge;
    new Kind({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const { counter, labels } of lines) this.inc(labels ?? {}, counters[counter]);
      },
    });
  }
}

/** CALLs and SENDs of the catalogue's actions; actions nobody sent are left out. */
function addActions(registry: Registry, counters: Counters): void {
  new Counter({
    name: "twinlane_frames_total",
    help: "CALL and SEND messages, by lane, by who sent them, and by action.",
    labelNames: ["lane", "direction", "action"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { action, lane, index } of CATALOGUE) {
        const [fromStation = 0, fromCsms = 0] = counters.perAction.subarray(index * 2, index * 2 + 2);
        if (fromStation > 0) this.inc({ lane, direction: "from_station", action }, fromStation);
        if (fromCsms > 0) this.inc({ lane, direction: "from_csms", action }, fromCsms);
      }
    },
  });
}

/** Findings by rule; rules that found nothing are left out. */
function addRules(registry: Registry, counters: Counters): void {
  new Counter({
    name: "twinlane_firewall_rule_findings_total",
    help: "Findings of firewall and intrusion detection, by rule, and by whether the message or connection went on.",
    labelNames: ["rule", "outcome"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [i, rule] of RULE_IDS.entries()) {
        const [found = 0, refused = 0] = counters.perRule.subarray(i * 2, i * 2 + 2);
        if (found > refused) this.inc({ rule, outcome: "passed" }, found - refused);
        if (refused > 0) this.inc({ rule, outcome: "refused" }, refused);
      }
    },
  });
}

function addHealth(registry: Registry, source: MetricsSource): void {
  const value = (
    name: string,
    help: string,
    pick: (stats: HealthStats) => number,
    Kind: typeof Counter | typeof Gauge,
  ) =>
    new Kind({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        const stats = source.healthStats();
        if (stats !== undefined) this.inc(pick(stats));
      },
    });
  value("twinlane_health_observations_total", "Observations taken into the health lane.", (s) => s.observed, Counter);
  new Counter({
    name: "twinlane_health_dropped_total",
    help: "Observations the health lane dropped, oldest first, by where.",
    labelNames: ["where"],
    registers: [registry],
    collect() {
      this.reset();
      const stats = source.healthStats();
      this.inc({ where: "ring" }, stats?.droppedInRing ?? 0);
      this.inc({ where: "worker" }, stats?.droppedInWorker ?? 0);
    },
  });
  value("twinlane_health_published_total", "MQTT messages the broker has acknowledged.", (s) => s.published, Counter);
  value("twinlane_health_published_bytes_total", "Payload bytes of those.", (s) => s.publishedBytes, Counter);
  value("twinlane_health_samples_in_total", "Samples that went into the reducers.", (s) => s.samplesIn ?? 0, Counter);
  value(
    "twinlane_health_samples_left_total",
    "Samples left out unseen: no numbers, a time that came twice, too soon after another.",
    (s) => s.samplesLeft ?? 0,
    Counter,
  );
  value("twinlane_health_points_out_total", "Points kept of those.", (s) => s.pointsOut ?? 0, Counter);
  value(
    "twinlane_health_bytes_out_total",
    "Bytes of all PUBLISHes sent, with topics and headers, repeated and retained ones too.",
    (s) => s.bytesOut ?? 0,
    Counter,
  );
  value(
    "twinlane_health_sessions_analysed_total",
    "Charging sessions judged for the state of health.",
    (s) => s.sessionsAnalysed ?? 0,
    Counter,
  );
  value(
    "twinlane_health_not_analysed_total",
    "Observations that were not, being of EVSEs beyond the limit.",
    (s) => s.notAnalysed ?? 0,
    Counter,
  );
  value(
    "twinlane_health_analysis_failures_total",
    "Times what the analysis has learnt could not be read, so that it learns anew, or could not be written.",
    (s) => s.analysisFailures ?? 0,
    Counter,
  );
  addDashcam(value);
  value(
    "twinlane_health_worker_restarts_total",
    "Restarts of the health lane's worker.",
    (s) => s.workerRestarts,
    Counter,
  );
  value(
    "twinlane_health_refused_total",
    "Messages that the broker or the server will not take, which are not sent again.",
    (s) => s.refusedByBroker ?? 0,
    Counter,
  );
  value(
    "twinlane_health_tripwire_hits_total",
    "Messages held back because something in them looked like personal data: each is a defect.",
    (s) => s.tripwireHits ?? 0,
    Counter,
  );
  value("twinlane_health_requests_total", "Questions of maintenance platforms.", (s) => s.requests ?? 0, Counter);
  value(
    "twinlane_health_requests_refused_total",
    "Of those, refused, or answered while there was no room for the answer.",
    (s) => s.requestsRefused ?? 0,
    Counter,
  );
  value(
    "twinlane_health_withheld_total",
    "Observations that the privacy profile keeps at the gateway.",
    (s) => s.withheld ?? 0,
    Counter,
  );
  value(
    "twinlane_health_tokens_forgotten_total",
    "Cards that the tripwire had no room for and does not look for.",
    (s) => s.tokensForgotten ?? 0,
    Counter,
  );
  value("twinlane_health_spool_messages", "Messages that wait on disk for the broker.", (s) => s.spooled ?? 0, Gauge);
  value("twinlane_health_spool_bytes", "Bytes of the health spool's files.", (s) => s.spoolBytes ?? 0, Gauge);
  value(
    "twinlane_health_spool_failures_total",
    "Writes and reads of the health spool that failed.",
    (s) => s.spoolFailures ?? 0,
    Counter,
  );
  value(
    "twinlane_health_spool_impaired",
    "1 while the disk takes nothing and messages wait in memory only.",
    (s) => (s.spoolImpaired ? 1 : 0),
    Gauge,
  );
  value("twinlane_health_uplink_up", "1 while the MQTT broker is connected.", (s) => (s.connected ? 1 : 0), Gauge);
}

function addProcess(registry: Registry, version: string): () => void {
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();
  new Gauge({
    name: "twinlane_event_loop_lag_seconds",
    help: "Delay of the event loop since the last scrape.",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      // The histogram holds the whole interval of its timer; what is above it is delay.
      const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - 0.02);
      this.set({ quantile: "0.5" }, lag.count > 0 ? seconds(lag.percentile(50)) : 0);
      this.set({ quantile: "0.99" }, lag.count > 0 ? seconds(lag.percentile(99)) : 0);
      this.set({ quantile: "1" }, lag.count > 0 ? seconds(lag.max) : 0);
      lag.reset();
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time, user and system.",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "Start of the process, seconds since 1970.",
    registers: [registry],
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  new Gauge({
    name: "twinlane_build_info",
    help: "1; the version is in the labels.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.version }, 1);
  return () => lag.disable();
}
