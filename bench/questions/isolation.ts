/** Does a driver with a card notice what happens in the health lane? */
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "../broker.ts";
import type { OpenLoopResult, StreamRequest } from "../load/protocol.ts";
import { failuresOf, latencyOf } from "../load/tally.ts";
import { metricOf } from "../metric.ts";
import type { Scale } from "../options.ts";
import { type Figure, figure } from "../statistics.ts";
import type { RunningSubject } from "../subjects/subject.ts";
import { COPIED, DIVERTED } from "../subjects/twinlane.ts";
import { Workshop } from "../workshop.ts";
import { type Percentiles, percentiles } from "./latency.ts";

/**
 * | condition       | what goes on beside 1 000 messages a second of charging stations                              |
 * | --------------- | --------------------------------------------------------------------------------------------- |
 * | `quiet`         | nothing                                                                                       |
 * | `flood`         | 10 000 messages a second of condition data on other connections, answered by the gateway       |
 * | `flood-copied`  | the same, forwarded to the CSMS                                                               |
 * | `flood-past`    | the same, sent straight to the CSMS double: what the load itself costs, without the gateway    |
 * | `stuck`         | the broker keeps its connections and reads nothing                                            |
 * | `stuck-flood`   | both                                                                                          |
 * | `down`          | the broker's port is closed                                                                   |
 * | `quiet-again`   | nothing: against `quiet`, it shows what chance does                                           |
 */
export type Condition =
  | "quiet"
  | "flood"
  | "flood-copied"
  | "flood-past"
  | "stuck"
  | "stuck-flood"
  | "down"
  | "quiet-again";

export interface IsolationFigures {
  readonly condition: Condition;
  readonly authorize: Percentiles;
  /** Messages of condition data that were answered, a second. */
  readonly floodPerSec: Figure;
  /** Share of one core that the gateway used. */
  readonly gatewayCores: Figure;
  readonly failures: number;
  readonly floodFailures: number;
  /** What the gateway's health lane did meanwhile, by its own counters: proof that it was on. */
  readonly observed: number;
  readonly published: number;
}

interface Sample extends OpenLoopResult {
  readonly observed: number;
  readonly published: number;
}

const CONDITIONS: readonly Condition[] = [
  "quiet",
  "flood",
  "flood-copied",
  "flood-past",
  "stuck",
  "down",
  "quiet-again",
];
const MORE: readonly Condition[] = ["stuck-flood"];

const DRIVERS = 200;
const DRIVERS_PER_SEC = 1000;
const FLOODERS = 200;
const FLOOD_PER_SEC = 10_000;
/** Before a round goes on, the gateway has found out about its broker, and its queues are what they will be. */
const BROKER_MS = 1000;

/** Group of stations that floods under a condition. */
const FLOOD_GROUP: { readonly [condition in Condition]?: string } = {
  flood: "diverted",
  "stuck-flood": "diverted",
  "flood-copied": "copied",
  "flood-past": "past",
};

export async function isolation(workshop: Workshop, scale: Scale): Promise<IsolationFigures[]> {
  const gateway = await workshop.subject("twinlane");
  if (gateway === undefined) return [];
  const broker = await workshop.broker();
  await connectAll(workshop, gateway);
  const conditions = scale.everySubject ? [...CONDITIONS.slice(0, -1), ...MORE, "quiet-again" as const] : CONDITIONS;
  const cells = conditions.map((condition) => ({ condition, results: [] as Sample[] }));
  for (let round = 0; round < scale.rounds; round++) {
    for (const { condition, results } of cells) {
      await disturb(broker, condition);
      const before = await healthCounters(gateway);
      const result = await measure(workshop, scale, { condition, gateway, round });
      const after = await healthCounters(gateway);
      await restore(broker, condition);
      const [observed, published] = [after.observed - before.observed, after.published - before.published];
      results.push({ ...result, observed, published });
      const [drivers] = result.tallies;
      const p99 = drivers === undefined ? 0 : latencyOf(drivers, "authorize").percentile(99);
      Workshop.log(`isolation · round ${round + 1} · ${condition}: Authorize p99 ${p99} µs`);
    }
  }
  for (const group of ["drivers", "diverted", "copied", "past"]) await workshop.disconnect(group);
  return cells.map(({ condition, results }) => figuresOf(condition, results));
}

