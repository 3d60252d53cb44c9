/**
 * Open loop: calls are due at instants drawn beforehand, whether or not earlier ones have been answered, and latency
 * counts from that instant. A proxy that stalls is charged for every call that was due meanwhile (no coordinated
 * omission).
 *
 * Timers of Node have a resolution of 1 ms, more than most latencies measured here. So the loop spins on
 * `setImmediate`: sockets are polled between any two turns, a due call leaves within microseconds, and the generator
 * occupies one core all the time, whatever the rate.
 */
import { type MixName, mixSource } from "./mix.ts";
import { type RandomSource, seeded } from "./random.ts";
import type { LoadStation } from "./station.ts";
import { Tally } from "./tally.ts";

interface OpenLoopStream {
  readonly stations: readonly LoadStation[];
  readonly mix: MixName;
  /** Calls a second, over all stations together. */
  readonly ratePerSec: number;
  /** `poisson`: independent arrivals; `fixed`: equal distances. */
  readonly arrivals: "poisson" | "fixed";
}

export interface OpenLoopOptions {
  readonly streams: readonly OpenLoopStream[];
  /** Calls due in this first time are sent and not counted. */
  readonly warmupMs: number;
  readonly durationMs: number;
  /** An outstanding call is given up after this. */
  readonly timeoutMs: number;
  readonly seed: number;
  /** Called at the first and the last instant of the measured time. */
  readonly onWindow: (edge: "start" | "end") => void;
}

/** Milliseconds between two looks for calls to give up. */
const EXPIRE_EVERY_MS = 5;

/** Runs the load and resolves with one tally per stream when every counted call has ended, or was given up. */
export async function runOpenLoop(options: OpenLoopOptions): Promise<readonly Tally[]> {
  const startAt = performance.now();
  const measureAt = startAt + options.warmupMs;
  const endAt = measureAt + options.durationMs;
  const sources = options.streams.map(
    (stream, i) => new ArrivalSource(stream, { startAt, measureAt, endAt }, options.seed + i),
  );
  const stations = options.streams.flatMap((stream) => [...stream.stations]);
  let edge: "start" | "end" | "done" = "start";
  let expireAt = startAt;

  const turn = (now: number): boolean => {
    for (const source of sources) source.issueUntil(Math.min(now, endAt));
    if (now >= expireAt) {
      expireAt = now + EXPIRE_EVERY_MS;
      for (const station of stations) station.expire(now, options.timeoutMs);
    }
    if (edge === "start" && now >= measureAt) {
      options.onWindow("start");
      edge = "end";
    } else if (edge === "end" && now >= endAt) {
      options.onWindow("end");
      edge = "done";
    }
    return edge !== "done" || stations.some((station) => station.isBusy);
  };

  await spin((now) => turn(now) && now < endAt + 2 * options.timeoutMs);
  for (const station of stations) station.abandon();
  return sources.map((source) => source.tally);
}

/** Repeats `turn` as often as the event loop goes round, until it returns false. */
function spin(turn: (now: number) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      if (turn(performance.now())) setImmediate(next);
      else resolve();
    };
    next();
  });
}

class ArrivalSource {
  readonly tally = new Tally();
  readonly #unmeasured = new Tally();
  readonly #stream: OpenLoopStream;
  readonly #window: { readonly measureAt: number; readonly endAt: number };
  readonly #random: RandomSource;
  readonly #kind: ReturnType<typeof mixSource>;
  #dueAt: number;
  #turn = 0;

  constructor(stream: OpenLoopStream, window: { startAt: number; measureAt: number; endAt: number }, seed: number) {
    this.#stream = stream;
    this.#window = window;
    this.#random = seeded(seed);
    this.#kind = mixSource(stream.mix, this.#random);
    this.#dueAt = window.startAt + this.#gapMs();
  }

  /** Offers every call that is due at `now` or before. Stations take turns. */
  issueUntil(now: number): void {
    const { stations } = this.#stream;
    while (this.#dueAt <= now) {
      const measured = this.#dueAt >= this.#window.measureAt && this.#dueAt < this.#window.endAt;
      stations[this.#turn]?.offer(this.#kind(), this.#dueAt, measured ? this.tally : this.#unmeasured);
      this.#turn = (this.#turn + 1) % stations.length;
      this.#dueAt += this.#gapMs();
    }
  }

  #gapMs(): number {
    const mean = 1000 / this.#stream.ratePerSec;
    return this.#stream.arrivals === "fixed" ? mean : -mean * Math.log(1 - this.#random());
  }
}
