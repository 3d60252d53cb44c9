/** How many round trips a second does one gateway process carry, and what does each cost? */
import { rssKibOf } from "../cpu.ts";
import type { ClosedLoopAnswer } from "../load/protocol.ts";
import { emptyCounts, failuresOf, type TallyCounts } from "../load/tally.ts";
import type { Scale } from "../options.ts";
import { type Figure, figure } from "../statistics.ts";
import type { RunningSubject, SubjectName } from "../subjects/subject.ts";
import { type CsmsPlace, Workshop } from "../workshop.ts";

export interface SaturationFigures {
  readonly subject: SubjectName;
  readonly stations: number;
  readonly csms: CsmsPlace;
  readonly roundTripsPerSec: Figure;
  /** CPU microseconds of the subject's processes per round trip; undefined for `direct`. */
  readonly cpuUsPerRoundTrip: Figure | undefined;
  /** Cores that the subject, and the load process, kept busy. */
  readonly subjectCores: Figure;
  readonly loadCores: Figure;
  /** True when the load process, not the subject, was at its limit: the subject can do more than this figure. */
  readonly limitedByLoad: boolean;
  readonly rssKib: Figure;
  readonly failures: number;
}

const SUBJECTS: readonly SubjectName[] = ["direct", "ws", "ocpp-rpc", "nginx", "twinlane", "twinlane-unspooled"];
/**
 * Faster than the load process, which carries two ends of every message on one core: these are measured a second time
 * with the CSMS double in a process of its own. (For the others that only takes CPU time from them.)
 */
const FAST: readonly SubjectName[] = ["direct", "nginx"];
const FAST_QUICK: readonly SubjectName[] = ["nginx"];

interface Sample extends ClosedLoopAnswer {
  readonly rssKib: number;
}

interface Place {
  readonly subject: RunningSubject;
  readonly csms: CsmsPlace;
  readonly samples: Sample[];
}

export async function saturation(workshop: Workshop, scale: Scale): Promise<SaturationFigures[]> {
  const subjects = await workshop.subjects(SUBJECTS);
  const fast = await workshop.subjects(scale.everySubject ? FAST : FAST_QUICK, "apart");
  const figures: SaturationFigures[] = [];
  for (const stations of scale.saturationStations) {
    const places: Place[] = [
      ...subjects.map((subject) => ({ subject, csms: "shared" as const, samples: [] })),
      ...fast.map((subject) => ({ subject, csms: "apart" as const, samples: [] })),
    ];
    for (let round = 0; round < scale.rounds; round++) {
      for (const place of rotated(places, round)) {
        const sample = await saturate(workshop, scale, { place, stations, round });
        place.samples.push(sample);
        const perSec = Math.round((sample.answered / sample.elapsedMs) * 1000);
        Workshop.log(
          `saturation ${stations} · round ${round + 1} · ${place.subject.name} (${place.csms}): ${perSec}/s`,
        );
      }
    }
    figures.push(...places.map((place) => figuresOf(place, stations)));
  }
  return figures;
}

/** Another one goes first in every round. */
export function rotated<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

interface Turn {
  readonly place: Place;
  readonly stations: number;
  readonly round: number;
}

/** One measurement of one subject, with stations of its own. */
export async function saturate(workshop: Workshop, scale: Scale, { place, stations, round }: Turn): Promise<Sample> {
  const group = "saturation";
  const { url, pids } = place.subject;
  await workshop.connect({
    group,
    baseUrl: url,
    identityPrefix: "SAT-",
    count: stations,
    version: "both",
    setup: "transaction",
  });
  const answer = await workshop.load.request({
    op: "closed-loop",
    group,
    mix: "charging",
    warmupMs: scale.warmupMs,
    durationMs: scale.saturationMs,
    timeoutMs: 5000,
    seed: round,
    cpuPids: pids,
  });
  const rssKib = pids.reduce((sum, pid) => sum + rssKibOf(pid), 0);
  await workshop.disconnect(group);
  return { ...answer, rssKib };
}

/** Share of a core from which on a single-threaded process counts as being at its limit. */
const AT_LIMIT = 0.9;

function figuresOf({ subject, csms, samples }: Place, stations: number): SaturationFigures {
  const of = (value: (sample: Sample) => number) => figure(samples.map(value));
  const subjectCores = of(({ cpuMs, elapsedMs }) => cpuMs / elapsedMs);
  const loadCores = of(({ ownCpuMs, elapsedMs }) => ownCpuMs / elapsedMs);
  return {
    subject: subject.name,
    stations,
    csms,
    roundTripsPerSec: of(({ answered, elapsedMs }) => (answered / elapsedMs) * 1000),
    cpuUsPerRoundTrip: subject.pids.length === 0 ? undefined : of(({ cpuMs, answered }) => (cpuMs * 1000) / answered),
    subjectCores,
    loadCores,
    limitedByLoad: subjectCores.median < AT_LIMIT,
    rssKib: of(({ rssKib }) => rssKib),
    failures: failuresOf(summed(samples.map(({ tally }) => tally.counts))),
  };
}

function summed(all: readonly TallyCounts[]): TallyCounts {
  const sum = emptyCounts();
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof TallyCounts)[]) sum[key] += counts[key];
  }
  return sum;
}
