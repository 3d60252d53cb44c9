/**
 * The gateway's clock, corrected by what the CSMS says in its answers to BootNotification and Heartbeat.
 *
 *     gateway   sentAt ────────────── midpoint ────────────── receivedAt
 *                     ╲                                   ╱
 *     CSMS             ╰──────────── csmsTime ───────────╯        offset = csmsTime − midpoint, ± half the round trip
 *
 * The rule:
 *
 * 1. A sample counts when its round trip is between 0 and {@link MAX_ROUND_TRIP_MS} and the CSMS's clock says 2020 or later.
 * 2. The last {@link WINDOW} samples are kept. Of those the half with the shortest round trips speaks, at least three: they have the
 *    smallest error.
 * 3. The offset is their median. One answer that lies, at whatever speed it came, is outvoted as soon as two others speak; of two
 *    that disagree the one that moves the clock less wins, and a first one alone is believed.
 * 4. A jump of the local clock (wall time and monotonic time part by more than {@link JUMP_MS} and the drift that is allowed in
 *    between) forgets everything: the offsets were to another clock. Until the next sample the local clock counts as it is.
 *
 * Expect half a second of error where the CSMS gives whole seconds, as many do. Never used to rewrite what a station measured.
 *
 * @see OCPP 1.6 edition 2 §3.12, §4.2, §4.6; OCPP 2.0.1 Part 2 B01, G02 (stations take their time from these answers)
 */
import { type EpochMs, epochMs } from "../ids.ts";

export interface TimeSample {
  /** `currentTime` of the answer. */
  readonly csmsTime: EpochMs;
  /** By the local clock, when the CALL left. */
  readonly sentAt: EpochMs;
  /** By the local clock, when its answer came. */
  readonly receivedAt: EpochMs;
  /** Monotonic time at `receivedAt`. */
  readonly monotonicMs: number;
}

export const MAX_ROUND_TRIP_MS = 10_000;
export const JUMP_MS = 1000;
const WINDOW = 9;
const FEWEST_VOICES = 3;
/** A clock that is slewed by NTP runs at most this much faster or slower, with room to spare. */
const DRIFT = 0.001;
/** 2020-01-01: before it no CSMS spoke with a clock that was set. */
const EARLIEST_MS = 1_577_836_800_000;

interface Voice {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

export class ClockDiscipline {
  #voices: Voice[] = [];
  #offsetMs = 0;
  /** Where wall and monotonic time stood when they were last compared. */
  #seen: { readonly local: number; readonly monotonicMs: number } | undefined;

  /** To be added to the local clock; 0 while nothing is known. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** False until the CSMS said something credible about the clock as it runs now. */
  get isKnown(): boolean {
    return this.#voices.length > 0;
  }

  observe({ csmsTime, sentAt, receivedAt, monotonicMs }: TimeSample): void {
    this.#watch(receivedAt, monotonicMs);
    const roundTripMs = receivedAt - sentAt;
    // NaN fails both comparisons.
    const isCredible = csmsTime >= EARLIEST_MS && roundTripMs >= 0 && roundTripMs <= MAX_ROUND_TRIP_MS;
    if (!isCredible) return;
    if (this.#voices.length === WINDOW) this.#voices.shift();
    this.#voices.push({ offsetMs: csmsTime - (sentAt + receivedAt) / 2, roundTripMs });
    this.#offsetMs = medianOfFastest(this.#voices);
  }

  /**
   * What the CSMS's clock says when the local one says `local`.
   *
   * @param monotonicMs monotonic time at `local`; a jump since the last sample is noticed with it, without it not
   */
  disciplined(local: EpochMs, monotonicMs?: number): EpochMs {
    if (monotonicMs !== undefined) this.#watch(local, monotonicMs);
    return epochMs(Math.round(local + this.#offsetMs));
  }

  #watch(local: number, monotonicMs: number): void {
    const seen = this.#seen;
    this.#seen = { local, monotonicMs };
    if (seen === undefined) return;
    const passedMs = monotonicMs - seen.monotonicMs;
    const partedMs = Math.abs(local - seen.local - passedMs);
    if (partedMs <= JUMP_MS + Math.abs(passedMs) * DRIFT) return;
    this.#voices = [];
    this.#offsetMs = 0;
  }
}

function medianOfFastest(voices: readonly Voice[]): number {
  const count = Math.max(FEWEST_VOICES, Math.ceil(voices.length / 2));
  const fastest = [...voices].sort((a, b) => a.roundTripMs - b.roundTripMs).slice(0, count);
  const offsets = fastest.map(({ offsetMs }) => offsetMs).sort((a, b) => a - b);
  const upper = offsets[offsets.length >> 1] ?? 0;
  const lower = offsets[(offsets.length - 1) >> 1] ?? 0;
  return Math.abs(lower) <= Math.abs(upper) ? lower : upper;
}
