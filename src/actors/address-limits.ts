/** Sockets per source address, and new ones per minute. Both tables are bounded by the sockets that are open and by the minute. */
export interface AddressLimitsOptions {
  /** Open sockets of one address; 0: no limit. */
  readonly open: number;
  /** New sockets of one address in a minute; 0: no limit. */
  readonly perMinute: number;
}

const MINUTE_MS = 60_000;

export class AddressLimits {
  readonly #options: AddressLimitsOptions;
  readonly #open = new Map<string, number>();
  #recent = new Map<string, number>();
  #minuteEndsAt = 0;

  constructor(options: AddressLimitsOptions) {
    this.#options = options;
  }

  /**
   * Counts a new socket in; false when it is one too many, and then it is not counted.
   *
   * @param now milliseconds of the monotonic clock
   */
  enter(address: string, now: number): boolean {
    const { open, perMinute } = this.#options;
    if (now >= this.#minuteEndsAt) {
      this.#minuteEndsAt = now + MINUTE_MS;
      this.#recent = new Map();
    }
    const recent = (this.#recent.get(address) ?? 0) + 1;
    const opened = (this.#open.get(address) ?? 0) + 1;
    this.#recent.set(address, recent);
    if ((perMinute > 0 && recent > perMinute) || (open > 0 && opened > open)) return false;
    this.#open.set(address, opened);
    return true;
  }

  leave(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left > 0) this.#open.set(address, left);
    else this.#open.delete(address);
  }
}
