/** The end of a demonstration: figures and verdict, for programs and for people. */
import type { Gateway } from "../index.ts";
import type { Fleet } from "../sim/fleet.ts";
import { type Invariant, judge } from "../sim/invariants.ts";
import type { StationLedger } from "../sim/ledger.ts";
import type { DemoObserver } from "./demo-observer.ts";
import type { DemoWorld } from "./demo-world.ts";
import type { LatencySummary } from "./latency.ts";

/** What `--json` prints. Keys are only ever added. */
export interface DemoReport {
  readonly seconds: number;
  readonly seed: string;
  readonly stations: StationsReport;
  readonly value: ValueReport;
  readonly health: HealthReport;
  readonly invariants: readonly Invariant[];
  readonly ok: boolean;
}

export interface StationsReport {
  readonly count: number;
  readonly connects: number;
  readonly boots: number;
  readonly authorized: number;
  readonly refused: number;
  readonly transactions: number;
  readonly energyWh: number;
  readonly commands: number;
  readonly faultsInjected: number;
  readonly each: readonly {
    readonly id: string;
    readonly version: string;
    readonly connects: number;
    readonly transactions: number;
    readonly messages: number;
    readonly repeats: number;
    readonly energyWh: number;
  }[];
}

export interface ValueReport {
  /** Frames received, from stations and from the CSMS. */
  readonly messages: number;
  readonly transactionMessages: number;
  /** Transaction messages that a station had to send more than once. */
  readonly repeated: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds at the station, from sending to answer. */
  readonly authorizeMs: LatencySummary;
  readonly callMs: LatencySummary;
}

export interface HealthReport {
  /** Messages the broker took. */
  readonly messages: number;
  readonly bytes: number;
  readonly observed: number;
  readonly dropped: number;
  /** Messages that the lane's tripwire held back because something in them looked like personal data. */
  readonly heldBack: number;
  readonly protocol: string | null;
}

export interface Ending {
  readonly world: DemoWorld;
  readonly observer: DemoObserver;
  readonly seed: string;
  readonly seconds: number;
  /** Messages that stations could not deliver. */
  readonly undelivered: number;
}

/** Judges a demonstration whose parts have all been stopped. */
export function demoReport({ world, observer, seed, seconds, undelivered }: Ending): DemoReport {
  const { gateway, fleet, csms } = world;
  const invariants = judge({
    stations: fleet.ledger(),
    csms: csms && ((id) => csms.ledger(id)),
    undelivered,
    leaks: observer.leaks(),
    health: { messages: observer.sequence.numbered, sequenceProblems: observer.sequence.problems },
    gateway: gateway.counters,
  });
  return {
    seconds: Math.round(seconds * 10) / 10,
    seed,
    stations: stationsReport(fleet, observer),
    value: valueReport(gateway, fleet, observer),
    health: healthReport(gateway, observer),
    invariants,
    ok: invariants.every(({ ok }) => ok),
  };
}

function stationsReport(fleet: Fleet, { faults, commands }: DemoObserver): StationsReport {
  const ledgers = fleet.ledger();
  const sum = (of: (ledger: StationLedger) => number): number =>
    ledgers.reduce((total, ledger) => total + of(ledger), 0);
  return {
    count: ledgers.length,
    connects: sum(({ counts }) => counts.connects),
    boots: sum(({ counts }) => counts.boots),
    authorized: sum(({ counts }) => counts.authorizeAccepted),
    refused: sum(({ counts }) => counts.authorizeRefused),
    transactions: sum(({ transactions }) => transactions.length),
    energyWh: sum(({ energyWh }) => energyWh),
    commands,
    faultsInjected: faults,
    each: ledgers.map((ledger) => ({
      id: ledger.stationId,
      version: ledger.version,
      connects: ledger.counts.connects,
      transactions: ledger.transactions.length,
      messages: ledger.messages.length,
      repeats: repeats(ledger),
      energyWh: ledger.energyWh,
    })),
  };
}

function repeats({ messages }: StationLedger): number {
  return messages.filter(({ attempts }) => attempts.length > 1).length;
}

function valueReport({ counters }: Gateway, fleet: Fleet, observer: DemoObserver): ValueReport {
  const ledgers = fleet.ledger();
  return {
    messages: counters.framesSouthIn + counters.framesNorthIn,
    transactionMessages: ledgers.reduce((sum, { messages }) => sum + messages.length, 0),
    repeated: ledgers.reduce((sum, ledger) => sum + repeats(ledger), 0),
    bytesIn: counters.bytesSouthIn + counters.bytesNorthIn,
    bytesOut: counters.bytesSouthOut + counters.bytesNorthOut,
    authorizeMs: observer.authorize.summary(),
    callMs: observer.calls.summary(),
  };
}

function healthReport(gateway: Gateway, { healthMessages, healthBytes }: DemoObserver): HealthReport {
  const stats = gateway.healthStats();
  return {
    messages: healthMessages,
    bytes: healthBytes,
    observed: stats?.observed ?? 0,
    dropped: (stats?.droppedInRing ?? 0) + (stats?.droppedInWorker ?? 0),
    heldBack: stats?.tripwireHits ?? 0,
    protocol: stats?.protocol ?? null,
  };
}

/** The report for a person, line by line. */
export function reportLines({ seconds, stations, value, health, invariants, ok }: DemoReport): readonly string[] {
  const ms = (summary: LatencySummary): string => `p50 ${summary.p50 ?? "–"} ms, p99 ${summary.p99 ?? "–"} ms`;
  return [
    `${seconds} s, ${stations.count} stations, ${stations.transactions} transactions, ${stations.energyWh} Wh, ${stations.faultsInjected} faults injected`,
    `value lane: ${value.messages} frames, ${value.bytesIn} bytes in; Authorize ${ms(value.authorizeMs)}; all calls ${ms(value.callMs)} (delays injected included)`,
    `health lane: ${health.messages} messages, ${health.bytes} bytes out; ${health.observed} observations, ${health.dropped} dropped, ${health.heldBack} messages held back by the tripwire`,
    ...invariants.map(
      ({ name, ok: kept, detail }) => `${kept ? "kept  " : "BROKEN"} ${name}${detail ? ` (${detail})` : ""}`,
    ),
    ok ? "everything held" : "not everything held",
  ];
}
