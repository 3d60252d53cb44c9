/**
 * How much may leave now: a token bucket with a reserve for what is urgent.
 *
 *     rate ──▶ [ reserve ] ──full──▶ [ level ] ──full──▶ (lost)
 *                  ▲ urgent only         ▲ everything
 *
 * A frame goes when the level covers it. One larger than the bucket goes when the bucket is full and leaves a debt, for a frame
 * cannot be split. An urgent frame may take the reserve instead, so it does not wait until somebody else's debt is paid; the
 * reserve is filled first.
 *
 * Over any `t` seconds no more leaves than `max(burst, largest frame) + max(reserve, largest urgent frame) + rate · t`, plus what
 * was {@link TokenBucket.charge charged} without being asked for.
 */

export interface BucketSize {
  readonly bytesPerSec: number;
  readonly burstBytes: number;
  /** 0: urgent frames have no advantage. */
  readonly reserveBytes: number;
}

export class TokenBucket {
  readonly #size: BucketSize;
  #level: number;
  #reserve: number;
  #at: number;

  /**
   * Full at the start.
   *
   * @param nowMs of a monotonic clock, as everywhere here
   */
  constructor(size: BucketSize, nowMs: number) {
    this.#size = size;
    this.#level = size.burstBytes;
    this.#reserve = size.reserveBytes;
    this.#at = nowMs;
  }

  /** Takes `bytes` when they may leave now. */
  take(bytes: number, nowMs: number, urgent = false): boolean {
    this.#refill(nowMs);
    if (this.#missing(bytes) <= 0) this.#level -= bytes;
    else if (urgent && this.#missingInReserve(bytes) <= 0) this.#reserve -= bytes;
    else return false;
    return true;
  }

  /** Notes bytes that leave whether there is room for them or not; what comes later waits the longer. */
  charge(bytes: number): void {
    this.#level -= bytes;
  }

  /** Milliseconds until {@link take} would say yes, if nothing else is taken. */
  waitMs(bytes: number, nowMs: number, urgent = false): number {
    this.#refill(nowMs);
    const { bytesPerSec, reserveBytes } = this.#size;
    const missing = this.#missing(bytes);
    if (missing <= 0) return 0;
    const afterReserve = reserveBytes - this.#reserve + missing;
    const needed = urgent ? Math.min(afterReserve, this.#missingInReserve(bytes)) : afterReserve;
    return (1000 * Math.max(0, needed)) / bytesPerSec;
  }

  #missing(bytes: number): number {
    return Math.min(bytes, this.#size.burstBytes) - this.#level;
  }

  #missingInReserve(bytes: number): number {
    const { reserveBytes } = this.#size;
    return reserveBytes === 0 ? Number.POSITIVE_INFINITY : Math.min(bytes, reserveBytes) - this.#reserve;
  }

  #refill(nowMs: number): void {
    const { bytesPerSec, burstBytes, reserveBytes } = this.#size;
    const more = (bytesPerSec * Math.max(0, nowMs - this.#at)) / 1000;
    this.#at = Math.max(this.#at, nowMs);
    const intoReserve = Math.min(more, reserveBytes - this.#reserve);
    this.#reserve += intoReserve;
    this.#level = Math.min(burstBytes, this.#level + more - intoReserve);
  }
}
