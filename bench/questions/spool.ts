/** What does it cost that nothing is lost, and how fast does a CSMS that was away hear what it missed? */
import { setTimeout as sleep } from "node:timers/promises";
import type { ClosedLoopAnswer, OpenLoopResult } from "../load/protocol.ts";
import { failuresOf, latencyOf } from "../load/tally.ts";
import type { Scale } from "../options.ts";
import { type Figure, figure } from "../statistics.ts";
import type { RunningSubject } from "../subjects/subject.ts";
import { Workshop } from "../workshop.ts";
import { type Percentiles, percentiles } from "./latency.ts";
import { rotated, saturate } from "./saturation.ts";

/**
 * One round, with the gateway as it is and one without a spool:
 *
 *     saturation, spool on and off · cards, all quiet · CSMS gone · stations keep sending · CSMS back · cards, while it drains
 */
export interface SpoolFigures {
  /** Round trips a second at saturation, CSMS there. */
  readonly spooledPerSec: Figure;
  readonly unspooledPerSec: Figure;
  readonly spooledCpuUs: Figure;
  readonly unspooledCpuUs: Figure;
  /** Transaction messages a second that were answered after they were on disk, CSMS gone. */
  readonly durablePerSec: Figure;
  /** Messages a second that reached the CSMS, from the first to the last of all that had waited. */
  readonly drainPerSec: Figure;
  /** Messages that waited when the CSMS came back. */
  readonly waited: Figure;
  readonly quiet: Percentiles;
  readonly drain: Percentiles;
  /** Share of the measured time of `drain` in which messages still waited. */
  readonly drainedMeanwhile: Figure;
  readonly cardsPerSec: number;
  readonly failures: number;
  readonly repeated: number;
  readonly reordered: number;
  /** Acknowledged, and not seen by the CSMS at the end. */
  readonly lost: number;
}

const STATIONS = 200;
const CARDS_PER_SEC = 1000;
/** The gateway answers in the CSMS's place after `offline.graceSec`, 3 s, and looks a few times a second. */
const UNTIL_AWAY_MS = 3500;
/** Longest wait for links that were lost; back-off and jitter are 2.5 s. */
const LINKS_WITHIN_MS = 10_000;
const DRAINED_WITHIN_MS = 60_000;
const POLL_MS = 50;

interface Outage {
  readonly quiet: OpenLoopResult;
  readonly durable: ClosedLoopAnswer;
  readonly drain: OpenLoopResult;
  readonly waited: number;
  readonly drainPerSec: number;
  readonly drainedMeanwhile: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly lost: number;
}

export async function spool(workshop: Workshop, scale: Scale): Promise<SpoolFigures | undefined> {
  const gateways = await workshop.subjects(["twinlane", "twinlane-unspooled"]);
  const [spooled, unspooled] = gateways.map((subject) => ({
    subject,
    csms: "shared" as const,
    samples: [] as Awaited<ReturnType<typeof saturate>>[],
  }));
  if (spooled === undefined || unspooled === undefined) return undefined;
  for (let round = 0; round < scale.spoolRounds; round += 1) {
    for (const place of rotated([spooled, unspooled], round)) {
      const sample = await saturate(workshop, scale, { place, stations: STATIONS, round });
      place.samples.push(sample);
      const perSec = Math.round((sample.answered / sample.elapsedMs) * 1000);
      Workshop.log(`spool · round ${round + 1} · ${place.subject.name}: ${perSec}/s`);
    }
  }
  const outages: Outage[] = [];
  for (let round = 0; round < scale.rounds; round += 1) {
    const outage = await outageOf(workshop, scale, { gateway: spooled.subject, round });
    outages.push(outage);
    const [durable, drain] = [perSecOf(outage.durable), outage.drainPerSec].map(Math.round);
    const [quietP99, drainP99] = [outage.quiet, outage.drain].map((result) => cards(result).percentile(99));
    Workshop.log(
      `spool · round ${round + 1} · durable ${durable}/s, drain ${drain}/s, Authorize p99 ${quietP99} then ${drainP99} µs`,
    );
  }
  const cpuUs = ({ cpuMs, answered }: ClosedLoopAnswer) => (cpuMs * 1000) / answered;
  const sum = (value: (outage: Outage) => number) => outages.reduce((total, outage) => total + value(outage), 0);
  return {
    spooledPerSec: figure(spooled.samples.map(perSecOf)),
    unspooledPerSec: figure(unspooled.samples.map(perSecOf)),
    spooledCpuUs: figure(spooled.samples.map(cpuUs)),
    unspooledCpuUs: figure(unspooled.samples.map(cpuUs)),
    durablePerSec: figure(outages.map(({ durable }) => perSecOf(durable))),
    drainPerSec: figure(outages.map(({ drainPerSec }) => drainPerSec)),
    waited: figure(outages.map(({ waited }) => waited)),
    quiet: percentiles(outages.map(({ quiet }) => cards(quiet))),
    drain: percentiles(outages.map(({ drain }) => cards(drain))),
    drainedMeanwhile: figure(outages.map(({ drainedMeanwhile }) => drainedMeanwhile)),
    cardsPerSec: CARDS_PER_SEC,
    failures:
      sum(({ quiet, drain, durable }) => durable.everyFailure + failedIn(quiet) + failedIn(drain)) +
      [...spooled.samples, ...unspooled.samples].reduce((total, { everyFailure }) => total + everyFailure, 0),
    repeated: sum(({ repeated }) => repeated),
    reordered: sum(({ reordered }) => reordered),
    lost: sum(({ lost }) => lost),
  };
}

