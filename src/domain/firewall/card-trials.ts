/**
 * How many different cards a station has asked about, and how many of them were refused, within ten minutes. Cards are kept as
 * 32-bit digests only, and as many as the rule needs.
 */
import { digestOf } from "./digest.ts";

const WINDOW_MS = 600_000;
const MAX_CARDS = 256;
/** Refusals say something from so many answers on. */
const ENOUGH_ANSWERS = 10;

export class CardTrials {
  /** Instant at which each card was seen last, by digest; oldest first. */
  readonly #cards = new Map<number, number>();
  #latest = 0;
  #answers = 0;
  #refused = 0;
  #answersSinceMs = 0;

  /** @returns different cards of the last ten minutes, this one included */
  asked(card: string, now: number): number {
    const digest = digestOf(card);
    if (digest !== this.#latest) this.#cards.delete(digest);
    this.#latest = digest;
    this.#cards.set(digest, now);
    for (const [oldest, at] of this.#cards) {
      if (now - at < WINDOW_MS && this.#cards.size <= MAX_CARDS) break;
      this.#cards.delete(oldest);
    }
    return this.#cards.size;
  }

  get size(): number {
    return this.#cards.size;
  }

  /** True for a card of the last ten minutes. */
  knows(card: string, now: number): boolean {
    const at = this.#cards.get(digestOf(card));
    return at !== undefined && now - at < WINDOW_MS;
  }

  answered(isAccepted: boolean, now: number): void {
    if (now - this.#answersSinceMs >= WINDOW_MS || now < this.#answersSinceMs) {
      this.#answersSinceMs = now;
      this.#answers = 0;
      this.#refused = 0;
    }
    this.#answers += 1;
    if (!isAccepted) this.#refused += 1;
  }

  /** True when more than four of five cards are refused. */
  get areMostRefused(): boolean {
    return this.#answers >= ENOUGH_ANSWERS && this.#refused > this.#answers * 0.8;
  }
}
