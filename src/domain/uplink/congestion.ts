/**
 * Whether the uplink is congested, told from what waits unsent in the sockets towards the CSMSs.
 *
 *     free ──above the mark for a while──▶ congested ──empty for a while──▶ free
 *
 * The kernel takes what its send buffer holds, often hundreds of kilobytes; whatever is left waiting above that for longer than
 * a moment means that the line, or the far end, does not keep up.
 */

/** Above this it may be congestion; about a large frame, which may wait a moment on any line. */
const MARK_BYTES = 16 * 1024;
/** For how long it has to be above. */
const SENSE_MS = 400;
/** For how long nothing may wait before the line counts as free: a queue that has just drained fills again soon. */
const RELEASE_MS = 1_000;

export class Congestion {
  #isCongested = false;
  /** Since when the samples contradict the state. */
  #otherwiseSince: number | undefined;

  get isCongested(): boolean {
    return this.#isCongested;
  }

  /**
   * Takes one sample.
   *
   * @param bufferedBytes of the socket in which most waits
   * @param nowMs of a monotonic clock
   * @returns true when the state has changed
   */
  sample(bufferedBytes: number, nowMs: number): boolean {
    const isContrary = this.#isCongested ? bufferedBytes === 0 : bufferedBytes > MARK_BYTES;
    if (!isContrary) {
      this.#otherwiseSince = undefined;
      return false;
    }
    this.#otherwiseSince ??= nowMs;
    if (nowMs - this.#otherwiseSince < (this.#isCongested ? RELEASE_MS : SENSE_MS)) return false;
    this.#isCongested = !this.#isCongested;
    this.#otherwiseSince = undefined;
    return true;
  }
}
