/**
 * The last rows of a stream of numbers, bounded three times: by age, by number, and by the memory that all rings share. What the latter two
 * push out, though it is young enough, is counted and remembered, so that a capture can say from when on it is whole.
 *
 * A row is an instant and two numbers. Rows live in one array that doubles when it is full and is given back when it is empty.
 *
 * Times do not run backwards here: where the clock steps back, rows bear the latest instant already seen.
 */
import type { MemoryBudget } from "./memory-budget.ts";

export interface Timed {
  /** When the gateway received it, ms. */
  readonly at: number;
}

export interface TimedRingOptions {
  readonly capacity: number;
  readonly keepMs: number;
  readonly budget: MemoryBudget;
}

/** Doubles of one row. */
const ROW = 3;
const FIRST_ROWS = 16;

export class TimedRing {
  /** Instant of the youngest row that was pushed out; −∞ where none was. */
  droppedUntil = Number.NEGATIVE_INFINITY;
  size = 0;

  readonly #capacity: number;
  readonly #keepMs: number;
  readonly #budget: MemoryBudget;
  #rows = new Float64Array(0);
  #first = 0;
  #latest = Number.NEGATIVE_INFINITY;

  constructor({ capacity, keepMs, budget }: TimedRingOptions) {
    this.#capacity = Math.max(1, Math.floor(capacity));
    this.#keepMs = keepMs;
    this.#budget = budget;
  }

  /** An instant that is none counts as the latest one seen; before the first, the row is not taken. */
  push(at: number, a: number, b: number): void {
    if (Number.isFinite(at) && at > this.#latest) this.#latest = at;
    if (this.#latest === Number.NEGATIVE_INFINITY) return;
    this.forget(this.#latest);
    if (this.size === this.#rooms && !this.#grow()) {
      this.#budget.forgotten += 1;
      // Where not even the first rows were to be had, this one is what is lost.
      this.droppedUntil = this.size === 0 ? this.#latest : this.#at(0);
      if (this.size === 0) return;
      this.#dropOldest();
    }
    const i = this.#place(this.size) * ROW;
    this.#rows[i] = this.#latest;
    this.#rows[i + 1] = a;
    this.#rows[i + 2] = b;
    this.size += 1;
  }

  /** Lets go of what is too old at `now`. */
  forget(now: number): void {
    const oldest = now - this.#keepMs;
    while (this.size > 0 && this.#at(0) < oldest) this.#dropOldest();
    if (this.size === 0) this.#release();
  }

  /** Rows from `from` to `to`, both included, oldest first. */
  between<T>(from: number, to: number, read: (at: number, a: number, b: number) => T): readonly T[] {
    const found: T[] = [];
    for (let n = 0; n < this.size; n += 1) {
      const at = this.#at(n);
      if (at < from || at > to) continue;
      const i = this.#place(n) * ROW;
      found.push(read(at, this.#rows[i + 1] ?? 0, this.#rows[i + 2] ?? 0));
    }
    return found;
  }

  get #rooms(): number {
    return this.#rows.length / ROW;
  }

  #place(n: number): number {
    const place = this.#first + n;
    return place < this.#rooms ? place : place - this.#rooms;
  }

  #at(n: number): number {
    return this.#rows[this.#place(n) * ROW] ?? 0;
  }

  #dropOldest(): void {
    this.#first = this.#first + 1 === this.#rooms ? 0 : this.#first + 1;
    this.size -= 1;
  }

  #grow(): boolean {
    const rooms = Math.min(this.#capacity, Math.max(FIRST_ROWS, 2 * this.#rooms));
    if (rooms <= this.#rooms) return false;
    const bytes = (rooms - this.#rooms) * ROW * Float64Array.BYTES_PER_ELEMENT;
    if (!this.#budget.take(bytes)) return false;
    const rows = new Float64Array(rooms * ROW);
    rows.set(this.#rows.subarray(this.#first * ROW), 0);
    rows.set(this.#rows.subarray(0, this.#first * ROW), (this.#rooms - this.#first) * ROW);
    this.#rows = rows;
    this.#first = 0;
    return true;
  }

  #release(): void {
    if (this.#rows.length === 0) return;
    this.#budget.give(this.#rows.byteLength);
    this.#rows = new Float64Array(0);
    this.#first = 0;
  }
}
