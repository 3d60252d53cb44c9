/** How much latency does a gateway add at a given rate, and what does a driver with a card wait for? */
import type { OpenLoopResult } from "../load/protocol.ts";
import { failuresOf, latencyOf } from "../load/tally.ts";
import type { Scale } from "../options.ts";
import { type Figure, figure } from "../statistics.ts";
import type { SubjectName } from "../subjects/subject.ts";
import { Workshop } from "../workshop.ts";
import { rotated } from "./saturation.ts";

/** Microseconds. */
export interface Percentiles {
  readonly p50: Figure;
  readonly p99: Figure;
  readonly p999: Figure;
  readonly max: Figure;
}

export interface LatencyFigures {
  readonly subject: SubjectName;
  readonly ratePerSec: number;
  /** All messages of the mix. */
  readonly all: Percentiles;
  readonly authorize: Percentiles;
  readonly cpuUsPerRoundTrip: Figure;
  /** Calls without the right answer; none of them has a latency. */
  readonly failures: number;
  readonly timeouts: number;
}

const STATIONS = 200;
const FEW: readonly SubjectName[] = ["direct", "ws", "twinlane"];
const ALL: readonly SubjectName[] = ["direct", "ws", "ocpp-rpc", "nginx", "twinlane"];

export async function latency(workshop: Workshop, scale: Scale): Promise<LatencyFigures[]> {
  const subjects = await workshop.subjects(scale.everySubject ? ALL : FEW);
  const cells = scale.rates.flatMap(({ perSec: ratePerSec, durationMs }) =>
    subjects.map((subject) => ({ subject, ratePerSec, durationMs, results: [] as OpenLoopResult[] })),
  );
  for (let round = 0; round < scale.rounds; round++) {
    for (const { subject, ratePerSec, durationMs, results } of rotated(cells, round)) {
      const group = "latency";
      const { name, url, pids } = subject;
      await workshop.connect({
        group,
        baseUrl: url,
        identityPrefix: "LAT-",
        count: STATIONS,
        version: "both",
        setup: "transaction",
      });
      const result = await workshop.load.request({
        op: "open-loop",
        streams: [{ group, mix: "authorize", ratePerSec, arrivals: "poisson" }],
        warmupMs: scale.warmupMs,
        durationMs,
        timeoutMs: 5000,
        seed: round,
        cpuPids: pids,
      });
      await workshop.disconnect(group);
      results.push(result);
      const [tally] = result.tallies;
      if (tally === undefined) throw new Error("no tally");
      const { p50Us, p99Us } = latencyOf(tally, "authorize").summary();
      Workshop.log(`latency ${ratePerSec}/s · round ${round + 1} · ${name}: Authorize p50 ${p50Us} p99 ${p99Us} µs`);
    }
  }
  return cells.map(({ subject, ratePerSec, results }) => {
    const tallies = results.flatMap((result) => result.tallies);
    return {
      subject: subject.name,
      ratePerSec,
      all: percentiles(tallies.map((tally) => latencyOf(tally))),
      authorize: percentiles(tallies.map((tally) => latencyOf(tally, "authorize"))),
      cpuUsPerRoundTrip: figure(results.map(({ cpuMs, tallies: [t] }) => (cpuMs * 1000) / (t?.counts.answered ?? 1))),
      failures: tallies.reduce((sum, { counts }) => sum + failuresOf(counts), 0),
      timeouts: tallies.reduce((sum, { counts }) => sum + counts.timeouts, 0),
    };
  });
}

/** One value a round. */
export function percentiles(rounds: readonly ReturnType<typeof latencyOf>[]): Percentiles {
  const summaries = rounds.map((histogram) => histogram.summary());
  return {
    p50: figure(summaries.map(({ p50Us }) => p50Us)),
    p99: figure(summaries.map(({ p99Us }) => p99Us)),
    p999: figure(summaries.map(({ p999Us }) => p999Us)),
    max: figure(summaries.map(({ maxUs }) => maxUs)),
  };
}
