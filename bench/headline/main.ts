/**
 * The headline: what drivers notice when condition data shares a thin uplink with their cards, with one channel and with two.
 * Progress goes to stderr; `--json` gives one object on stdout, `--markdown` writes RESULTS.md and the plot beside this file.
 */
import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { percentile } from "../../test/ledger/report.ts";
import { latencyPlot } from "./plot.ts";
import { KEPT_REPORTS } from "./station.ts";
import { dualRun, type HeadlineOptions, idleRun, type RunResult, singleRun } from "./uplink.ts";

const IDLE_SEC = 12;
const HERE = fileURLToPath(new URL(".", import.meta.url));

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    seconds: { type: "string", default: "35" },
    stations: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    "report-sec": { type: "string", default: "2" },
  },
});
const options: HeadlineOptions = {
  stations: Number(values.stations),
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  bandwidthBps: 256_000,
  rttMs: 300,
  reportSec: Number(values["report-sec"]),
  cardSec: 10,
  batchMs: 10_000,
};

const say = (text: string) => void process.stderr.write(`${text}\n`);

async function headline() {
  say(`idle link, ${IDLE_SEC} s`);
  const idle = await idleRun(options, IDLE_SEC);
  say(`single channel, ${options.seconds} s`);
  const single = await singleRun(options);
  say(`dual channel, ${options.seconds} s`);
  const dual = await dualRun(options);
  return { idle, single, dual };
}

const round = (ms: number): number => Math.round(10 * ms) / 10;
const p = ({ drivers }: RunResult, percent: number): number => round(percentile(drivers.authorizeMs, percent));

function toJson({ idle, single, dual }: Awaited<ReturnType<typeof headline>>) {
  const figures = (run: RunResult) => ({
    authorize_p50_ms: p(run, 50),
    authorize_p99_ms: p(run, 99),
    cards: run.drivers.cards,
    starts: run.drivers.starts,
    failed_starts: run.drivers.failedStarts,
    ocpp_bytes: run.ocpp,
    mqtt_bytes: run.mqtt,
    reports_dropped_by_stations: run.droppedReports,
  });
  return {
    headline_single_authorize_p99_ms: p(single, 99),
    headline_dual_authorize_p99_ms: p(dual, 99),
    headline_idle_authorize_p50_ms: p(idle, 50),
    headline_dual_to_idle: round(p(dual, 99) / p(idle, 50)),
    uplink: { bandwidth_bps: options.bandwidthBps, rtt_ms: options.rttMs },
    stations: options.stations,
    report_sec: options.reportSec,
    seconds: options.seconds,
    seed: options.seed,
    idle: figures(idle),
    single: figures(single),
    dual: figures(dual),
  };
}

function toMarkdown(json: ReturnType<typeof toJson>): string {
  const row = (name: string, { authorize_p50_ms: p50, authorize_p99_ms: p99, ...run }: (typeof json)["single"]) => {
    const kib = (bytes: number) => Math.round(bytes / 1024);
    const channel = ({ up, down }: { readonly up: number; readonly down: number }) => `${kib(up)} / ${kib(down)}`;
    return `| ${name} | ${p50} | ${p99} | ${run.cards} | ${run.failed_starts} | ${channel(run.ocpp_bytes)} | ${channel(run.mqtt_bytes)} |`;
  };
  return `# One channel or two

${json.stations} stations behind an uplink of ${json.uplink.bandwidth_bps / 1000} kbit/s each way with ${json.uplink.rtt_ms} ms round-trip time, for
${json.seconds} s. Each reports the state of ten sensors every ${json.report_sec} s; a card is shown at each about every ${options.cardSec} s. *Single*: stations straight
to the CSMS, reports as OCPP messages. *Dual*: through Twinlane, \`fork: divert\`, CSMS and MQTT broker behind the same uplink. *Idle*:
one card at a time, nothing else on the line. A station waits 30 s for an answer, and sends a card before anything else that waits.

![Share of drivers answered within a time](authorize.svg)

| | Authorize p50, ms | p99, ms | cards | failed starts | OCPP up / down, KiB | MQTT up / down, KiB |
| --- | --- | --- | --- | --- | --- | --- |
${row("idle", json.idle)}
${row("single", json.single)}
${row("dual", json.dual)}

Stations keep ${KEPT_REPORTS} reports that wait; ${json.single.reports_dropped_by_stations} were dropped beyond that by the single channel's, ${json.dual.reports_dropped_by_stations} by the dual one's.
Bytes are payload of TCP; the uplink counts 52 bytes more for each segment. Seed ${json.seed}; \`npm run bench:headline -- --markdown\`.
`;
}

const runs = await headline();
const json = toJson(runs);
if (values.markdown) {
  const curves = [
    { name: "idle link", colour: "#777777", ms: runs.idle.drivers.authorizeMs },
    { name: "single channel", colour: "#c0392b", ms: runs.single.drivers.authorizeMs },
    { name: "Twinlane, dual channel", colour: "#1f6fb2", ms: runs.dual.drivers.authorizeMs },
  ];
  writeFileSync(`${HERE}RESULTS.md`, toMarkdown(json));
  writeFileSync(`${HERE}authorize.svg`, latencyPlot(curves, "Drivers answered, 256 kbit/s and 300 ms round trip"));
}
process.stdout.write(values.json ? `${JSON.stringify(json)}\n` : `${JSON.stringify(json, undefined, 2)}\n`);
