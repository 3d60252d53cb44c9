/** Stations against somebody's CSMS or gateway: started, watched, stopped in good order, accounted for. */
import { readFileSync } from "node:fs";
import { GatewayError, type OcppVersion } from "../index.ts";
import { createScaledClock } from "../sim/clock.ts";
import { degradationOf } from "../sim/degradation.ts";
import { type Fleet, startFleet } from "../sim/fleet.ts";
import type { StationLedger } from "../sim/ledger.ts";
import type { StationFaults } from "../sim/station-options.ts";
import { EXIT } from "./exit-codes.ts";
import { LatencyHistogram, type LatencySummary } from "./latency.ts";
import { printJson, say } from "./output.ts";
import type { SimulateFlags } from "./simulate.ts";
import { clockText, msText } from "./terminal-style.ts";
import { untilInterrupted } from "./until-interrupted.ts";

const LINE_EVERY_MS = 5_000;
const DRAIN_MS = 15_000;
const VERSIONS: Readonly<Record<SimulateFlags["version"], readonly OcppVersion[]>> = {
  "1.6": ["ocpp1.6"],
  "2.0.1": ["ocpp2.0.1"],
  "2.1": ["ocpp2.1"],
  mixed: ["ocpp1.6", "ocpp2.0.1"],
};
const FAULTS: StationFaults = { connectorFaultRate: 0.1, dropEverySec: [60, 300], slowAnswerRate: 0.05 };

/** What `--json` prints. Keys are only ever added. */
export interface SimulateReport {
  readonly seconds: number;
  readonly url: string;
  readonly stations: readonly StationReport[];
  readonly totals: {
    readonly stations: number;
    readonly accepted: number;
    readonly transactions: number;
    readonly transactionMessages: number;
    readonly undelivered: number;
    readonly energyWh: number;
    readonly callMs: LatencySummary;
  };
  /** Every transaction message was answered. */
  readonly ok: boolean;
}

export interface StationReport extends Pick<StationLedger, "energyWh" | "counts" | "version"> {
  readonly id: string;
  readonly transactions: readonly {
    readonly connectorId: number;
    readonly transactionId: number | string | null;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly energyWh: number | null;
    /** In the order they were made. */
    readonly messages: readonly { readonly action: string; readonly attempts: number; readonly outcome: string }[];
  }[];
}

/**
 * Resolves with the exit code: 69 when no station was ever accepted, 1 when transaction messages were left over.
 * Rejects with `ERR_SECRET_UNREADABLE` or `ERR_CONFIG_UNREADABLE` for files that cannot be read.
 */
export async function runSimulate(flags: SimulateFlags): Promise<number> {
  const began = performance.now();
  const latency = new LatencyHistogram();
  const failures = new Set<string>();
  const fleet = openFleet(flags, latency, failures);
  const elapsed = (): number => (performance.now() - began) / 1000;
  const lines = setInterval(() => say(liveLine(fleet, elapsed(), latency)), LINE_EVERY_MS);
  await untilInterrupted(flags.for);
  clearInterval(lines);
  const seconds = Math.round(elapsed() * 10) / 10;
  say("stopping the stations, each when its messages are delivered");
  const undelivered = await fleet.stop(DRAIN_MS);
  const report = simulateReport(fleet, { url: flags.url, seconds, undelivered, latency });
  const { totals } = report;
  say(
    `${seconds} s: ${totals.accepted} of ${totals.stations} stations accepted, ${totals.transactions} transactions, ` +
      `${totals.energyWh} Wh, ${totals.transactionMessages} transaction messages, ${undelivered} undelivered`,
  );
  for (const failure of failures) say(`connecting failed: ${failure}`);
  if (flags.json) printJson(report);
  if (totals.accepted === 0) return EXIT.unavailable;
  return report.ok ? EXIT.ok : EXIT.failed;
}

