/** The result as the tables of `bench/RESULTS.md`, and of the terminal. */
import type { IdleFigures } from "../questions/idle.ts";
import type { IsolationFigures } from "../questions/isolation.ts";
import type { LatencyFigures } from "../questions/latency.ts";
import type { RestoreFigures } from "../questions/restore.ts";
import type { SaturationFigures } from "../questions/saturation.ts";
import type { SpoolFigures } from "../questions/spool.ts";
import { type Figure, rounded } from "../statistics.ts";
import type { BenchResult, Headline, HeadlineKey } from "./result.ts";

/** What was promised, for the column beside what was measured. */
const GOALS: { readonly [key in HeadlineKey]?: string } = {
  saturation_vs_ws: "≥ 0.6",
  saturation_vs_ocpp_rpc: "≥ 4",
  saturation_unspooled_vs_ws: "≥ 0.6",
  saturation_unspooled_vs_ocpp_rpc: "≥ 4",
  authorize_p50_vs_ws: "≤ 1.2",
  authorize_p99_vs_ws: "≤ 2",
  authorize_p99_flood_vs_quiet: "≤ 1.2",
  authorize_p99_stuck_broker_vs_quiet: "≤ 1.2",
  idle_station_kib: "≤ 50",
  restore_10k_s: "< 1.5",
  listening_s: "≤ 0.5",
  spool_saturation_ratio: "≥ 0.85",
  durable_answers_per_s: "≥ 5,000",
  drain_per_s: "> 2,000",
  authorize_p99_drain_vs_quiet: "≤ 1.5",
  headline_single_authorize_p99_ms: "breaks: seconds",
  headline_dual_authorize_p99_ms: "≤ 2 round trips of 300 ms",
};

export function toMarkdown(result: BenchResult): string {
  const { answers, warnings, skipped } = result;
  const parts = [
    "# Bench results",
    `Written by \`npm run bench -- --markdown\`; do not edit. Method: [README.md](README.md). Medians of ${result.options.scale.rounds} interleaved rounds, [lowest – highest].`,
    machineTable(result),
    "## Headlines",
    headlineTable(result),
    ...(warnings.length > 0 ? ["**Read before you believe**", warnings.map((text) => `- ${text}`).join("\n")] : []),
    ...(skipped.length > 0 ? [skipped.map(({ name, reason }) => `Skipped: ${name} (${reason}).`).join("\n")] : []),
    ...(answers.saturation === undefined ? [] : saturationPart(answers.saturation)),
    ...(answers.spool === undefined ? [] : spoolPart(answers.spool)),
    ...(answers.latency === undefined ? [] : latencyPart(answers.latency)),
    ...(answers.isolation === undefined ? [] : isolationPart(answers.isolation)),
    ...(answers.idle === undefined ? [] : idlePart(answers.idle)),
    ...(answers.restore === undefined ? [] : restorePart(answers.restore)),
  ];
  return `${parts.join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const show = (value: number): string => rounded(value).toLocaleString("en-US", { maximumFractionDigits: 3 });

function spread({ median, min, max }: Figure): string {
  return `${show(median)} [${show(min)} – ${show(max)}]`;
}

function machineTable({ machine, broker }: BenchResult): string {
  return table(
    ["machine", ""],
    [
      ["CPU", `${machine.cpu}, ${machine.cores} cores, governor ${machine.governor}`],
      ["memory", `${machine.memoryGib} GiB`],
      ["kernel, Node", `${machine.kernel}, ${machine.node}`],
      ["commit, lock file", `${machine.commit}, ${machine.lockfile}`],
      ["date", machine.date],
      ["load average before", String(machine.loadBefore)],
      ["TLS", "off on both sides"],
      ["broker", broker ?? "none"],
    ],
  );
}

function headlineTable({ headlines }: BenchResult): string {
  const rows = (Object.entries(headlines) as [HeadlineKey, Headline][]).map(([key, { value, spread: range }]) => [
    `\`${key}\``,
    show(value),
    range === undefined ? "" : `${show(range[0])} – ${show(range[1])}`,
    GOALS[key] ?? "",
  ]);
  return table(["figure", "value", "rounds", "goal"], rows);
}

function saturationPart(figures: readonly SaturationFigures[]): string[] {
  const rows = figures.map((one) => [
    one.subject,
    String(one.stations),
    one.csms,
    `${spread(one.roundTripsPerSec)}${one.limitedByLoad ? " *" : ""}`,
    one.cpuUsPerRoundTrip === undefined ? "" : spread(one.cpuUsPerRoundTrip),
    show(one.subjectCores.median),
    show(one.loadCores.median),
    show(one.rssKib.median / 1024),
    String(one.failures),
  ]);
  const head = [
    "subject",
    "stations",
    "CSMS",
    "round trips/s",
    "CPU µs each",
    "its cores",
    "load's cores",
    "RSS MiB",
    "failed",
  ];
  return [
    "## How many round trips a second does one gateway process carry, and what does each cost?",
    table(head, rows),
    "\\* the load process, not the subject, was at its limit: the subject can do more. CSMS: in the load process (shared) or in one of its own (apart).",
  ];
}

