/**
 * The seam between the value lane's thread and everything else of the health lane: a ring of fixed size. Taking an
 * observation is a copy of six numbers; a full ring drops its oldest, and counts it.
 *
 *     observe ──▶ [ · · · ring · · · ] ──take──▶ Float64Array to the worker
 *
 * Record layout (`RECORD` doubles): asset number · place (EVSE, connector, quality) · channel · at · received at · value
 */
import { type EpochMs, epochMs } from "../../domain/ids.ts";
import type { ChannelNo, Quality } from "../../domain/telemetry/observation.ts";

/** Doubles of one record. */
export const RECORD = 6;

export class ObservationRing {
  readonly capacity: number;
  /** Observations taken in since the start. */
  observed = 0;
  /** Observations pushed out by newer ones. */
  dropped = 0;
  /** Receive time stamped on what comes in; its owner keeps it fresh to about 100 ms. */
  now: EpochMs = epochMs(0);

  readonly #records: Float64Array;
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.capacity = Math.max(1, Math.floor(capacity));
    this.#records = new Float64Array(this.capacity * RECORD);
  }

  get size(): number {
    return this.#size;
  }

  push(
    asset: number,
    evseId: number,
    connectorId: number,
    channel: ChannelNo,
    at: EpochMs,
    value: number,
    quality: Quality,
  ): void {
    this.observed += 1;
    const records = this.#records;
    let slot = this.#head + this.#size;
    if (slot >= this.capacity) slot -= this.capacity;
    if (this.#size === this.capacity) {
      this.#head = this.#head + 1 === this.capacity ? 0 : this.#head + 1;
      this.dropped += 1;
    } else this.#size += 1;
    const i = slot * RECORD;
    records[i] = asset;
    records[i + 1] = packPlace(evseId, connectorId, quality);
    records[i + 2] = channel;
    records[i + 3] = at;
    records[i + 4] = this.now;
    records[i + 5] = value;
  }

  /** Counts an observation that came and could not be taken. */
  refuse(): void {
    this.observed += 1;
    this.dropped += 1;
  }

  /** Moves the oldest records into `target`, as many as it holds, and returns how many those were. */
  take(target: Float64Array): number {
    const count = Math.min(this.#size, Math.floor(target.length / RECORD));
    const first = Math.min(count, this.capacity - this.#head);
    target.set(this.#records.subarray(this.#head * RECORD, (this.#head + first) * RECORD), 0);
    target.set(this.#records.subarray(0, (count - first) * RECORD), first * RECORD);
    this.#head = (this.#head + count) % this.capacity;
    this.#size -= count;
    return count;
  }
}

const packPlace = (evseId: number, connectorId: number, quality: Quality): number =>
  (evseId << 6) | (connectorId << 2) | quality;

/** One record in words. */
export interface RingRecord {
  readonly asset: number;
  readonly evseId: number;
  readonly connectorId: number;
  readonly quality: Quality;
  readonly channel: ChannelNo;
  readonly at: EpochMs;
  readonly receivedAt: EpochMs;
  readonly value: number;
}

/** Record number `index` of what {@link ObservationRing.take} filled. */
export function readRecord(records: Float64Array, index: number): RingRecord {
  const i = index * RECORD;
  const place = records[i + 1] ?? 0;
  return {
    asset: records[i] ?? 0,
    evseId: place >>> 6,
    connectorId: (place >>> 2) & 15,
    quality: (place & 3) as Quality,
    channel: records[i + 2] ?? 0,
    at: epochMs(records[i + 3] ?? 0),
    receivedAt: epochMs(records[i + 4] ?? 0),
    value: records[i + 5] ?? Number.NaN,
  };
}