function openFleet(flags: SimulateFlags, latency: LatencyHistogram, failures: Set<string>): Fleet {
  const password = flags.passwordFile === undefined ? flags.password : secretOf(flags.passwordFile);
  const what = degradationOf(flags.degrade ?? "");
  return startFleet({
    url: flags.url,
    count: flags.stations,
    versions: VERSIONS[flags.version],
    idPrefix: flags.idPrefix,
    connectors: flags.connectors,
    ...(password !== undefined && { password }),
    tls: { ca: pem(flags.tlsCa), cert: pem(flags.tlsCert), key: pem(flags.tlsKey) },
    tokens: flags.tokens,
    meterIntervalSec: flags.meterInterval,
    clock: createScaledClock({ speed: flags.speed, behindMs: flags.since }),
    ...(what !== undefined && { degradation: { what, afterMs: flags.degradeAfter } }),
    seed: flags.seed,
    ...(flags.faults !== undefined && { faults: flags.faults === true ? FAULTS : { named: flags.faults } }),
    onEvent: ({ kind, detail }) => kind === "connect.failed" && failures.size < 5 && failures.add(detail),
    onCall: (_id, _action, outcome) => {
      if (outcome.kind === "result" || outcome.kind === "error") latency.add(outcome.ms);
    },
  });
}

function secretOf(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } catch (cause) {
    throw new GatewayError("ERR_SECRET_UNREADABLE", `cannot read ${file}`, { setting: "--password-file" }, { cause });
  }
}

function pem(file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, "utf8");
  } catch (cause) {
    throw new GatewayError("ERR_CONFIG_UNREADABLE", `cannot read ${file}`, {}, { cause });
  }
}

function liveLine({ stations }: Fleet, seconds: number, latency: LatencyHistogram): string {
  const views = stations.map((station) => station.view());
  const connectors = views.flatMap((view) => view.connectors);
  const charging = connectors.filter(({ sessionWh }) => sessionWh !== undefined);
  const kilowatts = charging.reduce((sum, { powerW }) => sum + powerW, 0) / 1000;
  return [
    clockText(seconds),
    `${views.filter(({ link }) => link === "accepted").length}/${views.length} stations accepted`,
    `${charging.length} charging, ${kilowatts.toFixed(1)} kW`,
    `${views.reduce((sum, { waiting }) => sum + waiting, 0)} messages waiting`,
    `${stations.reduce((sum, { ledger }) => sum + ledger.counts.callsSent, 0)} calls`,
    `p50 ${msText(latency.quantile(0.5))}, p99 ${msText(latency.quantile(0.99))}`,
  ].join("  ");
}

interface Outcome {
  readonly url: string;
  readonly seconds: number;
  readonly undelivered: number;
  readonly latency: LatencyHistogram;
}

function simulateReport(fleet: Fleet, { url, seconds, undelivered, latency }: Outcome): SimulateReport {
  const ledgers = fleet.ledger();
  const messages = ledgers.flatMap((ledger) => ledger.messages);
  return {
    seconds,
    url,
    stations: ledgers.map(stationReport),
    totals: {
      stations: ledgers.length,
      accepted: ledgers.filter(({ counts }) => counts.accepted > 0).length,
      transactions: ledgers.reduce((sum, { transactions }) => sum + transactions.length, 0),
      transactionMessages: messages.length,
      undelivered,
      energyWh: ledgers.reduce((sum, { energyWh }) => sum + energyWh, 0),
      callMs: latency.summary(),
    },
    ok: messages.every(({ outcome }) => outcome === "delivered"),
  };
}

function stationReport({ stationId, version, transactions, energyWh, counts }: StationLedger): StationReport {
  return {
    id: stationId,
    version,
    energyWh,
    counts,
    transactions: transactions.map((transaction) => ({
      connectorId: transaction.connectorId,
      transactionId: transaction.transactionId ?? null,
      startedAt: new Date(transaction.startedAt).toISOString(),
      endedAt: transaction.endedAt === undefined ? null : new Date(transaction.endedAt).toISOString(),
      energyWh: transaction.meterStopWh === undefined ? null : transaction.meterStopWh - transaction.meterStartWh,
      messages: transaction.messages.map(({ action, attempts, outcome }) => ({
        action,
        attempts: attempts.length,
        outcome,
      })),
    })),
  };
}
