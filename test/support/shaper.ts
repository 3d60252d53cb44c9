/**
 * One direction of a slow uplink: everything that goes through leaves in the order it came, one segment after the other, at
 * a rate that all connections share. The queue in front of it is bounded, as a modem's is; who finds it full has to wait.
 */

/** Bytes of payload that travel together, as on a network with an MTU of 1500. */
export const SEGMENT_BYTES = 1400;

export interface ShaperOptions {
  /** Undefined: no limit. */
  readonly bandwidthBps?: number | undefined;
  /** Bytes that may wait before senders are held back. Default 64 KiB: two seconds at 256 kbit/s. */
  readonly bufferBytes?: number;
  /** Added to each segment, for the headers below. Default 0. */
  readonly overheadBytes?: number;
}

export class Shaper {
  /** Payload that went through. */
  bytes = 0;
  bandwidthBps: number | undefined;
  readonly #bufferBytes: number;
  readonly #overheadBytes: number;
  /** When the last admitted segment has left, in `performance.now()`. */
  #freeAt = 0;

  constructor({ bandwidthBps, bufferBytes = 65_536, overheadBytes = 0 }: ShaperOptions = {}) {
    this.bandwidthBps = bandwidthBps;
    this.#bufferBytes = bufferBytes;
    this.#overheadBytes = overheadBytes;
  }

  /** Takes a segment; gives the instant at which its last bit has left. */
  admit(bytes: number, now: number): number {
    this.bytes += bytes;
    if (this.bandwidthBps === undefined) return now;
    this.#freeAt = Math.max(now, this.#freeAt) + (8000 * (bytes + this.#overheadBytes)) / this.bandwidthBps;
    return this.#freeAt;
  }

  /** Milliseconds until there is room again; 0: there is. */
  fullForMs(now: number): number {
    if (this.bandwidthBps === undefined) return 0;
    return Math.max(0, this.#freeAt - now - (8000 * this.#bufferBytes) / this.bandwidthBps);
  }

  /** What waits leaves at once: used when a limit is lifted. */
  flush(): void {
    this.#freeAt = 0;
  }
}
