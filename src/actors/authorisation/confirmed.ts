/**
 * Tokens about which the CSMS said the same a moment ago: hearing it once more costs a look-up, no hashing. Holds token texts, in
 * memory only, and a bounded number of them, the oldest going first.
 */
import type { TokenInfo } from "../../domain/authorise/token.ts";
import type { EpochMs } from "../../domain/ids.ts";
import { sameInfo } from "./entries.ts";

/** Not longer than the shortest interval at which the cache wants to hear a word again. */
const CONFIRMED_MS = 5 * 60_000;

interface Word {
  readonly info: TokenInfo;
  readonly saidAt: EpochMs;
}

export class Confirmed {
  readonly #capacity: number;
  readonly #words = new Map<string, Word>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** True when this very word was noted a moment ago. */
  has(key: string, info: TokenInfo, now: EpochMs): boolean {
    const word = this.#words.get(key);
    if (word === undefined || !sameInfo(word.info, info)) return false;
    // A clock that was set back makes it neither old nor new: better hear it once more.
    return now >= word.saidAt && now - word.saidAt < CONFIRMED_MS;
  }

  note(key: string, info: TokenInfo, saidAt: EpochMs): void {
    this.#words.delete(key);
    this.#words.set(key, { info, saidAt });
    if (this.#words.size <= this.#capacity) return;
    for (const oldest of this.#words.keys()) {
      this.#words.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#words.clear();
  }
}