const perSecOf = ({ answered, elapsedMs }: ClosedLoopAnswer): number => (answered / elapsedMs) * 1000;

const failedIn = ({ tallies }: OpenLoopResult): number =>
  tallies.reduce((total, { counts }) => total + failuresOf(counts), 0);

function cards({ tallies: [tally] }: OpenLoopResult) {
  if (tally === undefined) throw new Error("no tally");
  return latencyOf(tally, "authorize");
}

interface Turn {
  readonly gateway: RunningSubject;
  readonly round: number;
}

async function outageOf(workshop: Workshop, scale: Scale, { gateway, round }: Turn): Promise<Outage> {
  const { load } = workshop;
  const baseUrl = gateway.url;
  const everybody = { baseUrl, count: STATIONS, version: "both" } as const;
  await load.request({ op: "csms-watch", on: true });
  // Fresh names: what the gateway remembers of a station's latest messages is not asked here.
  await workshop.connect({ group: "drivers", identityPrefix: `CARD${round}-`, setup: "boot", ...everybody });
  await workshop.connect({ group: "sites", identityPrefix: `SITE${round}-`, setup: "transaction", ...everybody });
  const atCards = {
    op: "open-loop",
    streams: [{ group: "drivers", mix: "cards", ratePerSec: CARDS_PER_SEC, arrivals: "poisson" }],
    warmupMs: scale.warmupMs,
    durationMs: scale.isolationMs,
    timeoutMs: 5000,
    cpuPids: gateway.pids,
  } as const;
  const quiet = await load.request({ ...atCards, seed: round });
  const links = (await watched(workshop)).open;

  await load.request({ op: "csms-power", on: false });
  await sleep(UNTIL_AWAY_MS);
  const durable = await load.request({
    op: "closed-loop",
    group: "sites",
    mix: "meter",
    warmupMs: scale.warmupMs,
    durationMs: scale.durableMs,
    timeoutMs: 5000,
    seed: round,
    cpuPids: gateway.pids,
  });
  await load.request({ op: "csms-power", on: true });
  await until(LINKS_WITHIN_MS, async () => (await watched(workshop)).open >= links);
  const drain = await load.request({ ...atCards, seed: round + 1 });
  const { everyAnswer: acknowledged } = durable;
  await until(DRAINED_WITHIN_MS, async () => {
    const { received, repeated } = (await watched(workshop)).watch;
    return received - repeated >= acknowledged;
  });

  const { watch } = await watched(workshop);
  await workshop.disconnect("sites");
  await workshop.disconnect("drivers");
  await load.request({ op: "csms-watch", on: false });
  const arrived = watch.received - watch.repeated;
  return {
    quiet,
    durable,
    drain,
    waited: acknowledged,
    drainPerSec: (1000 * (watch.received - 1)) / (watch.latestAt - watch.firstAt),
    drainedMeanwhile: Math.min(1, Math.max(0, (watch.latestAt - drain.startedAt) / (drain.endedAt - drain.startedAt))),
    repeated: watch.repeated,
    reordered: watch.reordered,
    lost: Math.max(0, acknowledged - arrived) + watch.missing,
  };
}

async function watched(workshop: Workshop) {
  const { open, watch } = await workshop.load.request({ op: "csms-watched" });
  if (watch === undefined) throw new Error("nobody watches the CSMS");
  return { open, watch };
}

/** Resolves when it is so, or after `limitMs`: what was not reached shows in the figures. */
async function until(limitMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end && !(await isSo())) await sleep(POLL_MS);
}
