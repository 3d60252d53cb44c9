/**
 * The cards that are in use, noted on the gateway's thread for the worker's tripwire, which is told keyed digests only.
 *
 *     message that names a card ─▶ waiting (bounded, oldest out, counted) ─ a few with each hand-over ─▶ digests ─▶ worker
 *
 * Noting a card is one push: digests are made when a hand-over is, and only so many at once, since they take microseconds each.
 */
import { createTokenDigest, MIN_TOKEN, SeenTokens, type TokenDigest } from "../../domain/privacy/seen-tokens.ts";
import { Deque } from "./deque.ts";

/** Cards of the last day that are remembered. */
export const MAX_TOKENS = 65_536;
const MAX_WAITING = 4_096;
/** Digests made for one hand-over: a tenth of a millisecond. */
const PER_HAND_OVER = 32;

const NONE = new Float64Array();

export class TokenWatch {
  readonly #digest: TokenDigest;
  readonly #seen = new SeenTokens(MAX_TOKENS);
  readonly #waiting = new Deque<string>();
  #last = "";
  #isNewWorker = false;
  #pushedOut = 0;

  /** @param key of this process, for nothing else */
  constructor(key: Uint8Array) {
    this.#digest = createTokenDigest(key);
  }

  /** Cards the tripwire cannot know any more, although their day is not over. */
  get forgotten(): number {
    return this.#pushedOut + this.#seen.forgotten;
  }

  /** On the value lane's thread, with every message that names a card. */
  note(token: string): void {
    if (token.length < MIN_TOKEN || token === this.#last) return;
    this.#last = token;
    this.#waiting.push(token);
    if (this.#waiting.size <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#pushedOut += 1;
  }

  /** The next worker has to be told everything. */
  tellAll(): void {
    this.#isNewWorker = true;
  }

  /** What the worker has not been told: digests, and when they were seen, in turn. */
  take(now: number): Float64Array {
    const fresh: number[] = [];
    for (let i = 0; i < PER_HAND_OVER; i += 1) {
      const token = this.#waiting.shift();
      if (token === undefined) break;
      const digest = this.#digest(token);
      this.#seen.add(digest, now);
      fresh.push(digest, now);
    }
    if (!this.#isNewWorker) return fresh.length === 0 ? NONE : Float64Array.from(fresh);
    this.#isNewWorker = false;
    return this.#seen.list();
  }
}
