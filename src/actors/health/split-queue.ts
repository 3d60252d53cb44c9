/**
 * One class of what waits for the broker, in the order of its numbers, in two parts: what waited when the connection was made, and
 * what has come since.
 *
 *     push ─▶ [ fresh ] ──settle──▶ [ old ]          oldest ◀─ old, then fresh
 *
 * After an outage the two leave differently; which of them may go next is the owner's decision.
 */
import { Deque } from "./deque.ts";

/** Whose turn it is: the oldest of what is fresh, or the newest or the oldest of what is old. */
export type Turn = "fresh" | "newest" | "oldest";

export class SplitQueue<T> {
  readonly #orderOf: (item: T) => number;
  readonly #fresh = new Deque<T>();
  readonly #old = new Deque<T>();

  /** @param orderOf grows with each item that is pushed */
  constructor(orderOf: (item: T) => number) {
    this.#orderOf = orderOf;
  }

  get size(): number {
    return this.#old.size + this.#fresh.size;
  }

  get oldest(): T | undefined {
    return this.#old.first ?? this.#fresh.first;
  }

  push(item: T): void {
    this.#fresh.push(item);
  }

  shift(): T | undefined {
    return this.#old.shift() ?? this.#fresh.shift();
  }

  /** What may go next by `turn`, without taking it. */
  peek(turn: Turn): T | undefined {
    if (turn === "fresh") return this.#fresh.first;
    return turn === "newest" ? this.#old.last : this.#old.first;
  }

  take(turn: Turn): T | undefined {
    if (turn === "fresh") return this.#fresh.shift();
    return turn === "newest" ? this.#old.pop() : this.#old.shift();
  }

  /** Takes back what was not delivered, into its place; its connection has ended, so it has waited. */
  putBack(item: T): void {
    const order = this.#orderOf(item);
    const first = this.#old.first;
    if (first === undefined || order < this.#orderOf(first)) {
      this.#old.unshift(item);
      return;
    }
    const after: T[] = [];
    for (let last = this.#old.last; last !== undefined && order < this.#orderOf(last); last = this.#old.last) {
      after.push(last);
      this.#old.pop();
    }
    this.#old.push(item);
    for (const later of after.reverse()) this.#old.push(later);
  }

  /** A connection is made: what waits now has waited. */
  settle(): void {
    for (let item = this.#fresh.shift(); item !== undefined; item = this.#fresh.shift()) this.#old.push(item);
  }
}
