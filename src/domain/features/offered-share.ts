/**
 * How much of what is offered an EVSE gives, over one session: the most it held for {@link HELD} samples, so that a meter's single
 * reading does not count, and for how long it gave less because it was hot. A battery that is nearly full takes less, too, but its
 * contacts cool down then.
 */
const HELD = 3;
const DERATED = 0.9;
/** °C. Electronics and cables begin to give less somewhere above; an assumption. */
const HOT = 65;
/** Longest hole that counts as time. */
const MAX_GAP_MS = 300_000;

export class OfferedShare {
  #offered = Number.NaN;
  #temperature = Number.NEGATIVE_INFINITY;
  #recent: number[] = [];
  #top: number | undefined;
  #at = Number.NaN;
  #derateMs = 0;

  /** Undefined without an offer, or with too few samples. */
  get top(): number | undefined {
    return this.#top;
  }

  get derateSec(): number {
    return this.#derateMs / 1000;
  }

  offered(value: number): void {
    this.#offered = value;
  }

  temperature(celsius: number): void {
    this.#temperature = celsius;
  }

  /** In the unit of the offer. */
  delivered(atMs: number, value: number): void {
    if (!(this.#offered > 0)) return;
    const share = value / this.#offered;
    this.#recent = [...this.#recent.slice(1 - HELD), share];
    const gapMs = atMs - this.#at;
    this.#at = atMs;
    const isDerated = this.#top !== undefined && share < DERATED * this.#top && this.#temperature >= HOT;
    if (isDerated && gapMs > 0 && gapMs <= MAX_GAP_MS) this.#derateMs += gapMs;
    if (this.#recent.length === HELD) this.#top = Math.max(this.#top ?? 0, Math.min(...this.#recent));
  }
}
