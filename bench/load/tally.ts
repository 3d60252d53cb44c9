/** What became of the calls of one load: latencies of the right answers, and everything else counted apart. */
import { Histogram, type HistogramData, mergedHistogram } from "./histogram.ts";
import type { MessageKind } from "./messages.ts";

/** Outcomes of calls, and what should not have come at all. None of these has a latency in a histogram. */
export interface TallyCounts {
  /** Calls that were due, sent or not. */
  offered: number;
  /** Right answers. */
  answered: number;
  /** Right answers whose JSON text differs from the CSMS's (white space, order, a new `currentTime`). */
  reformatted: number;
  /** No answer within the time limit. */
  timeouts: number;
  /** CALLRESULTs with the right id and other content, or with an id that nobody waits for. */
  wrong: number;
  /** CALLERRORs. */
  callErrors: number;
  /** Answers to calls that had been given up. */
  late: number;
  /** Calls lost because the connection was closed. */
  disconnected: number;
  /** CALLs to the station that the CSMS never sent. */
  unexpectedCalls: number;
}

export interface TallyData {
  readonly counts: Readonly<TallyCounts>;
  readonly latency: { readonly [kind in MessageKind]?: HistogramData };
}

export class Tally {
  readonly counts: TallyCounts = emptyCounts();
  readonly #latency = new Map<MessageKind, Histogram>();

  /** A right answer to a call of `kind`, `us` microseconds after the call was due. */
  answer(kind: MessageKind, us: number): void {
    this.counts.answered += 1;
    let histogram = this.#latency.get(kind);
    if (histogram === undefined) {
      histogram = new Histogram();
      this.#latency.set(kind, histogram);
    }
    histogram.record(us);
  }

  toData(): TallyData {
    return {
      counts: { ...this.counts },
      latency: Object.fromEntries([...this.#latency].map(([kind, histogram]) => [kind, histogram.toData()])),
    };
  }
}

/** All latencies of a tally, or those of one kind. */
export function latencyOf(tally: TallyData, kind?: MessageKind): Histogram {
  const wanted = kind === undefined ? Object.values(tally.latency) : [tally.latency[kind]];
  return mergedHistogram(wanted.filter((data) => data !== undefined));
}

/** Calls that did not get the right answer. */
export function failuresOf({ timeouts, wrong, callErrors, disconnected }: TallyCounts): number {
  return timeouts + wrong + callErrors + disconnected;
}

export function emptyCounts(): TallyCounts {
  return {
    offered: 0,
    answered: 0,
    reformatted: 0,
    timeouts: 0,
    wrong: 0,
    callErrors: 0,
    late: 0,
    disconnected: 0,
    unexpectedCalls: 0,
  };
}
