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

interface Waiting {
  readonly bytes: number;
  readonly onAdmitted: (leavesAt: number) => void;
}

export class Shaper {
  /** Payload that was let in. */
  bytes = 0;
  #bandwidthBps: number | undefined;
  readonly #bufferBytes: number;
  readonly #overheadBytes: number;
  /** When the last segment that was let in has left, in `performance.now()`. */
  #freeAt = 0;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor({ bandwidthBps, bufferBytes = 65_536, overheadBytes = 0 }: ShaperOptions = {}) {
    this.#bandwidthBps = bandwidthBps;
    this.#bufferBytes = bufferBytes;
    this.#overheadBytes = overheadBytes;
  }

  /** True while somebody waits to be let in: first come, first served. */
  get isCrowded(): boolean {
    return this.#waiting.length > 0;
  }

  /** Lets a segment in when it is its turn, and tells the instant at which its last bit will have left. */
  enter(bytes: number, onAdmitted: (leavesAt: number) => void): void {
    this.#waiting.push({ bytes, onAdmitted });
    if (this.#waiting.length === 1) this.#admit();
  }

  /** Another rate for what is let in from now on; undefined: no limit, and nobody waits any more. */
  throttle(bandwidthBps: number | undefined): void {
    this.#bandwidthBps = bandwidthBps;
    if (bandwidthBps === undefined) this.#freeAt = 0;
    this.#admit();
  }

  #admit(): void {
    clearTimeout(this.#timer);
    for (let head = this.#waiting[0]; head !== undefined; head = this.#waiting[0]) {
      const now = performance.now();
      const fullForMs = this.#fullForMs(now);
      if (fullForMs > 0) {
        this.#timer = setTimeout(() => this.#admit(), fullForMs);
        return;
      }
      this.#waiting.shift();
      this.bytes += head.bytes;
      head.onAdmitted(this.#leavesAt(head.bytes, now));
    }
  }

  #leavesAt(bytes: number, now: number): number {
    if (this.#bandwidthBps === undefined) return now;
    this.#freeAt = Math.max(now, this.#freeAt) + (8000 * (bytes + this.#overheadBytes)) / this.#bandwidthBps;
    return this.#freeAt;
  }

  /** Milliseconds until the queue is short enough for one more. */
  #fullForMs(now: number): number {
    if (this.#bandwidthBps === undefined) return 0;
    return Math.max(0, this.#freeAt - now - (8000 * this.#bufferBytes) / this.#bandwidthBps);
  }
}