function spoolPart(one: SpoolFigures): string[] {
  const row = (name: string, perSec: Figure, cpuUs: Figure) => [name, spread(perSec), spread(cpuUs)];
  const cards = (name: string, { p50, p99, p999 }: SpoolFigures["quiet"]) => [
    name,
    spread(p50),
    spread(p99),
    spread(p999),
  ];
  return [
    "## What does it cost that nothing is lost, and how fast does a CSMS that was away hear what it missed?",
    table(
      ["200 stations, CSMS there", "round trips/s", "CPU µs each"],
      [
        row("with the spool", one.spooledPerSec, one.spooledCpuUs),
        row("without", one.unspooledPerSec, one.unspooledCpuUs),
      ],
    ),
    table(
      [
        "durable answers/s, CSMS away",
        "messages that waited",
        "drained/s",
        "repeated / reordered / lost",
        "failed calls",
      ],
      [
        [
          spread(one.durablePerSec),
          spread(one.waited),
          spread(one.drainPerSec),
          `${one.repeated} / ${one.reordered} / ${one.lost}`,
          String(one.failures),
        ],
      ],
    ),
    table(
      [`Authorize at ${show(one.cardsPerSec)}/s`, "p50 µs", "p99 µs", "p99.9 µs"],
      [cards("quiet", one.quiet), cards("while it drains", one.drain)],
    ),
  ];
}

function latencyPart(figures: readonly LatencyFigures[]): string[] {
  const rows = figures.map((one) => {
    const base = figures.find((other) => other.subject === "direct" && other.ratePerSec === one.ratePerSec);
    const added = (key: "p50" | "p99" | "p999") =>
      base === undefined ? "" : show(one.all[key].median - base.all[key].median);
    return [
      one.subject,
      show(one.ratePerSec),
      spread(one.authorize.p50),
      spread(one.authorize.p99),
      spread(one.all.p999),
      one.subject === "direct" ? "" : `${added("p50")} / ${added("p99")} / ${added("p999")}`,
      show(one.cpuUsPerRoundTrip.median),
      String(one.failures),
    ];
  });
  const head = [
    "subject",
    "msg/s",
    "Authorize p50 µs",
    "Authorize p99 µs",
    "all p99.9 µs",
    "added p50 / p99 / p99.9 µs",
    "CPU µs each",
    "failed",
  ];
  return [
    "## How much latency does a gateway add at a given rate, and what does a driver with a card wait for?",
    table(head, rows),
  ];
}

function isolationPart(figures: readonly IsolationFigures[]): string[] {
  const rows = figures.map((one) => [
    one.condition,
    spread(one.authorize.p50),
    spread(one.authorize.p99),
    spread(one.authorize.p999),
    show(one.floodPerSec.median),
    show(one.gatewayCores.median),
    `${one.failures} / ${one.floodFailures}`,
    `${show(one.observed)} / ${show(one.published)}`,
  ]);
  const head = [
    "condition",
    "Authorize p50 µs",
    "p99 µs",
    "p99.9 µs",
    "flood msg/s",
    "gateway's cores",
    "failed: drivers / flood",
    "observed / published",
  ];
  return ["## Does a driver with a card notice what happens in the health lane?", table(head, rows)];
}

function idlePart(figures: readonly IdleFigures[]): string[] {
  const rows = figures.map((one) => [
    one.subject,
    show(one.stations),
    show(one.kibPerStation),
    one.collectedKibPerStation === undefined ? "" : show(one.collectedKibPerStation),
    show(one.kibPerStationFromStart),
    `${show(one.rssKib.start / 1024)} / ${show(one.rssKib.first / 1024)} / ${show(one.rssKib.all / 1024)}`,
    show(one.connectPerSec),
  ]);
  const head = [
    "subject",
    "stations",
    "KiB a station",
    "collected",
    "KiB a station, from start",
    "RSS MiB at start / 200 / all",
    "connects/s",
  ];
  return [
    "## What does a station cost that only stays connected, and how fast can they all come back?",
    table(head, rows),
  ];
}

function restorePart(one: RestoreFigures): string[] {
  const head = [
    "stations",
    "ready ms",
    "ready ms without stations",
    "listening ms without stations",
    "restore s",
    "restored",
  ];
  const row = [
    show(one.stations),
    spread(one.readyMs),
    spread(one.readyWithoutStationsMs),
    spread(one.listeningMs),
    show(one.restoreSec),
    show(one.actorsRestored),
  ];
  return [
    "## How soon after its start does a gateway listen, with no station known and with 10 000?",
    table(head, [row]),
  ];
}
