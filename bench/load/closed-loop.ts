/**
 * Closed loop: every station has one CALL outstanding all the time. It finds the saturation throughput; its latencies
 * only say how long the queue was.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type MixName, mixSource } from "./mix.ts";
import { seeded } from "./random.ts";
import type { LoadStation } from "./station.ts";
import { failuresOf, Tally } from "./tally.ts";

export interface ClosedLoopOptions {
  readonly stations: readonly LoadStation[];
  readonly mix: MixName;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
  readonly seed: number;
  readonly onWindow: (edge: "start" | "end") => void;
}

export interface ClosedLoopResult {
  readonly tally: Tally;
  /** Right answers that came within the measured time, and how long it was. */
  readonly answered: number;
  readonly elapsedMs: number;
  /** All right answers, before, within and after it; and all calls that got none. */
  readonly everyAnswer: number;
  readonly everyFailure: number;
}

const EXPIRE_EVERY_MS = 50;

export async function runClosedLoop(options: ClosedLoopOptions): Promise<ClosedLoopResult> {
  const { stations, timeoutMs } = options;
  const kind = mixSource(options.mix, seeded(options.seed));
  const warmup = new Tally();
  const measured = new Tally();
  let tally: Tally | undefined = warmup;
  const next = (station: LoadStation) => {
    if (tally !== undefined && station.isOpen) station.offer(kind(), performance.now(), tally);
  };
  const expire = setInterval(() => {
    for (const station of stations) station.expire(performance.now(), timeoutMs);
  }, EXPIRE_EVERY_MS);

  for (const station of stations) station.onIdle = next;
  for (const station of stations) next(station);
  await sleep(options.warmupMs);

  const answeredBefore = warmup.counts.answered;
  const startedAt = performance.now();
  options.onWindow("start");
  tally = measured;
  await sleep(options.durationMs);
  options.onWindow("end");
  const elapsedMs = performance.now() - startedAt;
  const answered = warmup.counts.answered + measured.counts.answered - answeredBefore;

  tally = undefined;
  await drained(stations, timeoutMs);
  clearInterval(expire);
  for (const station of stations) {
    station.onIdle = undefined;
    station.abandon();
  }
  const everyAnswer = warmup.counts.answered + measured.counts.answered;
  const everyFailure = failuresOf(warmup.counts) + failuresOf(measured.counts);
  return { tally: measured, answered, elapsedMs, everyAnswer, everyFailure };
}

/** Waits until no station has a call outstanding, at most `limitMs`. */
async function drained(stations: readonly LoadStation[], limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  while (performance.now() < until && stations.some((station) => station.isBusy)) await sleep(5);
}
