/**
 * The last items of a stream, bounded twice: by age and by number. What the number pushes out, though it is young enough,
 * is counted and remembered, so that a capture can say from when on it is whole.
 *
 * Times do not run backwards here: where the clock steps back, items bear the latest instant already seen.
 */
export interface Timed {
  /** When the gateway received it, ms. */
  readonly at: number;
}

export class TimedRing<T extends Timed> {
  /** Young items pushed out by newer ones. */
  dropped = 0;
  /** Instant of the youngest item that was pushed out; −∞ where none was. */
  droppedUntil = Number.NEGATIVE_INFINITY;

  readonly #capacity: number;
  readonly #keepMs: number;
  #items: T[] = [];
  /** Items before this index are gone; they are cut off when they are as many as those that stay. */
  #first = 0;

  constructor(capacity: number, keepMs: number) {
    this.#capacity = Math.max(1, Math.floor(capacity));
    this.#keepMs = keepMs;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** @param item its `at` is not before that of the item pushed last */
  push(item: T): void {
    this.forget(item.at);
    if (this.size >= this.#capacity) {
      this.dropped += 1;
      this.droppedUntil = this.#items[this.#first]?.at ?? this.droppedUntil;
      this.#first += 1;
    }
    this.#items.push(item);
    if (2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Lets go of what is too old at `now`. */
  forget(now: number): void {
    const oldest = now - this.#keepMs;
    while (this.size > 0 && (this.#items[this.#first]?.at ?? oldest) < oldest) this.#first += 1;
  }

  /** Items from `from` to `to`, both included, oldest first. */
  between(from: number, to: number): readonly T[] {
    return this.#items.slice(this.#first).filter(({ at }) => at >= from && at <= to);
  }
}
