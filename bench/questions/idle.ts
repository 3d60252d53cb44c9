/** What does a station cost that only stays connected, and how fast can they all come back? */
import { setTimeout as sleep } from "node:timers/promises";
import { rssKibOf } from "../cpu.ts";
import type { Scale } from "../options.ts";
import { ocppRpcRelay, wsPassThrough } from "../subjects/baselines.ts";
import type { RunningSubject, Subject, SubjectName } from "../subjects/subject.ts";
import { collectingSubject } from "../subjects/twinlane.ts";
import { Workshop } from "../workshop.ts";

export interface IdleFigures {
  readonly subject: SubjectName;
  /** Stations that came on top of {@link FIRST}. */
  readonly stations: number;
  /** KiB a station: what these added, divided by their number. Both sockets, and whatever is kept with them. */
  readonly kibPerStation: number;
  /** The same after a collection before both readings: what stays when the garbage of their coming has gone. */
  readonly collectedKibPerStation: number | undefined;
  /** The same as the first against the process without any station: with code, caches and heap that the first ones bring along. */
  readonly kibPerStationFromStart: number;
  readonly rssKib: { readonly start: number; readonly first: number; readonly all: number };
  /** Stations connected and booted a second, with 100 at a time. */
  readonly connectPerSec: number;
  readonly failed: number;
}

/** Stations whose memory does not count: they bring the code that the others use as well. */
const FIRST = 1_000;
const STORM_CONCURRENCY = 100;

export async function idle(workshop: Workshop, scale: Scale): Promise<IdleFigures[]> {
  const subjects: Subject[] = [wsPassThrough, collectingSubject((await workshop.broker()).port)];
  if (scale.everySubject) subjects.push(ocppRpcRelay);
  const figures: IdleFigures[] = [];
  for (const subject of subjects) {
    if (subject.missing !== undefined) {
      workshop.skip(subject.name, subject.missing);
      continue;
    }
    const running = await subject.start({ csmsUrl: await workshop.csmsUrl(), workDir: workshop.workDir });
    try {
      figures.push(await measure(workshop, scale, running));
    } finally {
      await running.stop();
    }
  }
  return figures;
}

async function measure(workshop: Workshop, scale: Scale, subject: RunningSubject): Promise<IdleFigures> {
  const { name, url, pids } = subject;
  const rss = () => pids.reduce((sum, pid) => sum + rssKibOf(pid), 0);
  const settledKib = () => settled(rss, scale.settleMs);
  const collectedKib = () => {
    subject.collect?.();
    return subject.collect && settledKib();
  };
  const common = { group: "idle", baseUrl: url, identityPrefix: "IDLE-", version: "both", setup: "boot" } as const;
  const start = await settledKib();
  await workshop.connect({ ...common, count: FIRST });
  const first = await settledKib();
  const firstCollected = await collectedKib();
  const storm = await workshop.load.request({
    op: "connect",
    ...common,
    count: scale.idleStations,
    from: FIRST,
    concurrency: STORM_CONCURRENCY,
  });
  const all = await settledKib();
  const allCollected = await collectedKib();
  await workshop.disconnect("idle");
  const connectPerSec = (storm.connected / storm.elapsedMs) * 1000;
  const kibPerStation = (all - first) / storm.connected;
  const collectedKibPerStation =
    firstCollected === undefined || allCollected === undefined
      ? undefined
      : (allCollected - firstCollected) / storm.connected;
  Workshop.log(`idle · ${name}: ${kibPerStation.toFixed(1)} KiB a station, ${connectPerSec.toFixed(0)} connects/s`);
  return {
    subject: name,
    stations: storm.connected,
    kibPerStation,
    collectedKibPerStation,
    kibPerStationFromStart: (all - start) / (storm.connected + FIRST),
    rssKib: { start, first, all },
    connectPerSec,
    failed: storm.failed,
  };
}

const LOOK_EVERY_MS = 500;
/** Looks in a row that must agree, and how well. */
const LOOKS = 5;
const AGREEMENT = 0.005;

/** The reading when it no longer moves (collections have run, or none is to come), or after `limitMs`. */
async function settled(read: () => number, limitMs: number): Promise<number> {
  const readings: number[] = [];
  for (let waited = 0; waited < limitMs; waited += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
    readings.push(read());
    const last = readings.slice(-LOOKS);
    const [low, high] = [Math.min(...last), Math.max(...last)];
    if (last.length === LOOKS && high - low <= AGREEMENT * high) break;
  }
  return readings.at(-1) ?? 0;
}