async function connectAll(workshop: Workshop, { url }: RunningSubject): Promise<void> {
  const flood = { count: FLOODERS, version: "both", setup: "boot" } as const;
  await workshop.connect({
    group: "drivers",
    baseUrl: url,
    identityPrefix: "DRV-",
    count: DRIVERS,
    version: "both",
    setup: "transaction",
  });
  await workshop.connect({ group: "diverted", baseUrl: url, identityPrefix: DIVERTED, ...flood });
  await workshop.connect({ group: "copied", baseUrl: url, identityPrefix: COPIED, ...flood });
  await workshop.connect({
    group: "past",
    baseUrl: `${await workshop.csmsUrl()}/ocpp`,
    identityPrefix: "PAST-",
    ...flood,
  });
}

async function disturb(broker: Broker, condition: Condition): Promise<void> {
  if (condition === "stuck" || condition === "stuck-flood") broker.freeze();
  else if (condition === "down") await broker.down();
  else return;
  await sleep(BROKER_MS);
}

async function restore(broker: Broker, condition: Condition): Promise<void> {
  if (condition === "stuck" || condition === "stuck-flood") broker.thaw();
  else if (condition === "down") await broker.up();
  else return;
  // Back-off and backlog belong to the condition that has ended, not to the next one.
  await sleep(2 * BROKER_MS);
}

async function healthCounters({ metrics }: RunningSubject): Promise<{ observed: number; published: number }> {
  const text = (await metrics?.()) ?? "";
  return {
    observed: metricOf(text, "twinlane_health_observations_total"),
    published: metricOf(text, "twinlane_health_published_total"),
  };
}

interface Turn {
  readonly condition: Condition;
  readonly gateway: RunningSubject;
  readonly round: number;
}

function measure(workshop: Workshop, scale: Scale, { condition, gateway, round }: Turn): Promise<OpenLoopResult> {
  const streams: StreamRequest[] = [
    { group: "drivers", mix: "authorize", ratePerSec: DRIVERS_PER_SEC, arrivals: "poisson" },
  ];
  const group = FLOOD_GROUP[condition];
  if (group !== undefined) streams.push({ group, mix: "health", ratePerSec: FLOOD_PER_SEC, arrivals: "poisson" });
  return workshop.load.request({
    op: "open-loop",
    streams,
    warmupMs: scale.warmupMs,
    durationMs: scale.isolationMs,
    timeoutMs: 5000,
    seed: round,
    cpuPids: gateway.pids,
  });
}

function figuresOf(condition: Condition, results: readonly Sample[]): IsolationFigures {
  const drivers = results.flatMap(({ tallies }) => tallies.slice(0, 1));
  const floods = results.flatMap(({ tallies }) => tallies.slice(1));
  return {
    condition,
    authorize: percentiles(drivers.map((tally) => latencyOf(tally, "authorize"))),
    floodPerSec: figure(
      results.map(({ tallies: [, flood], elapsedMs }) => ((flood?.counts.answered ?? 0) / elapsedMs) * 1000),
    ),
    gatewayCores: figure(results.map(({ cpuMs, elapsedMs }) => cpuMs / elapsedMs)),
    failures: drivers.reduce((sum, { counts }) => sum + failuresOf(counts), 0),
    floodFailures: floods.reduce((sum, { counts }) => sum + failuresOf(counts), 0),
    observed: results.reduce((sum, { observed }) => sum + observed, 0),
    published: results.reduce((sum, { published }) => sum + published, 0),
  };
}
